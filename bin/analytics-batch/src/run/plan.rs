//! What a run sets out to do: which business days, and which orders to read for them.
//!
//! Decided from what analytics_db knows before a single order is read. Nothing here touches a database.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use domain::analytics_db::runs::Watermark;
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::Calendar;
use domain::order_db::IdRanges;
use domain::order_db::catalogue::Catalogue;

/// Ids between two ranges that are read along: so many orders are soon read, and each range costs a few statements.
const READ_IN_VAIN: i64 = 100;

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
    /// The business days' bounds.
    pub(super) calendar: Calendar,
    /// The ids up to which finished runs have taken every order into account, in the order of the runs.
    pub(super) watermarks: &'a [Watermark],
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
    /// Orders with higher ids were entered in the window.
    pub(super) entered_after: i64,
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
    pub(super) fn new(request: Request, known: &Known<'_>) -> Self {
        let last_watermark = known.watermarks.last().map(|mark| mark.highest_order_id);
        // A shrunken table is another table: a restored backup, say.
        let watermark = last_watermark.filter(|watermark| *watermark <= known.highest_id);
        let everything = match request {
            Request::Rebuild => Some("a rebuild reads every order"),
            _ if !known.catalogue.ids_in_order && known.catalogue.created_at_index.is_none() => {
                Some("this engine does not give out ids in order, and there is no index on created_at")
            }
            _ if last_watermark.is_none() => Some("no run has finished yet"),
            _ if watermark.is_none() => Some("the source's highest order id has gone down"),
            _ => None,
        };
        let (Some(watermark), None) = (watermark, everything) else {
            let target = Self::target(request, known, None);
            return Self {
                ids: IdRanges::from_range(i64::MIN..=known.highest_id),
                index: None,
                older: None,
                // Orders that a range run sees and that belong to other published days are for the next nightly run.
                advances_watermark: !matches!(request, Request::Range { .. })
                    || known.published.iter().all(|day| target.contains(*day)),
                target,
                reads_everything_because: everything,
            };
        };

        let window_start = match request {
            Request::Nightly { lookback } => {
                known.published.last().map(|last| *last - Days::new(u64::from(lookback) - 1))
            }
            _ => None,
        };
        let target = Self::target(request, known, window_start);
        let index = known.catalogue.created_at_index.clone();
        let is_range = matches!(request, Request::Range { .. });
        // Older days are looked for in ids that nobody has seen; a range run keeps to its days.
        let looks_at_unseen = known.catalogue.ids_in_order && !(is_range && index.is_some());
        let unseen = Some(watermark.saturating_add(1)..=known.highest_id).filter(|_| looks_at_unseen);
        let mut ids = IdRanges::from_ids(unseen, 0);
        if index.is_none() {
            // The day before the window as well: an order may get its id before midnight and its time after.
            let day_before = window_start.map(|start| start - Days::new(1));
            let days = target.days().iter().copied().chain(day_before);
            let lying = days.map(|day| known.map.ids_of(day)).fold(ids, |ids, more| ids.union(&more));
            ids = IdRanges::from_ids(lying.iter(), READ_IN_VAIN);
        }
        Self {
            target,
            ids,
            index,
            older: window_start
                .map(|than| Older { than, entered_after: known.highest_id_before(than, watermark) }),
            advances_watermark: known.catalogue.ids_in_order && !is_range,
            reads_everything_because: None,
        }
    }

    /// The days that were asked for; a nightly run's are those from `window_start` on and those not published yet.
    /// Without a window they are found in the reading.
    fn target(request: Request, known: &Known<'_>, window_start: Option<NaiveDate>) -> Target {
        if let Request::Range { from, to } = request {
            return Target::Days(from.iter_days().take_while(|day| *day <= to).collect());
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

impl Known<'_> {
    /// The id up to which orders had been entered when the window began, as far as the runs since have noted it.
    fn highest_id_before(&self, window_start: NaiveDate, watermark: i64) -> i64 {
        let start = self.calendar.start_of(window_start).naive_utc();
        let since = self.watermarks.iter().find(|mark| mark.started_at >= start);
        since.map_or(watermark, |mark| mark.highest_order_id.min(watermark))
    }
}
