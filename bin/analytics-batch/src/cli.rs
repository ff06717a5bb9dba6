//! The command line.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use runtime::settings::Span;

use crate::backtest::BacktestArguments;
use crate::run::VerifyArguments;
use crate::special_days::CalendarCommand;

/// Reads the orders, publishes business days and issues forecasts.
///
/// Without a command and without dates this is the nightly run: every business day from the lookback before the last
/// published one to the last that has ended, then the forecast. The first time, it starts at the first order.
#[derive(Debug, Parser)]
#[command(version = runtime::release::VERSION_AND_COMMIT, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    /// Take this for the present instead of the machine's clock (RFC 3339), to replay a night.
    #[arg(long, global = true, value_name = "INSTANT")]
    pub(crate) now: Option<DateTime<Utc>>,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 2 or 64 usage; 65 data that needs a look; 69 database unreachable; \
    70 bug, or days published but no forecast; 75 another run holds the lease, or interrupted; 77 permission; \
    78 configuration.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell in plain words whether everything is ready for a run.
    Check,
    /// Compare published days with the orders that the source now holds, and name those that have drifted.
    Verify(VerifyArguments),
    /// Bring the tables of `analytics_db` up to date, which every run does by itself as well.
    Migrate,
    /// Try the forecasts on past days, of the restaurant or of any file of series, and say how well they do.
    Backtest(BacktestArguments),
    /// Keep the calendar of special days, which the forecast knows beforehand: public holidays, closures, events.
    #[command(subcommand)]
    Calendar(CalendarCommand),
}

#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct RunArguments {
    /// Rerun just the business days from this one on.
    #[arg(long, value_name = "DAY", requires = "to")]
    pub(crate) from: Option<NaiveDate>,

    /// … up to and including this one.
    #[arg(long, value_name = "DAY", requires = "from")]
    pub(crate) to: Option<NaiveDate>,

    /// Rerun just this business day.
    #[arg(long, value_name = "DAY", conflicts_with_all = ["from", "to"])]
    pub(crate) date: Option<NaiveDate>,

    /// Recompute every day that the source still holds: after a change of zone or day start.
    #[arg(long, conflicts_with_all = ["from", "to", "date", "lookback"])]
    pub(crate) rebuild: bool,

    /// Recompute this many of the days published last [default: `ANALYTICS__LOOKBACK`].
    #[arg(long, value_name = "DAYS", conflicts_with_all = ["from", "to", "date"],
          value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) lookback: Option<u16>,

    /// Publish a day even if that turns sales into none, or if it lies before the source's first order.
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// Read `order_db` over so many connections at a time, where there is enough to read [default: 3].
    #[arg(long, value_name = "CONNECTIONS", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) jobs: Option<u8>,

    /// Pause each connection to `order_db` between two slices, to leave the server time for others: 200ms, 1s.
    #[arg(long, value_name = "PAUSE", value_parser = pause)]
    pub(crate) throttle: Option<Span>,

    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// How to write the report on standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// The longest pause: a slice must not seem to hang.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Reads a pause between two slices.
pub(crate) fn pause(text: &str) -> Result<Span, String> {
    let wrong = || format!("write a number and a unit, from 0ms to {LONGEST_PAUSE:?}");
    text.parse::<Span>().ok().filter(|pause| pause.0 <= LONGEST_PAUSE).ok_or_else(wrong)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Sentences.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
