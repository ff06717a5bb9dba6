//! `sandbox test-schema`: asks the real API what its OpenAPI document allows, and much that it does not.
//!
//! Schemathesis reads the document and nothing else. It makes up requests, sends them with a token, without one and with
//! a wrong one, and judges each answer by the document: status, media type, headers, body. The API serves the sample
//! restaurant, which the real batch has published.

mod schemathesis;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use chrono::Days;
use sandbox::programs::{Api, Batch, beside_this};
use sandbox::sample::{self, Sample};
use sandbox::server::{Engine, Options, Server};

use super::SKIPPED;

/// Another sample than the demo's.
const SAMPLE_SEED: u64 = 3;

/// Days of it: enough for a forecast with intervals and for measures of it.
const SAMPLE_DAYS: u64 = 120;

/// Known to this one private server, and to nobody else.
const TOKEN: &str = "test-schema-only";
/// `printf %s test-schema-only | sha256sum`
const DIGEST: &str = "5a96bb4ec68be587bfc8cb5019de192ba246de1b1971612fb5ec548b49f79756";

/// How thoroughly to ask.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Requests made up for each path, at most, beside those at the edges of what is legal.
    #[arg(long, default_value_t = 60)]
    examples: u32,
    /// What requests are made up from: the same seed asks the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it; fails when the API and its document disagree. Where Schemathesis cannot be had, says so and is skipped.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<ExitCode> {
    let (batch, api) = (beside_this("analytics-batch")?, beside_this("analytics-api")?);
    let mut out = io::stdout();
    let program = match schemathesis::provide()? {
        Ok(program) => program,
        Err(reason) => {
            writeln!(out, "SKIPPED schemathesis: {}", reason.replace('\n', " "))?;
            return Ok(ExitCode::from(SKIPPED));
        }
    };
    let server = Server::start(engine, Options::default())?;
    let restaurant = server.restaurant("test_schema").await?;
    let last = Sample::yesterday();
    let sample = Sample { seed: SAMPLE_SEED, first: last - Days::new(SAMPLE_DAYS), last };
    let orders = sample::fill(&restaurant, &sample, sample.first, |_, _| {}).await?;
    let calendar = [
        ("ANALYTICS__TIMEZONE", sample::TIMEZONE),
        ("ANALYTICS__DAY_START", sample::DAY_START),
        ("ANALYTICS__CURRENCY", sample::CURRENCY),
    ];
    let calendar = calendar.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let batch = Batch::new(batch).with(restaurant.env_for_batch()).with(calendar);
    let run = batch.run(&[])?;
    ensure!(run.code == Some(0), "analytics-batch ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr);
    writeln!(out, "{orders} orders of {SAMPLE_DAYS} days are published; Schemathesis asks the API for them")?;

    let token = [("AUTH__MODE", "token".to_owned()), ("AUTH__TOKENS", format!("panel {DIGEST}"))];
    let settings = restaurant.env_for_api();
    let api =
        Api::start(&api, settings.into_iter().chain(token.map(|(key, value)| (key.to_owned(), value))))?;
    let status = program.run(&api.address(), TOKEN, arguments.examples, arguments.seed)?;
    ensure!(
        status.success(),
        "the API and its document disagree: see above. The API's log:\n{}",
        tail(&api.log())
    );
    Ok(ExitCode::SUCCESS)
}

/// What the API has logged beside its requests.
fn tail(log: &str) -> String {
    const MOST: usize = 40;
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains(" request method=")).collect();
    lines[lines.len().saturating_sub(MOST)..].join("\n")
}
