//! What special days, closures and falls in demand do to an issue.

use chrono_tz::UTC;
use proptest::prelude::*;

use super::*;
use crate::calendar::DayStart;
use crate::forecast::history::{DayTotals, WEEK};
use crate::forecast::special_days::{Effect, HOLIDAY, SpecialDay};

/// Orders of a usual week; closed on Mondays.
const USUAL: [f64; WEEK] = [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0];

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap()
}

fn date(index: usize) -> NaiveDate {
    monday() + Days::new(index as u64)
}

/// `len` days from a Monday, of `orders` a day, two thirds of them at 19.
fn history(len: usize, orders: impl Fn(usize) -> f64) -> History {
    let day = |index| {
        let orders: f64 = orders(index);
        let mut hourly_orders = [0.0; HOURS];
        hourly_orders[12] = (orders / 3.0).floor();
        hourly_orders[19] = orders - hourly_orders[12];
        Some(DayTotals { revenue: orders * 20.0, orders, hourly_orders })
    };
    History { first_day: monday(), days: (0..len).map(day).collect() }
}

/// A usual day, give or take a few orders.
fn usual(index: usize) -> f64 {
    let orders = USUAL[index % WEEK];
    if orders > 0.0 { orders + (index * 37 % 11) as f64 - 5.0 } else { 0.0 }
}

fn special(days: &[(usize, &str, Effect)]) -> SpecialDays {
    SpecialDays::new(days.iter().map(|(index, kind, effect)| SpecialDay {
        date: date(*index),
        kind: (*kind).to_owned(),
        name: String::new(),
        effect: *effect,
    }))
}

fn issued(history: &History, special: &SpecialDays) -> Issue {
    let calendar = Calendar { timezone: UTC, day_start: DayStart::default() };
    issue(history, special, Horizons::default(), &calendar, Choice::Auto).unwrap()
}

/// The orders forecast for day `index`.
fn orders(issue: &Issue, index: usize) -> f64 {
    let day = issue.daily_orders.iter().find(|day| day.date == date(index)).unwrap();
    day.value.count() as f64 / 100.0
}

#[track_caller]
fn assert_near(value: f64, of: f64) {
    assert!((value / of - 1.0).abs() < 0.15, "{value} for {of}");
}

/// Whether everything about day `index` is 0.
fn is_closed(issue: &Issue, index: usize) -> bool {
    let days = issue.daily_orders.iter().chain(&issue.daily_revenue);
    let all = days.chain(issue.hourly_orders.iter().map(|hour| &hour.prediction));
    all.filter(|day| day.date == date(index)).all(|day| day.upper_95 == Hundredths::ZERO)
}

#[test]
fn days_said_to_be_closed_or_open_are() {
    let history = history(200, usual);
    // Days 201 and 202 are a Saturday and a Sunday, 203 a Monday.
    let special = special(&[(201, "closure", Effect::Closed), (203, "fair", Effect::Open)]);
    let (without, with) = (issued(&history, &SpecialDays::default()), issued(&history, &special));
    assert!(is_closed(&with, 201) && !is_closed(&with, 202));
    assert!(is_closed(&without, 203) && !is_closed(&with, 203) && is_closed(&with, 210));
    // At the level of the week: 370 orders on six days.
    assert!((45.0..75.0).contains(&orders(&with, 203)), "{}", orders(&with, 203));
    assert_eq!(orders(&with, 202), orders(&without, 202));
}

#[test]
fn weeks_said_to_be_closed_teach_nothing() {
    // The last three weeks, as said.
    let said: Vec<_> = (179..200).map(|index| (index, "closure", Effect::Closed)).collect();
    let closed = history(200, |index| if index >= 179 { 0.0 } else { usual(index) });
    let issue = issued(&closed, &special(&said));
    assert_near(orders(&issue, 201), 95.0);
    assert!(is_closed(&issue, 203));
    // Unsaid, they are taken for the end.
    assert!(is_closed(&issued(&closed, &SpecialDays::default()), 201));
}

#[test]
fn a_fortnight_s_refurbishment_changes_nothing() {
    let history = history(200, |index| if (175..189).contains(&index) { 0.0 } else { usual(index) });
    let issue = issued(&history, &SpecialDays::default());
    assert_near(orders(&issue, 201), 95.0);
    assert_near(orders(&issue, 204), 40.0);
    assert!(is_closed(&issue, 203));
}

#[test]
fn after_a_pandemic_s_closure_the_level_is_the_new_one() {
    // Ten weeks closed, then half of what was.
    let orders_of = |index: usize| match index {
        0..280 => usual(index),
        280..350 => 0.0,
        _ => (usual(index) / 2.0).floor(),
    };
    // From the first week on, of which but three or six days were open.
    for len in [354, 357, 364, 378] {
        let issue = issued(&history(len, orders_of), &SpecialDays::default());
        for day in len..len + WEEK {
            let half = USUAL[day % WEEK] / 2.0;
            let off = (orders(&issue, day) - half).abs();
            assert!(off <= 0.35 * half, "{day} from {len}: {} for {half}", orders(&issue, day));
            assert_eq!(is_closed(&issue, day), half == 0.0);
        }
    }
}

#[test]
fn holidays_that_were_closed_are_forecast_closed() {
    // Wednesdays. To come are another and a Saturday.
    let holidays = [30, 58, 93, 121, 149];
    let history = history(198, |index| if holidays.contains(&index) { 0.0 } else { usual(index) });
    let days = holidays.iter().chain(&[205, 201]).map(|index| date(*index));
    let issue = issued(&history, &SpecialDays::of_holidays(days));
    assert!(is_closed(&issue, 205) && is_closed(&issue, 201));
    assert!(!is_closed(&issue, 204) && !is_closed(&issue, 212));
}

#[test]
fn what_an_event_did_is_expected_of_the_next_and_of_no_other_day() {
    // Four Thursdays with a concert next door: twice the orders.
    let concerts = [101, 129, 150, 178];
    let history = history(198, |index| usual(index) * if concerts.contains(&index) { 2.0 } else { 1.0 });
    let days: Vec<_> =
        concerts.iter().chain(&[199]).map(|index| (*index, "concert", Effect::Event)).collect();
    let issue = issued(&history, &special(&days));
    // E = 4 ln 2 / (4 + 2), a factor of 1.59, on 50 orders.
    assert_near(orders(&issue, 199), 50.0 * 2.0_f64.powf(4.0 / 6.0));
    assert_near(orders(&issue, 206), 50.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_closed_day_is_closed_whatever_else_it_is(
        days in proptest::collection::vec((0_usize..150, 0_usize..4, 0_usize..3), 0..40),
        len in 30_usize..120,
        closed in 1_usize..31,
    ) {
        let kinds = [HOLIDAY, "event", "fair", "school"];
        let effects = [Effect::Closed, Effect::Open, Effect::Event];
        let mut days: Vec<_> =
            days.into_iter().map(|(index, kind, effect)| (index, kinds[kind], effects[effect])).collect();
        let closed = len - 1 + closed;
        days.push((closed, "closure", Effect::Closed));
        let issue = issued(&history(len, usual), &special(&days));
        prop_assert!(is_closed(&issue, closed));
        for day in &issue.daily_orders {
            let ends = [Hundredths::ZERO, day.lower_95, day.lower_80, day.value, day.upper_80, day.upper_95];
            prop_assert!(ends.is_sorted(), "{:?}", day);
        }
    }
}
