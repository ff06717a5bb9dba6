//! What is known: business days as published, and each figure's series over them.
//!
//! A missing day is never read as a day without sales, and a closed day is never read as a day of no demand.

use chrono::{Datelike as _, Days, NaiveDate};

use super::special_days::Notice;
use super::stage::TooLittleHistory;

/// Days in a week: the season of everything daily here.
pub const WEEK: usize = 7;

/// What one business day came to.
#[derive(Clone, Debug, PartialEq)]
pub struct DayTotals {
    /// Revenue in the restaurant's currency.
    pub revenue: f64,
    /// Orders served.
    pub orders: f64,
    /// Orders served by wall-clock hour, 0 to 23.
    pub hourly_orders: [f64; 24],
}

impl DayTotals {
    /// Whether anything was served.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.orders > 0.0
    }

    fn is_finite(&self) -> bool {
        self.orders.is_finite() && self.revenue.is_finite()
    }
}

/// Consecutive business days from `first_day` on. None is a day that has not been published: it is missing, which
/// says nothing about what was sold.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The day of the first element.
    pub first_day: NaiveDate,
    /// One element a day.
    pub days: Vec<Option<DayTotals>>,
}

impl History {
    /// The part that says anything: from the first open day to the last published one.
    ///
    /// # Errors
    /// If there is no open day in it.
    pub(super) fn since_opening(&self) -> Result<Span<'_>, TooLittleHistory> {
        let opened = self.days.iter().position(|day| day.as_ref().is_some_and(DayTotals::is_open));
        let last = self.days.iter().rposition(Option::is_some);
        let (Some(opened), Some(last)) = (opened, last) else {
            return Err(TooLittleHistory::NeverOpen);
        };
        let first_day = self.first_day + Days::new(opened as u64);
        Ok(Span { first_day, days: &self.days[opened..=last] })
    }
}

/// Business days from a restaurant's first open day to its last published one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    /// The first open day.
    pub(super) first_day: NaiveDate,
    /// One element a day; neither the first nor the last is None.
    pub(super) days: &'a [Option<DayTotals>],
}

impl Span<'_> {
    /// The forecast's origin: the last published day.
    pub(super) fn origin(&self) -> NaiveDate {
        self.day(self.days.len().saturating_sub(1))
    }

    /// The date of element `index`.
    pub(super) fn day(&self, index: usize) -> NaiveDate {
        self.first_day + Days::new(index as u64)
    }

    /// How many days are published.
    pub(super) fn published(&self) -> usize {
        self.days.iter().flatten().count()
    }

    /// The series of one figure. Whether a day was open is decided by its orders, for every figure alike.
    pub(super) fn observations(&self, figure: impl Fn(&DayTotals) -> f64) -> Vec<Observation> {
        let observe = |day: &DayTotals| match figure(day) {
            _ if !day.is_finite() => Observation::Missing,
            value if day.is_open() => Observation::Open(value),
            _ => Observation::Closed,
        };
        self.days.iter().map(|day| day.as_ref().map_or(Observation::Missing, observe)).collect()
    }
}

/// One day of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// Not published.
    Missing,
    /// Published, and nothing was served.
    Closed,
    /// Published, with this value.
    Open(f64),
}

impl Observation {
    /// The day's value: none if missing, 0 if closed.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Closed => Some(0.0),
            Self::Open(value) => Some(value),
        }
    }
}

/// Where in the season an observation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The slot itself: of days the weekday, 0 being Monday.
    pub own: usize,
    /// The slot whose demand it has: its own, or a Saturday's on a public holiday.
    pub like: usize,
}

/// A series with a season: what a model is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    season: usize,
    phase: usize,
    days: &'a [Observation],
    notices: &'a [Notice],
}

impl<'a> Series<'a> {
    /// The series of consecutive `days` from `first_day` on, with the season of a week.
    #[must_use]
    pub fn new(first_day: NaiveDate, days: &'a [Observation]) -> Self {
        Self::seasonal(WEEK, first_day.weekday().num_days_from_monday() as usize, days)
    }

    /// The series of consecutive `steps` with a season of that many, the first standing in slot `phase`.
    #[must_use]
    pub fn seasonal(season: usize, phase: usize, steps: &'a [Observation]) -> Self {
        Self { season: season.max(1), phase, days: steps, notices: &[] }
    }

    /// The same series with what is known beforehand of its days: element i speaks of day i, which may lie beyond the
    /// end. Of days that it does not reach nothing is known.
    #[must_use]
    pub fn with_notices(self, notices: &'a [Notice]) -> Self {
        Self { notices, ..self }
    }

    /// The same days with other observations, one for each.
    #[must_use]
    pub(super) fn observed_as(self, days: &'a [Observation]) -> Self {
        Self { days, ..self }
    }

    /// What is known beforehand of day `index`, which may lie beyond the end.
    #[must_use]
    pub fn notice(&self, index: usize) -> Option<&'a Notice> {
        self.notices.get(index)
    }

    /// Whether nothing is known beforehand of any day.
    #[must_use]
    pub fn has_no_notice(&self) -> bool {
        self.notices.is_empty()
    }

    /// Its days, or whatever its steps are, oldest first.
    #[must_use]
    pub fn days(&self) -> &'a [Observation] {
        self.days
    }

    /// Steps in a season.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    /// Its first `len` days: what was known on the evening of the last of them.
    #[must_use]
    pub fn first(&self, len: usize) -> Self {
        Self { days: &self.days[..len.min(self.days.len())], ..*self }
    }

    /// Its days from day `start` on, which keep their slots and what is known of them.
    #[must_use]
    pub(super) fn since(&self, start: usize) -> Self {
        let start = start.min(self.days.len());
        let notices = self.notices.get(start..).unwrap_or_default();
        Self { phase: (self.phase + start) % self.season, days: &self.days[start..], notices, ..*self }
    }

    /// The slot of day `index`, which may lie beyond the end.
    #[must_use]
    pub fn slot(&self, index: usize) -> Slot {
        let own = (self.phase + index) % self.season;
        let like = self.notice(index).and_then(|notice| notice.like);
        Slot { own, like: like.map_or(own, |like| like % self.season) }
    }

    /// The weekday of day `index`, 0 being Monday, of a series whose season is a week.
    #[must_use]
    pub fn weekday(&self, index: usize) -> usize {
        self.slot(index).own
    }
}
