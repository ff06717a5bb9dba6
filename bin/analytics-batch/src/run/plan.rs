//! What a run sets out to do: which business days, and which orders to read for them.
//!
//! Decided from what analytics_db knows before a single order is read. Nothing here touches a database.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use domain::analytics_db::source_days::SourceMap;
use domain::order_db::IdRanges;
use domain::order_db::catalogue::Catalogue;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The nightly run, with its lookback in days.
    Nightly {
        /// How many of the days published last are computed again.
        lookback: u16,
    },
    /// Just these days.
    Range {
        /// The first.
        from: NaiveDate,
        /// The last.
        to: NaiveDate,
    },
    /// Every day that the source still holds.
    Rebuild,
}

impl Request {
    /// Its name in the ledger.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Nightly { .. } => "nightly",
            Self::Range { .. } => "range",
            Self::Rebuild => "rebuild",
        }
    }
}

/// What is known before the source is read.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// L: the last business day that has ended.
    pub(super) last_ended_day: NaiveDate,
    /// The configured first day.
    pub(super) first_day: Option<NaiveDate>,
    /// The days that are published.
    pub(super) published: &'a BTreeSet<NaiveDate>,
    /// Where each day's orders lie.
    pub(super) map: &'a SourceMap,
    /// The id up to which a finished run has taken every order into account.
    pub(super) watermark: Option<i64>,
    /// The highest id in the source now; ids above it are for the next run.
    pub(super) highest_id: i64,
    /// What the source's catalogue says.
    pub(super) catalogue: &'a Catalogue,
}

/// The days to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Exactly these.
    Days(BTreeSet<NaiveDate>),
    /// Every day from the first SERVED order to this one: where it begins shows only in the reading.
    UpTo(NaiveDate),
}

impl Target {
    pub(super) fn contains(&self, day: NaiveDate) -> bool {
        match self {
            Self::Days(days) => days.contains(&day),
            Self::UpTo(last) => day <= *last,
        }
    }
}

/// A run's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The days to compute.
    pub(super) target: Target,
    /// The orders to look at by id.
    pub(super) ids: IdRanges,
    /// The index by which the target days' orders are read; without one they are among `ids`.
    pub(super) index: Option<String>,
    /// An order among `ids` that belongs to a published day before this one puts that whole day into the run.
    pub(super) older_than: Option<NaiveDate>,
    /// Whether every id up to the highest will have been taken into account, now or by an earlier run.
    pub(super) advances_watermark: bool,
    /// Why the whole table is read, if it is.
    pub(super) reads_everything_because: Option<&'static str>,
}

impl Plan {
    /// Plans what was asked for.
    pub(super) fn new(request: Request, known: &Known<'_>) -> Self {
        // A shrunken table is another table: a restored backup, say.
        let watermark = known.watermark.filter(|watermark| *watermark <= known.highest_id);
        let everything = match request {
            Request::Rebuild => Some("a rebuild reads every order"),
            _ if !known.catalogue.ids_in_order && known.catalogue.created_at_index.is_none() => {
                Some("this engine does not give out ids in order, and there is no index on created_at")
            }
            _ if known.watermark.is_none() => Some("no run has finished yet"),
            _ if watermark.is_none() => Some("the source's highest order id has gone down"),
            _ => None,
        };
        let target = Self::target(request, known, everything.is_some());
        if let Some(reason) = everything {
            return Self {
                ids: IdRanges::from_range(i64::MIN..=known.highest_id),
                index: None,
                older_than: None,
                // Orders that a range run sees and that belong to other published days are for the next nightly run.
                advances_watermark: !matches!(request, Request::Range { .. })
                    || known.published.iter().all(|day| target.contains(*day)),
                target,
                reads_everything_because: Some(reason),
            };
        }

        let window_start = match (request, &target) {
            (Request::Nightly { lookback }, _) => {
                known.published.last().map(|last| *last - Days::new(u64::from(lookback) - 1))
            }
            _ => None,
        };
        let index = known.catalogue.created_at_index.clone();
        let is_range = matches!(request, Request::Range { .. });
        // Older days are looked for in ids that nobody has seen; a range run keeps to its days.
        let looks_at_unseen = known.catalogue.ids_in_order && !(is_range && index.is_some());
        let unseen = watermark.map(|watermark| watermark.saturating_add(1)..=known.highest_id);
        let mut ids: Vec<_> = unseen.filter(|_| looks_at_unseen).into_iter().collect();
        if index.is_none() {
            if let Some(from) = window_start.and_then(|start| known.map.lowest_id_from(start - Days::new(1)))
            {
                ids.push(from..=known.highest_id);
            }
            if let Target::Days(days) = &target {
                let outside_window = days.iter().filter(|day| window_start.is_none_or(|start| **day < start));
                ids.extend(outside_window.filter_map(|day| known.map.ids_of(*day)));
            }
        }
        Self {
            target,
            ids: IdRanges::from_ids(ids, 0),
            index,
            older_than: window_start,
            advances_watermark: known.catalogue.ids_in_order && !is_range,
            reads_everything_because: None,
        }
    }

    fn target(request: Request, known: &Known<'_>, reads_everything: bool) -> Target {
        let lookback = match request {
            Request::Range { from, to } => {
                return Target::Days(from.iter_days().take_while(|day| *day <= to).collect());
            }
            Request::Rebuild => return Target::UpTo(known.last_ended_day),
            Request::Nightly { lookback } => lookback,
        };
        let first = known.map.first_served_day(known.first_day);
        match (first, known.published.last()) {
            (Some(first), Some(last)) if !reads_everything || known.watermark.is_some() => {
                let window_start = *last - Days::new(u64::from(lookback) - 1);
                let days = first.iter_days().take_while(|day| *day <= known.last_ended_day);
                Target::Days(
                    days.filter(|day| *day >= window_start || !known.published.contains(day)).collect(),
                )
            }
            _ => Target::UpTo(known.last_ended_day),
        }
    }
}
