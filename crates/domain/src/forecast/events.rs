//! What events do to demand, learnt from those that have been.
//!
//! An event's effect is the ratio of what was sold on its day to what the [seasonal level
//! model](super::models::SeasonalLevel) expected of it the evening before. With r the logarithms of the ratios, each
//! at most ln B from 0:
//!
//! - of a kind of which n have been       E(k) = Σ r / (n + K)
//! - of a name of which m have been       E(k, name) = (Σ r + K E(k)) / (m + K)
//!
//! so that an effect leans to none, and that of a name to its kind's, by the weight of K events. Of several events on
//! one day, each is held to account for what the others are not known to do. A coming event multiplies the forecast by
//! exp E. A past one's day is divided by the mean effect of its name so far, its own included (K = 0), before any model
//! learns from it: a festival is not usual demand, and six weeks of school holidays are not six weeks without a level.
//!
//! All of it is learnt day by day: what an origin knows was known on its evening.

use super::history::{Observation, Series};
use super::models::{Ahead, Fit as _, Fitted, SeasonalLevel};
use super::special_days::{Event, Notice};

/// K: how many events the assumption that they have no effect weighs.
const LEAN: f64 = 2.0;

/// ln B: the farthest from no effect that one event counts, and that an effect can be.
const FARTHEST: f64 = 2.0 * std::f64::consts::LN_2;

/// What has been learnt of all events, as of every day.
#[derive(Debug, Default)]
pub(super) struct Effects {
    kinds: Vec<Record>,
    names: Vec<Record>,
}

impl Effects {
    /// Learns the effects of the events of `series`, and gives its days as a model is to see them: without what events
    /// did to them, and without days on which the restaurant had said that it would be closed.
    pub(super) fn learn(series: &Series<'_>) -> (Self, Vec<Observation>) {
        let mut effects = Self::default();
        let mut usual = series.days().to_vec();
        if series.has_no_notice() {
            return (effects, usual);
        }
        let mut model: Option<Box<dyn Fitted>> = None;
        for index in 0..usual.len() {
            if let Some(notice) = series.notice(index) {
                usual[index] = match usual[index] {
                    Observation::Closed if notice.opens == Some(false) => Observation::Missing,
                    Observation::Open(value) if !notice.events.is_empty() => {
                        let ahead = Ahead { slot: series.slot(index), open: true };
                        let expected = model.as_ref().and_then(|model| model.predict(&[ahead]).pop());
                        if let Some(expected) = expected {
                            effects.observe(index, &notice.events, value, expected.value());
                        }
                        // A holiday's demand is mostly that of the weekday it is like: it tells of the level.
                        let lean = if notice.holiday.is_some() { LEAN } else { 0.0 };
                        Observation::Open(value / effects.multiplier(notice, index + 1, lean))
                    }
                    day => day,
                };
            }
            match &mut model {
                Some(model) => model.observe(series.slot(index), usual[index]),
                // It can be fitted from the first open day on.
                None => {
                    model = SeasonalLevel::default().fit(&series.observed_as(&usual).first(index + 1)).ok();
                }
            }
        }
        (effects, usual)
    }

    /// What the events of a day multiply its demand by, as far as it is known after `seen` days.
    pub(super) fn factor(&self, notice: &Notice, seen: usize) -> f64 {
        self.multiplier(notice, seen, LEAN)
    }

    fn multiplier(&self, notice: &Notice, seen: usize, lean: f64) -> f64 {
        let effect: f64 = notice.events.iter().map(|event| self.of(*event, seen, lean)).sum();
        effect.clamp(-FARTHEST, FARTHEST).exp()
    }

    /// E, with `lean` for K.
    fn of(&self, event: Event, seen: usize, lean: f64) -> f64 {
        let leaning = |records: &[Record], id: usize, towards: f64| {
            let (sum, count) = records.get(id).map(|record| record.at(seen)).unwrap_or_default();
            if count + lean > 0.0 { (sum + lean * towards) / (count + lean) } else { towards }
        };
        let of_kind = leaning(&self.kinds, event.kind, 0.0);
        event.name.map_or(of_kind, |name| leaning(&self.names, name, of_kind))
    }

    fn observe(&mut self, index: usize, events: &[Event], value: f64, expected: f64) {
        if expected <= 0.0 {
            return;
        }
        let ratio = (value / expected).max(f64::MIN_POSITIVE).ln().clamp(-FARTHEST, FARTHEST);
        let known: Vec<f64> = events.iter().map(|event| self.of(*event, index, LEAN)).collect();
        let all: f64 = known.iter().sum();
        for (event, known) in events.iter().zip(known) {
            let own = ratio - (all - known);
            note(&mut self.kinds, event.kind, index, own);
            if let Some(name) = event.name {
                note(&mut self.names, name, index, own);
            }
        }
    }
}

