//! Running a program and seeing what it takes.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::Batch;
use tokio::time::sleep;

/// How often the memory of a running program is looked at. The kernel keeps the peak itself.
const LOOK: Duration = Duration::from_millis(5);

/// What a run took.
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// The most memory it held at a time.
    pub(super) peak_mib: f64,
}

/// Runs the batch, which must succeed.
pub(super) async fn measured(batch: &Batch, arguments: &[&str]) -> Result<Measured> {
    let mut command = batch.command(arguments);
    let started = Instant::now();
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", run.id());
    let mut peak_kib = 0;
    let ended = loop {
        if let Some(ended) = run.try_wait()? {
            break ended;
        }
        // Gone between the two looks, it has no status any more: the peak of the last one stands.
        let now = fs::read_to_string(&status).ok().and_then(|status| peak(&status));
        peak_kib = peak_kib.max(now.unwrap_or_default());
        sleep(LOOK).await;
    };
    let seconds = started.elapsed().as_secs_f64();
    ensure!(ended.success(), "analytics-batch {} ended with {ended}", arguments.join(" "));
    Ok(Measured { seconds, peak_mib: peak_kib as f64 / 1024.0 })
}

fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Rows that the server has read from tables since it started, by its own counters.
pub(super) async fn rows_examined(restaurant: &Restaurant) -> Result<u64> {
    let read = "SHOW GLOBAL STATUS WHERE variable_name IN ('Handler_read_first', 'Handler_read_key', \
                'Handler_read_last', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')";
    let counters = restaurant.query(Database::Orders, read).await?;
    counters.iter().try_fold(0, |sum, counter| {
        let value = counter.get(1).and_then(Option::as_ref).context("a counter without a value")?;
        Ok(sum + value.parse::<u64>()?)
    })
}
