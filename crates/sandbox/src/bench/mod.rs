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
    #[arg(long, default_value_t = 3)]
    jobs: u8,
    /// How the batch reads what orders sold: auto, lines or groups.
    #[arg(long, default_value = "auto")]
    extractor: String,
}

/// Measures, and prints a table.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<()> {
    let batch = beside_this("analytics-batch")?;
    let mut out = io::stdout();
    let mut all: Vec<Figures> = Vec::new();
    writeln!(out, "{}", Figures::HEAD)?;
    for years in &arguments.years {
        // Large enough to hold the tables: both are to be judged by what they do, not by how a disk feels today.
        let options = Options::default().argument("--innodb-buffer-pool-size=2G");
        let server = Server::start(engine, options)?;
        let restaurant = server.restaurant("bench").await?;
        let batch = Batch::new(&batch).with(restaurant.env_for_batch());
        let batch = batch.set("ORDERS__EXTRACTOR", &arguments.extractor);
        let figures = Figures::of(&restaurant, &batch, Size::of_years(*years), arguments.jobs).await?;
        writeln!(out, "{figures}")?;
        all.push(figures);
    }
    if let Some((first, others)) = all.split_first() {
        for other in others {
            writeln!(out, "{}", other.growth(first))?;
        }
    }
    Ok(())
}

/// A run of the batch, and the rows that the server read for it.
struct Run {
    took: Measured,
    examined: u64,
}

impl Run {
    async fn measure(restaurant: &Restaurant, batch: &Batch, arguments: &[&str]) -> Result<Self> {
        let before = rows_examined(restaurant).await?;
        let took = measured(batch, arguments).await?;
        Ok(Self { took, examined: rows_examined(restaurant).await? - before })
    }
}

/// The figures of one size.
struct Figures {
    size: Size,
    lines: u64,
    sql: f64,
    build: Run,
    night: Run,
    indexed_night: Run,
}

impl Figures {
    const HEAD: &str = "| orders | lines | best SQL, s | full build, s | ratio | rows examined | peak MiB \
         | a night, s | rows examined | peak MiB | a night by an index on created_at, s | rows examined |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    async fn of(restaurant: &Restaurant, batch: &Batch, size: Size, jobs: u8) -> Result<Self> {
        let lines = fill::fill(restaurant, size).await?;
        let sql = sql::best(restaurant).await?;
        let (jobs, now) = (jobs.to_string(), size.morning_after());
        let arguments = ["--jobs", &jobs, "--now", &now];
        let build = Run::measure(restaurant, batch, &arguments).await?;
        let differences = sql::differences(restaurant).await?;
        ensure!(differences == 0, "{differences} rows of the batch differ from those of the SQL");
        let night = Run::measure(restaurant, batch, &arguments).await?;
        let index = "CREATE INDEX created_at ON orders (created_at); ANALYZE TABLE orders;";
        restaurant.run(Database::Orders, index).await?;
        let indexed_night = Run::measure(restaurant, batch, &arguments).await?;
        restaurant.run(Database::Analytics, sql::FORGET).await?;
        Ok(Self { size, lines, sql, build, night, indexed_night })
    }

    /// How each figure has grown from a smaller size.
    fn growth(&self, from: &Self) -> String {
        let rows = |some: &Run, others: &Run| some.examined as f64 / others.examined.max(1) as f64;
        format!(
            "{:.1} times the orders: full build {:.2} times the seconds, {:.2} the rows, {:.2} the memory; a night \
             {:.2} times the seconds, {:.2} the rows, by an index {:.2} and {:.2}",
            self.size.orders() as f64 / from.size.orders() as f64,
            self.build.took.seconds / from.build.took.seconds,
            rows(&self.build, &from.build),
            self.build.took.peak_mib / from.build.took.peak_mib,
            self.night.took.seconds / from.night.took.seconds,
            rows(&self.night, &from.night),
            self.indexed_night.took.seconds / from.indexed_night.took.seconds,
            rows(&self.indexed_night, &from.indexed_night),
        )
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { size, lines, sql, build, night, indexed_night } = self;
        write!(
            f,
            "| {} | {lines} | {sql:.1} | {:.1} | {:.2} | {} | {:.0} | {:.2} | {} | {:.0} | {:.2} | {} |",
            size.orders(),
            build.took.seconds,
            build.took.seconds / sql,
            build.examined,
            build.took.peak_mib,
            night.took.seconds,
            night.examined,
            night.took.peak_mib,
            indexed_night.took.seconds,
            indexed_night.examined,
        )
    }
}
