//! `sandbox demo`: the whole path on a machine that has nothing yet. Server, databases, users, a sample restaurant,
//! the real batch, the real API; then it waits until it is asked to end.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{Days, NaiveDate};
use indicatif::HumanCount;
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::{Api, Batch, beside_this};
use sandbox::sample::{self, Sample};
use sandbox::server::{Engine, Options, Server, provide};
use sandbox::state_folder;
use serde_json::json;

use crate::progress::Progress;

/// The port that the API has by default, so that what the documentation says works here.
const PORT: u16 = 8087;

/// The sample that the documentation shows.
pub(crate) const SEED: u64 = 20_260;

/// Nights that a new demo runs again before the last one, so that there are forecasts that days can be held against.
const NIGHTS: u64 = 14;

/// What to look at once all is up: a path, and what it shows.
const PAGES: [(&str, &str); 13] = [
    ("/dashboard", "the figures as a page: open it in a browser"),
    ("/docs", "every request, to be tried out in a browser"),
    ("/", "the service, its version and its links"),
    ("/health", "whether it is well, and when the batch last succeeded"),
    ("/api/admin/analytics/summary?limit=7", "the last seven published days"),
    ("/api/admin/analytics/summary?limit=7&compare=week_ago", "the same against the week before"),
    ("/api/admin/analytics/top-items?sort_by=revenue&limit=5", "what sold best"),
    ("/api/admin/analytics/hourly?days_back=1", "the last published day, hour by hour"),
    (
        "/api/admin/analytics/hourly?group_by=weekday_hour&format=csv",
        "what is usual at each hour of the week, as CSV",
    ),
    ("/api/admin/analytics/forecast/daily", "the coming days' revenue"),
    ("/api/admin/analytics/forecast/hourly", "the coming hours' orders"),
    ("/api/admin/analytics/forecast/accuracy", "how near the forecasts came"),
    ("/api/admin/analytics/batch/runs?limit=3", "what the batch did"),
];

/// Runs the demo until `asked_to_end`, or with `once` until every page has been fetched.
pub(crate) async fn run(engine: Engine, once: bool, asked_to_end: impl Future<Output = ()>) -> Result<()> {
    let lock = lock()?;
    tokio::select! {
        outcome = demonstrate(engine, once) => outcome?,
        () = asked_to_end => say("\nEnding the demo: the API, the batch and the database server.")?,
    }
    drop(lock);
    say(&format!(
        "Ended; nothing is left running. The data stays in {} until `make demo-reset`.",
        folder().display()
    ))
}

/// Removes what the demo keeps.
pub(crate) fn reset() -> Result<()> {
    let lock = lock()?;
    let folder = folder();
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    drop(lock);
    say(&format!("Removed {}; `make demo` starts anew.", folder.display()))
}

fn folder() -> PathBuf {
    state_folder().join("demo")
}

