//! What verifying may be asked for.

use chrono::NaiveDate;
use clap::Args;
use runtime::settings::Span;

use crate::cli::{Format, RunArguments, pause};

/// Compares published days with the orders that the source now holds, and names those that have drifted.
///
/// Each published day's orders are counted, their totals summed and the highest of their ids looked up, in one pass
/// over the source's orders. Nothing is written and no lease is taken. Exits 0 if all days agree and 65 if not.
/// Lines are not read: a line that was edited while its order stayed as it was does not show.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Verify just the business days from this one on.
    #[arg(long, value_name = "DAY", requires = "to")]
    pub(super) from: Option<NaiveDate>,

    /// … up to and including this one.
    #[arg(long, value_name = "DAY", requires = "from")]
    pub(super) to: Option<NaiveDate>,

    /// Verify just this business day.
    #[arg(long, value_name = "DAY", conflicts_with_all = ["from", "to"])]
    pub(super) date: Option<NaiveDate>,

    /// Rebuild the days that have drifted, also those that shrink, and verify them again. Days that the source has
    /// been purged of stay as they are.
    #[arg(long)]
    pub(super) repair: bool,

    /// Let a repair publish a day as one without sales if the source holds none of its orders any more.
    #[arg(long, requires = "repair")]
    pub(super) allow_empty: bool,

    /// Read `order_db` over so many connections at a time, where there is enough to read [default: 3].
    #[arg(long, value_name = "CONNECTIONS", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(super) jobs: Option<u8>,

    /// Pause each connection to `order_db` between two slices, to leave the server time for others: 200ms, 1s.
    #[arg(long, value_name = "PAUSE", value_parser = pause)]
    pub(super) throttle: Option<Span>,

    /// How to write the report on standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Format,
}

impl VerifyArguments {
    /// What a run over the same days would be asked for.
    pub(super) fn of_a_run(&self) -> RunArguments {
        RunArguments {
            from: self.from,
            to: self.to,
            date: self.date,
            allow_empty: self.allow_empty,
            jobs: self.jobs,
            throttle: self.throttle,
            ..RunArguments::default()
        }
    }
}
