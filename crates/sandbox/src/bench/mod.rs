//! `sandbox bench`: the batch against the best SQL that does the same inside the server.
//!
//! A made-up order_db of so many years goes into a private server. Then the same three results, sales by day, by hour
//! and by item, are computed twice: by hand-written SQL, the fastest of several settings, and by `analytics-batch`;
//! and compared, so that what is timed is right. Times are told as ratios: both run on one server, one after the
//! other.

mod fill;
mod measure;
mod sql;

use std::io::{self, Write as _};

use anyhow::{Result, ensure};
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::{Batch, beside_this};
use sandbox::server::{Engine, Options, Server};

use fill::Size;
use measure::{Measured, measured, rows_examined};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Sizes of order_db, in years of 800,000 orders. Each has a server of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3, 10], value_parser = clap::value_parser!(u16).range(1..=100))]
    years: Vec<u16>,
    /// Connections that the batch reads over.
    #[arg(long, default_value_t = 2)]
    jobs: u8,
}

/// Measures, and prints a table.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<()> {
    let batch = beside_this("analytics-batch")?;
    let mut out = io::stdout();
    writeln!(out, "{}", Figures::HEAD)?;
    for years in &arguments.years {
        // Large enough to hold the tables: both are to be judged by what they do, not by how a disk feels today.
        let options = Options::default().argument("--innodb-buffer-pool-size=2G");
        let server = Server::start(engine, options)?;
        let restaurant = server.restaurant("bench").await?;
        let batch = Batch::new(&batch).with(restaurant.env_for_batch());
        let figures = Figures::of(&restaurant, &batch, Size::of_years(*years), arguments.jobs).await?;
        writeln!(out, "{figures}")?;
    }
    Ok(())
}

/// The figures of one size.
struct Figures {
    size: Size,
    lines: u64,
    sql: f64,
    build: Measured,
    build_examined: u64,
    night: Measured,
    night_examined: u64,
}

impl Figures {
    const HEAD: &str = "| orders | lines | best SQL, s | full build, s | ratio | rows examined | peak MiB | a night, s | rows examined | \
         peak MiB |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    async fn of(restaurant: &Restaurant, batch: &Batch, size: Size, jobs: u8) -> Result<Self> {
        let lines = fill::fill(restaurant, size).await?;
        let sql = sql::best(restaurant).await?;
        let (jobs, now) = (jobs.to_string(), size.morning_after());
        let before = rows_examined(restaurant).await?;
        let build = measured(batch, &["--jobs", &jobs, "--now", &now]).await?;
        let built = rows_examined(restaurant).await?;
        let differences = sql::differences(restaurant).await?;
        ensure!(differences == 0, "{differences} rows of the batch differ from those of the SQL");
        let night = measured(batch, &["--jobs", &jobs, "--now", &now]).await?;
        let examined = rows_examined(restaurant).await?;
        restaurant.run(Database::Analytics, sql::FORGET).await?;
        Ok(Self {
            size,
            lines,
            sql,
            build,
            build_examined: built - before,
            night,
            night_examined: examined - built,
        })
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { size, lines, sql, build, build_examined, night, night_examined } = self;
        write!(
            f,
            "| {} | {lines} | {sql:.1} | {:.1} | {:.2} | {build_examined} | {:.0} | {:.2} | {night_examined} | {:.0} |",
            size.orders(),
            build.seconds,
            build.seconds / sql,
            build.peak_mib,
            night.seconds,
            night.peak_mib,
        )
    }
}
