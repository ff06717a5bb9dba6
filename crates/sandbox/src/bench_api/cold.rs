//! `sandbox bench-api --cold`: what the API takes for answers that it has not kept, of ten years and 300 items.
//!
//! It keeps none, so that each answer is made of the database. Each path is asked for in its dearest forms, one after
//! another and many times over. The time is the one that the API itself tells in the line of its log, from the request's
//! head to its answer; the statements are those between the beginning and the end of a snapshot in the server's own log.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sandbox::databases::Restaurant;
use sandbox::decade::{self, FIRST, LAST};
use sandbox::programs::{Api, Batch};
use sandbox::server::{Engine, Options, Server, snapshots};
use serde_json::Value;
use tokio::time::sleep;

use super::median;

/// What all the paths begin with.
const PREFIX: &str = "/api/admin/analytics";

/// What no answer may take, in milliseconds.
const ALLOWED: f64 = 50.0;

/// How long the API's log may take to tell of everything.
const LOGGED: Duration = Duration::from_secs(20);

/// Ranges: all of it, one that begins and ends within a month, and two of five years, against which those before them can
/// be held.
const ALL: &str = "start_date=2016-11-22&end_date=2026-11-21";
const UNEVEN: &str = "start_date=2016-12-02&end_date=2026-10-30";
const HALF: &str = "start_date=2021-11-22&end_date=2026-11-21";
const UNEVEN_HALF: &str = "start_date=2021-12-02&end_date=2026-10-30";

