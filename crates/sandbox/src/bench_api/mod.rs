//! `sandbox bench-api`: the API against a bare actix-web server that returns the same bytes from memory.
//!
//! A private server gets the sample restaurant, and the batch publishes it. Then three servers, each with as many
//! workers, are loaded in turns, a few seconds each and many rounds, so that what else the machine does falls on all
//! alike: the bare one, the API, and the API with its access log on. What is told is the median of each round's ratio
//! to the bare server, of requests a second and of processor time a request; the latter is the steadier on a machine
//! that is not quiet. Then the API's memory after a million requests over many queries, and how soon it answers.
//!
//! With `--cold` it tells what answers take that are not kept, of ten years: see `cold`.

mod cold;
mod load;
mod target;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sandbox::databases::Restaurant;
use sandbox::programs::{Api, Batch, beside_this};
use sandbox::sample::{self, Sample};
use sandbox::server::{Engine, Options, Server};
use serde_json::json;

use self::load::Load;
use self::target::{Target, record};
use crate::demo;

/// What the API answers from its published figures, each with the query of a panel.
const ENDPOINTS: [&str; 15] = [
    "/api/admin/analytics/summary",
    "/api/admin/analytics/summary?limit=365",
    "/api/admin/analytics/summary?compare=week_ago&group_by=week",
    "/api/admin/analytics/top-items",
    "/api/admin/analytics/items/7",
    "/api/admin/analytics/items/7?group_by=month",
    "/api/admin/analytics/hourly",
    "/api/admin/analytics/hourly?group_by=weekday_hour",
    "/api/admin/analytics/dayparts",
    "/api/admin/analytics/forecast/daily",
    "/api/admin/analytics/forecast/hourly",
    "/api/admin/analytics/forecast/accuracy",
    "/api/admin/analytics/revisions",
    "/api/admin/analytics/batch/runs",
    "/api/admin/analytics/hourly?format=csv",
];

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each server is loaded for each endpoint.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// For how many seconds each time.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Connections of the load.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Workers of each server.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Only endpoints that hold this text.
    #[arg(long, default_value = "")]
    only: String,
    /// Requests over many queries before the memory is told; 0 leaves that out.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// Measure instead what answers take that are not kept, of ten years and 300 items.
    #[arg(long)]
    cold: bool,
    /// How often each is asked for then.
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..))]
    times: u16,
}

/// Measures, and prints the tables.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<()> {
    let (batch, api) = (beside_this("analytics-batch")?, beside_this("analytics-api")?);
    if arguments.cold {
        return cold::run(engine, &batch, &api, arguments.times.into()).await;
    }
    let bare = beside_this("examples/bare")?;
    let load = Load::new(arguments.connections, Duration::from_secs(arguments.seconds))?;
    let mut out = io::stdout();

    let server = Server::start(engine, Options::default())?;
    let restaurant = server.restaurant("bench").await?;
    publish(&restaurant, Batch::new(batch)).await?;

    let folder = tempfile::tempdir()?;
    let workers = arguments.workers.to_string();
    let settings: Vec<_> = restaurant.env_for_api().into_iter().chain(target::token(&workers)).collect();
    let start = |name: &str, level: &str| {
        let log = fs::File::create(folder.path().join(format!("{name}.log")))?;
        let level = ("LOG__LEVEL".to_owned(), level.to_owned());
        Target::start(&api, &[], settings.iter().cloned().chain([level]), log)
    };
    let (quiet, logging) = (start("quiet", "warn")?, start("logging", "info")?);

    let endpoints: Vec<&str> = ENDPOINTS.into_iter().filter(|path| path.contains(&arguments.only)).collect();
    let mut answers = Vec::new();
    for path in &endpoints {
        answers.push(record(&quiet, path).await?);
    }
    let recorded = folder.path().join("answers.json");
    fs::write(&recorded, json!(answers).to_string())?;
    let log = fs::File::create(folder.path().join("bare.log"))?;
    let recorded = recorded.to_string_lossy();
    let bare = Target::start(&bare, &[&workers, &recorded], [], log)?;

    writeln!(
        out,
        "| endpoint | bytes | bare, requests a second | token | and access log \
         | token, processor time | and access log |\n| --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for (path, answer) in endpoints.iter().zip(&answers) {
        let bytes = answer["body"].as_str().map_or(0, str::len);
        let mut row = Row::default();
        for _ in 0..arguments.rounds {
            let plain = load.put_on(&bare, &target::bare_path(path))?;
            for (server, ratios) in [(&quiet, &mut row.quiet), (&logging, &mut row.logging)] {
                let loaded = load.put_on(server, path)?;
                ratios.rate.push(loaded.rate / plain.rate);
                ratios.time.push(loaded.time / plain.time);
            }
            row.bare.push(plain.rate);
        }
        writeln!(out, "| `{path}` | {bytes} | {row} |")?;
    }
    if arguments.requests > 0 {
        let memory = load.many_queries(&quiet, arguments.requests)?;
        writeln!(out, "\n{memory}")?;
    }
    writeln!(out, "start to first answer: {}", starts(&api, &settings).await?)?;
    Ok(())
}

/// The demo's sample, published.
async fn publish(restaurant: &Restaurant, batch: Batch) -> Result<()> {
    let sample = Sample::ending(demo::SEED, Sample::yesterday());
    sample::fill(restaurant, &sample, sample.first, |_, _| {}).await?;
    let batch = batch.with(restaurant.env_for_batch()).with(demo::calendar());
    let run = batch.run(&[])?;
    ensure!(run.code == Some(0), "analytics-batch ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr);
    Ok(())
}

/// How long the API takes from its start to its first answer: one that it has in hand, and one from the database.
async fn starts(api: &Path, settings: &[(String, String)]) -> Result<String> {
    let (mut live, mut figures) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        for (path, took) in [("/health/live", &mut live), (ENDPOINTS[0], &mut figures)] {
            let began = Instant::now();
            let api = Api::start(api, settings.iter().cloned())?;
            let status = target::ask(&api.address(), path).await?.status();
            ensure!(status.is_success(), "{path} is {status}:\n{}", api.log());
            took.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(format!("{:.0} ms, of figures {:.0} ms (medians of 15)", median(&live), median(&figures)))
}

/// An endpoint's figures, of every round.
#[derive(Default)]
struct Row {
    bare: Vec<f64>,
    quiet: Ratios,
    logging: Ratios,
}

/// To the bare server in the same round.
#[derive(Default)]
struct Ratios {
    rate: Vec<f64>,
    time: Vec<f64>,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} | {:.2} | {:.2} | {:.2} | {:.2}",
            median(&self.bare),
            median(&self.quiet.rate),
            median(&self.logging.rate),
            median(&self.quiet.time),
            median(&self.logging.time)
        )
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
