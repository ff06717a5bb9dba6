//! What a run sets out to do: which business days, and which orders to read for them.
//!
//! Decided from what analytics_db knows before a single order is read. Nothing here touches a database.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use domain::analytics_db::source_days::SourceMap;
use domain::order_db::IdRanges;
use domain::order_db::catalogue::Catalogue;

/// Ids between two ranges that are read along: so many orders are soon read, and each range costs a few statements.
const READ_IN_VAIN: i64 = 100;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
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
    /// Just these days, which were found not to agree with the source.
    Repair {
        /// The days.
        days: &'a BTreeSet<NaiveDate>,
    },
    /// Every day that the source still holds.
    Rebuild,
}

impl Request<'_> {
    /// Its name in the ledger.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Nightly { .. } => "nightly",
            Self::Range { .. } => "range",
            Self::Repair { .. } => "repair",
            Self::Rebuild => "rebuild",
        }
    }

    /// Whether the days are named one by one, so that orders of others may stay unseen.
    pub(super) fn names_its_days(self) -> bool {
        matches!(self, Self::Range { .. } | Self::Repair { .. })
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
    /// The days, as far as they are known before the reading.
    fn days(&self) -> &BTreeSet<NaiveDate> {
        const NONE: &BTreeSet<NaiveDate> = &BTreeSet::new();
        match self {
            Self::Days(days) => days,
            Self::UpTo(_) => NONE,
        }
    }

    pub(super) fn contains(&self, day: NaiveDate) -> bool {
        match self {
            Self::Days(days) => days.contains(&day),
            Self::UpTo(last) => day <= *last,
        }
    }
}

/// The days before the window: one joins the run, whole, by an order of it that was entered in the window. So an order
/// of long ago counts even if it is served some days after it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Older {
    /// The window's first day.
    pub(super) than: NaiveDate,
    /// Orders with this id or a higher one were entered in the window.
    pub(super) entered_from: i64,
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
    /// The days before the window that orders put into the run.
    pub(super) older: Option<Older>,
    /// Whether every id up to the highest will have been taken into account, now or by an earlier run.
    pub(super) advances_watermark: bool,
    /// Why the whole table is read, if it is.
    pub(super) reads_everything_because: Option<&'static str>,
}

impl Plan {
    /// Plans what was asked for.
    pub(super) fn new(request: Request<'_>, known: &Known<'_>) -> Self {
        // A shrunken table is another table: a restored backup, say.
        let watermark = known.watermark.filter(|watermark| *watermark <= known.highest_id);
        let everything = match request {
            Request::Rebuild => Some("a rebuild reads every order"),
            _ if !known.catalogue.ids_in_order && known.catalogue.created_at_index.is_none() => {
                Some("this engine does not give out ids in order, and there is no index on created_at")
            }
            _ if known.watermark.is_none() => Some("no run has finished yet"),
            _ if watermark.is_none() => Some("the source's highest order id has gone down"),
            // A run on the first day of all, or one whose clock was behind, has seen orders and published no day of them.
            Request::Nightly { .. } if known.published.is_empty() => Some("no day is published yet"),
            _ => None,
        };
        let (Some(watermark), None) = (watermark, everything) else {
            let target = Self::target(request, known, None);
            return Self {
                ids: IdRanges::from_range(i64::MIN..=known.highest_id),
                index: None,
                older: None,
                // Orders that a range run sees and that belong to other published days are for the next nightly run.
                advances_watermark: !request.names_its_days()
                    || known.published.iter().all(|day| target.contains(*day)),
                target,
                reads_everything_because: everything,
            };
        };

        // Days that a clock which was ahead has published come after it; they have their nights yet to come.
        let last = known.published.range(..=known.last_ended_day).next_back().or(known.published.last());
        let window = match (request, last) {
            (Request::Nightly { lookback }, Some(last)) => {
                Some(*last - Days::new(u64::from(lookback) - 1)..=*last)
            }
            _ => None,
        };
        let unseen_from = watermark.saturating_add(1);
        let entered_from = |days| known.map.entered_from(days).map_or(unseen_from, |id| id.min(unseen_from));
        let older =
            window.clone().map(|days| Older { than: *days.start(), entered_from: entered_from(days) });
        let target = Self::target(request, known, older.map(|older| older.than));
        let index = known.catalogue.created_at_index.clone();
        let mut ids = Vec::new();
        if index.is_none() {
            ids.extend(target.days().iter().flat_map(|day| known.map.ids_of(*day)));
            // All that was entered since the day before the window: an order may get its id before midnight and its
            // time after, and may be committed when others that have higher ids have been read.
            let entered = window.map(|days| entered_from(*days.start() - Days::new(1)..=*days.end()));
            ids.push(entered.unwrap_or(unseen_from)..=known.highest_id);
        } else if let Some(older) = older.filter(|_| known.catalogue.ids_in_order) {
            // For orders that belong to older days; the window's own are read by the index.
            ids.push(older.entered_from..=known.highest_id);
        }
        let ids = IdRanges::from_ids(ids, READ_IN_VAIN);
        Self {
            target,
            ids,
            index,
            older,
            advances_watermark: known.catalogue.ids_in_order && !request.names_its_days(),
            reads_everything_because: None,
        }
    }

    /// Plans to look at every order for the sake of `target`, and at no line.
    pub(super) fn verifying(target: Target, highest_id: i64) -> Self {
        Self {
            target,
            ids: IdRanges::from_range(i64::MIN..=highest_id),
            index: None,
            older: None,
            advances_watermark: false,
            reads_everything_because: Some("an order may have moved to any day"),
        }
    }

    /// The days that were asked for; a nightly run's are those from `window_start` on and those not published yet.
    /// Without a window they are found in the reading.
    fn target(request: Request<'_>, known: &Known<'_>, window_start: Option<NaiveDate>) -> Target {
        if let Request::Range { from, to } = request {
            return Target::Days(from.iter_days().take_while(|day| *day <= to).collect());
        }
        if let Request::Repair { days } = request {
            return Target::Days(days.clone());
        }
        let (Some(first), Some(window_start)) = (known.map.first_served_day(known.first_day), window_start)
        else {
            return Target::UpTo(known.last_ended_day);
        };
        // An order of before the first SERVED one may be served by now.
        let from = first.min(window_start).max(known.first_day.unwrap_or(NaiveDate::MIN));
        let days = from.iter_days().take_while(|day| *day <= known.last_ended_day);
        Target::Days(days.filter(|day| *day >= window_start || !known.published.contains(day)).collect())
    }
}