fn note(records: &mut Vec<Record>, id: usize, index: usize, effect: f64) {
    if records.len() <= id {
        records.resize_with(id + 1, Record::default);
    }
    let (sum, count) = records[id].at(index + 1);
    records[id].totals.push((index, sum + effect, count + 1.0));
}

/// The effects of one kind or name of events so far: after which day, their sum and their number.
#[derive(Debug, Default)]
struct Record {
    totals: Vec<(usize, f64, f64)>,
}

impl Record {
    /// Sum and number over the first `seen` days.
    fn at(&self, seen: usize) -> (f64, f64) {
        let known = self.totals.partition_point(|(index, ..)| *index < seen);
        let last = known.checked_sub(1).and_then(|last| self.totals.get(last));
        last.map(|(_, sum, count)| (*sum, *count)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::forecast::history::WEEK;

    const EVENT: Event = Event { kind: 0, name: Some(0) };

    /// 20 weeks of 100 a day, but for these days.
    fn days(others: &[(usize, Observation)]) -> Vec<Observation> {
        let mut days = vec![Observation::Open(100.0); 20 * WEEK];
        for (index, day) in others {
            days[*index] = *day;
        }
        days
    }

    fn notices(events: &[(usize, &[Event])]) -> Vec<Notice> {
        let mut notices = vec![Notice::default(); 30 * WEEK];
        for (index, events) in events {
            notices[*index].events = events.to_vec();
        }
        notices
    }

    #[track_caller]
    fn assert_close(ours: f64, by_hand: f64) {
        assert!((ours / by_hand - 1.0).abs() < 1e-9, "{ours} {by_hand}");
    }

    #[test]
    fn an_event_that_doubled_sales_is_expected_to_do_so_in_part() {
        let days = days(&[(100, Observation::Open(200.0))]);
        let notices = notices(&[(100, from_ref(&EVENT))]);
        let (effects, usual) = Effects::learn(&Series::seasonal(WEEK, 0, &days).with_notices(&notices));
        let factor = |events: &[Event], seen| {
            effects.factor(&Notice { events: events.to_vec(), ..Notice::default() }, seen)
        };
        // Not before it has been.
        assert_close(factor(&[EVENT], 100), 1.0);
        // E(kind) = ln 2 / 3, and E(name) = (ln 2 + 2 ln 2 / 3) / 3 = 5/9 ln 2.
        assert_close(factor(&[EVENT], 101), 2.0_f64.powf(5.0 / 9.0));
        assert_close(factor(&[Event { kind: 0, name: Some(7) }], 101), 2.0_f64.powf(1.0 / 3.0));
        assert_close(factor(&[Event { kind: 0, name: None }], 101), 2.0_f64.powf(1.0 / 3.0));
        assert_close(factor(&[Event { kind: 1, name: None }], 101), 1.0);
        // And no model learns it as demand.
        assert!(matches!(usual[100], Observation::Open(value) if (value - 100.0).abs() < 1e-9), "{usual:?}");
    }

    #[test]
    fn effects_are_bounded_and_those_of_one_day_are_told_apart() {
        let days = days(&[(90, Observation::Open(1e9)), (100, Observation::Open(0.0))]);
        let (loud, rain) = (Event { kind: 0, name: None }, Event { kind: 1, name: None });
        let notices = notices(&[(90, &[loud]), (100, &[loud, rain])]);
        let (effects, _) = Effects::learn(&Series::seasonal(WEEK, 0, &days).with_notices(&notices));
        // ln 4 / 3 after the first; on the second day rain is held to account for −ln 4 less that.
        assert_close(effects.of(loud, 95, LEAN), 4.0_f64.ln() / 3.0);
        assert_close(effects.of(rain, 101, LEAN), -4.0_f64.ln() * (4.0 / 3.0) / 3.0);
    }

    #[test]
    fn a_day_of_which_was_said_that_it_is_closed_is_no_day_of_sales() {
        let days = days(&[(100, Observation::Closed), (101, Observation::Closed)]);
        let mut notices = notices(&[]);
        notices[100].opens = Some(false);
        notices[102].opens = Some(false);
        let (_, usual) = Effects::learn(&Series::seasonal(WEEK, 0, &days).with_notices(&notices));
        // The third was open after all.
        assert_eq!(usual[100..103], [Observation::Missing, Observation::Closed, Observation::Open(100.0)]);
    }
}
