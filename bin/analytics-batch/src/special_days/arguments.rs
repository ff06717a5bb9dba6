//! What the calendar may be asked for.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use domain::forecast::SpecialDay;

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarCommand {
    /// Take in special days from a CSV file. A day of a date and kind that are known already replaces the one known.
    ///
    /// Its first line names its columns, in any order: date (YYYY-MM-DD), kind, name and effect. Only date must be
    /// there, so that a plain list of a country's public holidays will do: without the column kind all days are of the
    /// kind holiday, and without the column effect all have the effect event. The kind is holiday or another short
    /// word; the effect is closed (the restaurant does not open), open (it opens, whatever its habit) or event (it
    /// opens as usual, and demand may differ).
    Import {
        /// The file, gzipped or not.
        file: PathBuf,
    },
    /// Write the special days as CSV that can be edited and imported again.
    List(ListArguments),
    /// Take special days back.
    Remove(RemoveArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only from this day on.
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<NaiveDate>,

    /// Only up to and including this day.
    #[arg(long, value_name = "DAY")]
    pub(super) to: Option<NaiveDate>,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// Those of this day.
    #[arg(long, value_name = "DAY", required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,

    /// Those from this day on.
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<NaiveDate>,

    /// … up to and including this one.
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<NaiveDate>,

    /// Only those of this kind.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

impl RemoveArguments {
    /// Whether `day` is one of those to be removed.
    pub(super) fn mean(&self, day: &SpecialDay) -> bool {
        let range = self.date.map(|date| (date, date)).or(self.from.zip(self.to));
        range.is_some_and(|(first, last)| (first..=last).contains(&day.date))
            && self.kind.as_ref().is_none_or(|kind| *kind == day.kind)
    }
}
