//! How far a task is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Time between two plain lines.
const PAUSE: Duration = Duration::from_secs(5);

/// A task's progress.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    total: u64,
    told: Instant,
}

impl Progress {
    /// A task of `total` steps.
    pub(crate) fn new(what: &'static str, total: u64) -> Result<Self> {
        let bar = if io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("  {msg} [{bar:40}] {percent:>3} % {eta}")?;
            Some(ProgressBar::new(total).with_style(style.progress_chars("=> ")).with_message(what))
        } else {
            None
        };
        Ok(Self { bar, what, total, told: Instant::now() })
    }

    /// Now at step `done`.
    pub(crate) fn reached(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.told.elapsed() >= PAUSE {
            self.told = Instant::now();
            // A closed standard output is noticed by what is written for its own sake.
            let _ =
                writeln!(io::stdout(), "  {}: {} of {}", self.what, HumanCount(done), HumanCount(self.total));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