/// Measures, and prints a table.
pub(super) async fn run(engine: Engine, batch: &Path, api: &Path, times: usize) -> Result<()> {
    let mut out = io::stdout();
    // Of its own accord a server takes no less, and the tables are larger.
    let options = Options::default().with_query_log().argument("--innodb-buffer-pool-size=128M");
    let server = Server::start(engine, options)?;
    let restaurant = server.restaurant("cold").await?;
    let batch = Batch::new(batch).with(restaurant.env_for_batch()).set("ANALYTICS__TIMEZONE", "UTC");
    let began = Instant::now();
    decade::fill_orders(&restaurant, FIRST).await?;
    let run = batch.run(&["--now", &decade::now()])?;
    ensure!(run.code == Some(0), "analytics-batch ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr);
    decade::fill_analytics(&restaurant, FIRST).await?;
    writeln!(out, "filled in {:.0} s", began.elapsed().as_secs_f64())?;

    let log = server.query_log().context("the server writes no log of its queries")?;
    let before = fs::metadata(&log)?.len();
    let (api, paths) = (start(api, &restaurant)?, paths());
    // Opens the connection.
    ask(&api, &format!("{PREFIX}/summary")).await?;
    let mut asked: Vec<Asked> = paths.iter().map(|path| Asked::new(path)).collect();
    for _ in 0..times {
        for path in &mut asked {
            path.bytes = ask(&api, &path.path).await?;
        }
    }
    let requests = 1 + times * asked.len();
    let took = durations(&api, requests).await?;
    let said = fs::read(&log)?;
    let said = said.get(usize::try_from(before)?..).context("the server's log has become shorter")?;
    let read = snapshots(&String::from_utf8_lossy(said));
    ensure!(
        took.len() == requests && read.len() == requests,
        "{} requests were logged and {} snapshots read, of {requests} requests",
        took.len(),
        read.len(),
    );
    let figures = took.iter().zip(&read).skip(1);
    for (nth, (took, statements)) in figures.enumerate() {
        let path = nth % asked.len();
        let path = asked.get_mut(path).context("no such path")?;
        path.took.push(*took);
        path.statements = path.statements.max(statements.len());
    }

    writeln!(
        out,
        "{} {}, {FIRST} to {LAST}, 300 items, {times} times each\n",
        server.engine(),
        server.version()
    )?;
    writeln!(
        out,
        "| asked for | bytes | statements | shortest, ms | median, ms | longest, ms |\n\
         | --- | --- | --- | --- | --- | --- |"
    )?;
    for path in &asked {
        writeln!(out, "{path}")?;
    }
    for (what, of) in [("at the median", Asked::median as fn(&Asked) -> f64), ("at the most", Asked::longest)]
    {
        let over: Vec<String> = asked.iter().filter(|path| of(path) > ALLOWED).map(Asked::shown).collect();
        writeln!(out, "\nlonger than {ALLOWED} ms {what}: {}", over.join(", "))?;
    }
    Ok(())
}

fn start(api: &Path, restaurant: &Restaurant) -> Result<Api> {
    let own = [
        ("SERVER__CACHE_MIB", "0"),
        ("SERVER__NOW", &decade::now()),
        ("LOG__LEVEL", "info"),
        ("LOG__FORMAT", "json"),
    ];
    let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Ok(Api::start(api, restaurant.env_for_api().into_iter().chain(own))?)
}

/// Asks, and tells how many bytes the answer has.
async fn ask(api: &Api, path: &str) -> Result<usize> {
    let (status, _, body) = api.get_text(path).await?;
    ensure!(status == 200, "{path} is {status}: {body}\n{}", api.log());
    Ok(body.len())
}

/// What the API's log tells of one request after another, in milliseconds, once it tells of so many.
async fn durations(api: &Api, requests: usize) -> Result<Vec<f64>> {
    let give_up = Instant::now() + LOGGED;
    loop {
        let mut durations = Vec::new();
        for line in api.log().lines() {
            let line: Value = serde_json::from_str(line)
                .with_context(|| format!("a line of the log is no JSON: {line}"))?;
            durations.extend(line["duration_ms"].as_f64());
        }
        // It comes through a pipe, and so after the answers.
        if durations.len() >= requests || Instant::now() > give_up {
            return Ok(durations);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// A path with its query, and what came of it.
struct Asked {
    path: String,
    bytes: usize,
    statements: usize,
    took: Vec<f64>,
}

impl Asked {
    fn new(path: &str) -> Self {
        Self { path: format!("{PREFIX}{path}"), bytes: 0, statements: 0, took: Vec::new() }
    }

    /// Below the common prefix.
    fn shown(&self) -> String {
        format!("`{}`", self.path.trim_start_matches(PREFIX))
    }

    fn shortest(&self) -> f64 {
        self.took.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        median(&self.took)
    }

    fn longest(&self) -> f64 {
        self.took.iter().copied().fold(0.0, f64::max)
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bytes, statements, .. } = self;
        let (shown, shortest) = (self.shown(), self.shortest());
        write!(
            f,
            "| {shown} | {bytes} | {statements} | {shortest:.1} | {:.1} | {:.1} |",
            self.median(),
            self.longest()
        )
    }
}

/// Every path with figures, in its dearest forms.
fn paths() -> Vec<String> {
    let mut paths = vec!["/summary?limit=3660".to_owned(), "/summary?limit=3660&format=csv".to_owned()];
    for by in ["week", "month", "weekday"] {
        paths.push(format!("/summary?group_by={by}&{ALL}"));
    }
    for compare in ["previous", "week_ago", "year_ago"] {
        paths.push(format!("/summary?group_by=day&compare={compare}&{HALF}"));
        paths.push(format!("/summary?group_by=week&compare={compare}&{ALL}"));
    }
    for sort_by in ["quantity", "revenue"] {
        for range in [ALL, UNEVEN] {
            paths.push(format!("/top-items?limit=100&sort_by={sort_by}&{range}"));
        }
        for compare in ["previous", "week_ago", "year_ago"] {
            paths.push(format!("/top-items?limit=100&sort_by={sort_by}&compare={compare}&{UNEVEN_HALF}"));
        }
    }
    paths.push("/top-items?limit=100&format=csv".to_owned());
    paths.push(format!("/items/7?limit=3660&{ALL}"));
    for by in ["week", "month", "weekday"] {
        paths.push(format!("/items/7?group_by={by}&{ALL}"));
    }
    paths.push(format!("/items/7?format=csv&{ALL}"));
    let others = [
        "/hourly?days_back=92",
        "/hourly?days_back=92&format=csv",
        "/hourly?days_back=92&group_by=weekday_hour",
        "/dayparts?days_back=92",
        "/dayparts?days_back=92&group_by=total",
        "/forecast/daily?limit=30",
        "/forecast/hourly",
        "/forecast/hourly?forecast_date=2026-11-24",
        "/forecast/hourly?forecast_date=2019-11-24",
        "/forecast/accuracy?days=366",
        "/forecast/accuracy?days=366&format=csv",
        "/revisions?limit=366",
        "/revisions?limit=366&start_date=2016-11-22&end_date=2017-11-21",
        "/batch/runs?limit=100",
    ];
    paths.extend(others.map(ToOwned::to_owned));
    paths
}
