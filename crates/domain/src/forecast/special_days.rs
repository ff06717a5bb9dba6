//! Days of which something is known beforehand: public holidays, closures, openings out of habit, events.
//!
//! They are known in advance for coming days as for past ones, so that a backtest may use them at every origin. What
//! they do to a restaurant is learnt elsewhere, from what had happened by the origin: [`holidays`](super::holidays)
//! and [`events`](super::events).

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use chrono::{Datelike as _, Days, NaiveDate};

use super::holidays;

/// The kind of a public holiday. Any other word is a kind of its own.
pub const HOLIDAY: &str = "holiday";

/// What a special day means for the restaurant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It does not open.
    Closed,
    /// It opens, whatever its habit.
    Open,
    /// It opens as usual, and demand may differ.
    Event,
}

impl Effect {
    /// The word that files and tables have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Event => "event",
        }
    }
}

impl Display for Effect {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Effect {
    type Err = UnknownEffect;

    fn from_str(text: &str) -> Result<Self, UnknownEffect> {
        let known = [Self::Closed, Self::Open, Self::Event].into_iter().find(|effect| effect.name() == text);
        known.ok_or_else(|| UnknownEffect(text.to_owned()))
    }
}

/// There is no effect of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no effect {0:?}: write closed, open or event")]
pub struct UnknownEffect(pub String);

/// One reason why one day is special. A day may have several, of different kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecialDay {
    /// The business day.
    pub date: NaiveDate,
    /// [`HOLIDAY`] or another word; days of one kind are expected to be alike.
    pub kind: String,
    /// Its name; days of one kind and name are expected to be more alike. It may be empty.
    pub name: String,
    /// What it means for the restaurant.
    pub effect: Effect,
}

/// The special days that are known, past and coming.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpecialDays {
    days: BTreeMap<NaiveDate, Vec<SpecialDay>>,
}

impl SpecialDays {
    /// All of `days`.
    #[must_use]
    pub fn new(days: impl IntoIterator<Item = SpecialDay>) -> Self {
        let mut by_date: BTreeMap<NaiveDate, Vec<SpecialDay>> = BTreeMap::new();
        for day in days {
            by_date.entry(day.date).or_default().push(day);
        }
        Self { days: by_date }
    }

    /// Public holidays of which nothing but the dates is known.
    #[must_use]
    pub fn of_holidays(dates: impl IntoIterator<Item = NaiveDate>) -> Self {
        let holiday =
            |date| SpecialDay { date, kind: HOLIDAY.to_owned(), name: String::new(), effect: Effect::Event };
        Self::new(dates.into_iter().map(holiday))
    }

    /// Whether `date` is a public holiday.
    #[must_use]
    pub fn is_holiday(&self, date: NaiveDate) -> bool {
        self.on(date).iter().any(|day| day.kind == HOLIDAY)
    }

    /// Whether something is known of `date` that would explain whatever it came to: a closure, a holiday, an event. An
    /// opening out of habit explains no day without orders.
    #[must_use]
    pub fn explain(&self, date: NaiveDate) -> bool {
        self.on(date).iter().any(|day| day.effect != Effect::Open)
    }

    /// What is known of each of `len` days from `first_day` on; nothing at all where no special day is known.
    pub(super) fn notices(&self, first_day: NaiveDate, len: usize) -> Vec<Notice> {
        if self.days.is_empty() {
            return Vec::new();
        }
        let mut words = Words::default();
        let dates = (0..len as u64).map(|index| first_day + Days::new(index));
        dates.map(|date| self.notice(date, &mut words)).collect()
    }

    fn notice<'a>(&'a self, date: NaiveDate, words: &mut Words<'a>) -> Notice {
        let days = self.on(date);
        let with = |effect| days.iter().any(|day| day.effect == effect);
        let opens = match (with(Effect::Closed), with(Effect::Open)) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        };
        let events = days.iter().filter(|day| day.effect == Effect::Event);
        Notice {
            like: holidays::likeness(date, |date| self.is_holiday(date)),
            opens,
            holiday: days.iter().find(|day| day.kind == HOLIDAY).map(|day| words.holiday(day)),
            events: events.map(|day| words.event(day)).collect(),
        }
    }

    fn on(&self, date: NaiveDate) -> &[SpecialDay] {
        self.days.get(&date).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What is known beforehand of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The weekday, 0 being Monday, whose demand it has where that is not its own.
    pub like: Option<usize>,
    /// Whether the restaurant has said that it opens or that it does not.
    pub opens: Option<bool>,
    /// Which public holiday it is: equal for those of one name, or without names for those of one day of the year.
    pub holiday: Option<usize>,
    /// Its events.
    pub events: Vec<Event>,
}

impl Notice {
    /// Whether nothing stands against the weekday's habit of being open or closed.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.opens.is_none() && self.holiday.is_none()
    }
}

/// An event, known by its kind and, if it has one, its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Equal for events of one kind.
    pub kind: usize,
    /// Equal for events of one kind and name.
    pub name: Option<usize>,
}

/// Numbers given to words, in the order in which they turn up.
#[derive(Default)]
struct Words<'a> {
    kinds: BTreeMap<&'a str, usize>,
    names: BTreeMap<(&'a str, &'a str), usize>,
    holidays: BTreeMap<(&'a str, (u32, u32)), usize>,
}

impl<'a> Words<'a> {
    fn event(&mut self, day: &'a SpecialDay) -> Event {
        let (kinds, names) = (self.kinds.len(), self.names.len());
        let kind = *self.kinds.entry(&day.kind).or_insert(kinds);
        let name = (!day.name.is_empty()).then(|| *self.names.entry((&day.kind, &day.name)).or_insert(names));
        Event { kind, name }
    }

    fn holiday(&mut self, day: &'a SpecialDay) -> usize {
        let of_the_year =
            if day.name.is_empty() { (day.date.month(), day.date.day()) } else { Default::default() };
        let holidays = self.holidays.len();
        *self.holidays.entry((&day.name, of_the_year)).or_insert(holidays)
    }
}
