//! `sandbox acceptance`: real orders through the real programs, checked to the cent.
//!
//! An export of order_db in CSV goes into a private server; `analytics-batch` publishes it and `analytics-api` serves
//! it; and every day, hour and item that comes over HTTP is compared with what [`book`] makes of the CSV itself, in
//! integer cents and by code that shares nothing with the programs. The server's log tells that order_db was only read.

pub(crate) mod book;
mod compare;
pub(crate) mod export;
mod figures;
mod hard;
mod reads;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use chrono_tz::Tz;
use sandbox::databases::{Database, Restaurant, Source};
use sandbox::programs::{Api, Batch, beside_this};
use sandbox::sample::Sample;
use sandbox::server::{Engine, Options, Server};

use book::{Book, Calendar};
use export::Export;
use figures::Expectation;

/// Another sample than the demo's.
const SAMPLE_SEED: u64 = 2;

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder with orders.csv and order_items.csv (or .csv.gz), in order_db's columns, with a header line. Without
    /// it, two years of the sample restaurant.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A made-up export of rows that could bend a figure, instead.
    #[arg(long, conflicts_with = "data")]
    hard: bool,
    /// An argument for the server: --server-argument=--transaction-isolation=READ-COMMITTED. Repeatable.
    #[arg(long, allow_hyphen_values = true)]
    server_argument: Vec<String>,
    /// A figure that must come out: KEY=VALUE, with a key as printed, or day:DATE=ORDERS/REVENUE. Repeatable.
    #[arg(long)]
    expect: Vec<Expectation>,
    /// The zone of the restaurant: UTC, or for the sample its own.
    #[arg(long)]
    timezone: Option<Tz>,
    /// The zone that the export's times are written in: the restaurant's.
    #[arg(long)]
    orders_timezone: Option<Tz>,
    /// The hour at which its business day starts, 0 to 12: 0, or for the sample its own.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=12))]
    day_start: Option<u8>,
}

impl Arguments {
    fn export(&self) -> Result<(Export, Calendar)> {
        let (export, timezone, day_start) = match &self.data {
            Some(folder) => (Export::read(folder)?, Tz::UTC, 0),
            None if self.hard => (hard::export(), Tz::UTC, 0),
            None => {
                (Export::of_sample(&Sample::ending(SAMPLE_SEED, Sample::yesterday())), Tz::Europe__Paris, 4)
            }
        };
        let timezone = self.timezone.unwrap_or(timezone);
        let calendar = Calendar {
            timezone,
            orders_timezone: self.orders_timezone.unwrap_or(timezone),
            day_start: self.day_start.unwrap_or(day_start),
        };
        Ok((export, calendar))
    }
}

/// Runs the check; an error lists the differences.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<()> {
    let (batch, api) = (beside_this("analytics-batch")?, beside_this("analytics-api")?);
    let started = Instant::now();
    let mut out = io::stdout();
    let (export, calendar) = arguments.export()?;
    let book = Book::of(&export, calendar)?;
    let (first, last) = book.range().context("the export has no SERVED order")?;
    writeln!(out, "{} orders and {} lines, {first} to {last}", export.orders.len(), export.lines.len())?;

    let options = arguments.server_argument.iter().fold(Options::default(), Options::argument);
    let server = Server::start(engine, options.with_query_log())?;
    let source = Source { extra_statuses: export.extra_statuses(), ..Source::default() };
    let restaurant = server.restaurant_with("accept", &source).await?;
    // What root puts in is of no interest, and there may be much of it.
    restaurant.run(Database::Orders, "SET GLOBAL general_log = OFF").await?;
    restaurant.insert(&export.orders, &export.lines).await?;
    restaurant.run(Database::Orders, "SET GLOBAL general_log = ON").await?;
    let before = restaurant.checksum_of_orders().await?;

    let settings = [
        ("ORDERS__TIMEZONE".to_owned(), calendar.orders_timezone.to_string()),
        ("ANALYTICS__TIMEZONE".to_owned(), calendar.timezone.to_string()),
        ("ANALYTICS__DAY_START".to_owned(), format!("{:02}:00", calendar.day_start)),
    ];
    let batch = Batch::new(batch).with(restaurant.env_for_batch()).with(settings);
    let run = batch.run(&["--from", &first.to_string(), "--to", &last.to_string()])?;
    ensure!(run.code == Some(0), "analytics-batch ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr);
    ensure!(restaurant.checksum_of_orders().await? == before, "order_db is not as it was before the run");
    let mut differences = reads::differences(&sent(&server, &restaurant)?);

    let api = Api::start(&api, restaurant.env_for_api())?;
    let served = compare::served(&api, first, last).await?;
    differences.extend(served.differences(&book));
    differences.extend(compare::items(&api, &book, first, last).await?);

    let figures = figures::of(&served);
    for (key, value) in &figures {
        writeln!(out, "  {key:<22} {value}")?;
    }
    differences
        .extend(arguments.expect.iter().filter_map(|expectation| expectation.missed(&figures, &served)));
    ensure!(differences.is_empty(), "{} differences:\n  {}", differences.len(), shown(&differences));
    writeln!(
        out,
        "every day, hour and item over HTTP equals the export, to the cent; order_db was only read ({} {}, {:.1} s)",
        server.engine(),
        server.version(),
        started.elapsed().as_secs_f64()
    )?;
    Ok(())
}

/// The statements that the user of order_db has sent.
fn sent(server: &Server, restaurant: &Restaurant) -> Result<BTreeMap<String, u64>> {
    let path = server.query_log().context("the server writes no log of statements")?;
    let log = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(reads::statements(&String::from_utf8_lossy(&log), &restaurant.user("order_reader")))
}

fn shown(differences: &[String]) -> String {
    const MOST: usize = 40;
    let mut text = differences.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join("\n  ");
    if differences.len() > MOST {
        text.push_str("\n  ...");
    }
    text
}