/// One demo at a time: two servers on one data folder would destroy it.
fn lock() -> Result<File> {
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = state_folder().join("demo.lock");
    let lock = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("a demo is running already: end it first (Ctrl-C where it runs)")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

async fn demonstrate(engine: Engine, once: bool) -> Result<()> {
    // Missing programs are told before minutes of work, not after.
    let (batch, api) = (beside_this("analytics-batch")?, beside_this("analytics-api")?);

    say("1/4  A private database server")?;
    let version = provide(engine)?;
    let data = folder().join(format!("{}-{version}", engine.key()));
    let server = Server::start(engine, Options::default().kept_in(data.join("data")))?;
    say(&format!("     {engine} {version} on {}:{}", server.host(), server.port()))?;
    say(&format!("     data in {}", data.display()))?;

    say("2/4  A sample restaurant in order_db")?;
    let (restaurant, is_new) = fill(&server, &data).await?;

    say("3/4  analytics-batch: every business day, then the forecast")?;
    let started = Instant::now();
    let batch = Batch::new(batch).with(restaurant.env_for_batch()).with(calendar());
    if is_new {
        replay(&batch).await?;
    }
    publish(&batch, &[]).await?;
    say(&format!("     done in {:.0} s", started.elapsed().as_secs_f64()))?;

    say("4/4  analytics-api")?;
    let port = if TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok() { PORT } else { 0 };
    let settings =
        restaurant.env_for_api().into_iter().chain([("SERVER__PORT".to_owned(), port.to_string())]);
    let api = Api::start(&api, settings)?;
    if port == 0 {
        say(&format!("     port {PORT} is taken by another program: this one is free"))?;
    }
    say(&format!("     listening on {}\n", api.address()))?;
    if once {
        return fetch(&api).await;
    }
    say("Open or curl:")?;
    for (path, what) in PAGES {
        say(&format!("  {what}\n    curl '{}{path}'", api.address()))?;
    }
    say("\nCtrl-C ends everything that this started.")?;
    std::future::pending().await
}

/// The settings by which the sample's figures are to be read.
pub(crate) fn calendar() -> [(String, String); 3] {
    [
        ("ANALYTICS__TIMEZONE", sample::TIMEZONE),
        ("ANALYTICS__DAY_START", sample::DAY_START),
        ("ANALYTICS__CURRENCY", sample::CURRENCY),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// The databases, with the sample up to yesterday: made, finished if an earlier run was ended, or continued; and whether
/// they were made.
async fn fill(server: &Server, data: &Path) -> Result<(Restaurant, bool)> {
    let (restaurant, is_new) = server.plain_restaurant().await?;
    let plan = data.join("sample.json");
    let yesterday = Sample::yesterday();
    let mut sample = Sample::ending(SEED, yesterday);
    let mut from = sample.first;
    if is_new {
        fs::write(&plan, json!({ "seed": SEED, "first": sample.first.to_string() }).to_string())
            .with_context(|| format!("cannot write {}", plan.display()))?;
    } else {
        sample.first = first_day(&plan).with_context(|| {
            format!("cannot tell which sample is there from {}: `make demo-reset`", plan.display())
        })?;
        let last =
            format!("SELECT DATE(MAX(created_at) - INTERVAL {} HOUR) FROM orders", &sample::DAY_START[..2]);
        let rows = restaurant.query(Database::Orders, &last).await?;
        let last = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<NaiveDate>().ok());
        from = last.map_or(sample.first, |day| day + Days::new(1));
    }
    let days = u64::try_from((yesterday - from).num_days() + 1).unwrap_or_default();
    let (started, mut progress) = (Instant::now(), Progress::new("days of orders", days)?);
    let inserted = sample::fill(&restaurant, &sample, from, |day, _| {
        progress.reached(u64::try_from((day - from).num_days()).unwrap_or_default());
    })
    .await?;
    drop(progress);
    let seconds = started.elapsed().as_secs_f64();
    let inserted = HumanCount(u64::try_from(inserted)?);
    say(&format!("     {} to {yesterday}: {inserted} orders added in {seconds:.0} s", sample.first))?;
    Ok((restaurant, is_new))
}

fn first_day(plan: &Path) -> Result<NaiveDate> {
    let plan: serde_json::Value = serde_json::from_str(&fs::read_to_string(plan)?)?;
    ensure!(plan["seed"] == SEED, "it is another sample");
    Ok(plan["first"].as_str().unwrap_or_default().parse()?)
}

/// Runs the batch as it would have run on each of the last nights but one.
async fn replay(batch: &Batch) -> Result<()> {
    // That a replay's clock stands still is known here.
    let batch = batch.clone().set("LOG__LEVEL", "error");
    for night in (1..=NIGHTS).rev() {
        let morning_after = Sample::yesterday() + Days::new(1) - Days::new(night);
        // Some hours after the day's end, which is 04:00 in Paris, in summer and in winter.
        publish(&batch, &["--now", &format!("{morning_after}T06:00:00Z")]).await?;
    }
    Ok(())
}

async fn publish(batch: &Batch, arguments: &[&str]) -> Result<()> {
    let mut run = batch.start(arguments)?;
    let status = loop {
        if let Some(status) = run.ended()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    ensure!(status.success(), "analytics-batch failed ({status}); its log is above");
    Ok(())
}

/// Fetches each page and shows its status and beginning.
async fn fetch(api: &Api) -> Result<()> {
    let mut failed = Vec::new();
    for (path, _) in PAGES {
        let (status, _, body) = api.get_text(path).await?;
        let line: String = body.lines().next().unwrap_or_default().chars().take(120).collect();
        say(&format!("  {status} {path}\n      {line}"))?;
        if status != 200 {
            failed.push(path);
        }
    }
    ensure!(failed.is_empty(), "not 200: {}; the API's log:\n{}", failed.join(", "), api.log());
    Ok(())
}

fn say(line: &str) -> Result<()> {
    writeln!(io::stdout(), "{line}").context("cannot write to standard output")
}
