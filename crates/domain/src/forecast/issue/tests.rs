//! What holds for every issue, whatever the history.

use chrono::{Datelike as _, Weekday};
use chrono_tz::{Europe::Berlin, Tz, UTC};
use proptest::prelude::*;

use super::*;
use crate::calendar::DayStart;
use crate::forecast::history::{DayTotals, WEEK};

fn calendar(timezone: Tz) -> Calendar {
    Calendar { timezone, day_start: DayStart::default() }
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap()
}

/// A day with `orders` orders of 20 each, a third of them at noon, the others at 19.
fn day(orders: f64) -> Option<DayTotals> {
    let mut hourly_orders = [0.0; HOURS];
    hourly_orders[12] = (orders / 3.0).floor();
    hourly_orders[19] = orders - hourly_orders[12];
    Some(DayTotals { revenue: orders * 20.0, orders, hourly_orders })
}

/// `len` days from a Monday, closed on Mondays.
fn history(len: usize) -> History {
    let orders = |index: usize| [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0][index % WEEK] + (index % 5) as f64;
    let days = (0..len).map(|index| day(if index % WEEK == 0 { 0.0 } else { orders(index) })).collect();
    History { first_day: monday(), days }
}

/// Everything that is promised of an issue.
#[track_caller]
fn assert_sound(issue: &Issue, horizons: Horizons) {
    let hours = issue.hourly_orders.iter().map(|hour| &hour.prediction);
    for day in issue.daily_revenue.iter().chain(&issue.daily_orders).chain(hours) {
        let ends = [Hundredths::ZERO, day.lower_95, day.lower_80, day.value, day.upper_80, day.upper_95];
        assert!(ends.is_sorted(), "{day:?}");
        assert_eq!(day.date, issue.origin + Days::new(u64::from(day.horizon)));
    }
    let horizons_of = |days: &[Prediction]| days.iter().map(|day| day.horizon).collect::<Vec<_>>();
    assert_eq!(horizons_of(&issue.daily_revenue), (1..=horizons.daily).collect::<Vec<_>>());
    assert_eq!(horizons_of(&issue.daily_orders), (1..=horizons.daily).collect::<Vec<_>>());
    assert_eq!(issue.hourly_orders.len(), HOURS * horizons.hourly.min(horizons.daily) as usize);
    for (day, hours) in issue.daily_orders.iter().zip(issue.hourly_orders.chunks(HOURS)) {
        assert_eq!(hours.iter().map(|hour| hour.prediction.value.count()).sum::<i64>(), day.value.count());
        assert!(hours.iter().zip(HOUR_NUMBERS).all(|(hour, number)| hour.hour == number));
    }
    // A day without a chance of an order has no chance of revenue.
    for (revenue, orders) in issue.daily_revenue.iter().zip(&issue.daily_orders) {
        assert!(orders.upper_95 > Hundredths::ZERO || revenue.upper_95 == Hundredths::ZERO, "{revenue:?}");
    }
}

#[test]
fn a_restaurant_with_a_closed_weekday() {
    let issue =
        issue(&history(200), &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap();
    assert_sound(&issue, Horizons::default());
    assert_eq!(issue.origin, monday() + Days::new(199));
    assert_eq!(issue.stage, Stage::Full);
    assert_ne!((issue.revenue_model, issue.orders_model), ("seasonal_naive", "seasonal_naive"));
    for day in issue.daily_orders.iter().chain(&issue.daily_revenue) {
        let closed = day.date.weekday() == Weekday::Mon;
        assert_eq!(day.upper_95 == Hundredths::ZERO, closed, "{day:?}");
        assert_eq!(day.value == Hundredths::ZERO, closed, "{day:?}");
    }
    let open_hours = issue.hourly_orders.iter().filter(|hour| hour.prediction.value > Hundredths::ZERO);
    assert!(open_hours.clone().all(|hour| [12, 19].contains(&hour.hour)));
    assert_eq!(open_hours.count(), 12);
}

#[test]
fn a_fortnight_is_the_least_and_says_that_it_is_provisional() {
    let too_short =
        issue(&history(14), &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap_err();
    // The first day is a closed Monday: 13 days since the first opening.
    assert_eq!(too_short, TooLittleHistory::TooShort { days: 13 });
    assert_eq!(too_short.to_string(), "13 days since the first open day; forecasts begin with 14");
    let fortnight =
        issue(&history(15), &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap();
    assert_sound(&fortnight, Horizons::default());
    assert_eq!(fortnight.stage.to_string(), "provisional: 14 days since the first open day, full from 56");
    assert!(fortnight.daily_orders[1].upper_80 > fortnight.daily_orders[1].value);
}

#[test]
fn days_without_an_order_are_no_history() {
    let never = History { first_day: monday(), days: vec![day(0.0); 100] };
    assert_eq!(
        issue(&never, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap_err(),
        TooLittleHistory::NeverOpen
    );
    let nothing = History { first_day: monday(), days: vec![None; 100] };
    assert_eq!(
        issue(&nothing, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap_err(),
        TooLittleHistory::NeverOpen
    );
    let mut opened = vec![day(0.0); 100];
    opened.extend(vec![day(30.0); 5]);
    let opened = History { first_day: monday(), days: opened };
    assert_eq!(
        issue(&opened, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap_err(),
        TooLittleHistory::TooShort { days: 5 }
    );
}

#[test]
fn mostly_missing_days_are_too_few() {
    let mut sparse = history(60);
    for (index, day) in sparse.days.iter_mut().enumerate() {
        if index % 10 != 1 {
            *day = None;
        }
    }
    let expected = TooLittleHistory::TooFewPublished { days: 51, published: 6 };
    assert_eq!(
        issue(&sparse, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap_err(),
        expected
    );
}

#[test]
fn the_origin_is_the_last_published_day() {
    let mut history = history(100);
    history.days[98] = None;
    history.days[99] = None;
    let issue =
        issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto).unwrap();
    assert_eq!(issue.origin, monday() + Days::new(97));
    assert_sound(&issue, Horizons::default());
}

#[test]
fn skipped_hours_are_zero_and_the_day_still_adds_up() {
    // All night long, every day, until the day before the clocks skip 02:00 on 29 March.
    let all_day = DayTotals { revenue: 480.0, orders: 24.0, hourly_orders: [1.0; HOURS] };
    let history = History { first_day: monday(), days: vec![Some(all_day); 83] };
    let issue =
        issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(Berlin), Choice::Auto)
            .unwrap();
    assert_eq!(issue.origin.to_string(), "2026-03-28");
    assert_sound(&issue, Horizons::default());
    let zero: Vec<_> =
        issue.hourly_orders.iter().filter(|hour| hour.prediction.upper_95 == Hundredths::ZERO).collect();
    assert_eq!(zero.len(), 1);
    assert_eq!((zero[0].prediction.date.to_string().as_str(), zero[0].hour), ("2026-03-29", 2));
}

#[test]
fn a_restaurant_that_has_closed_for_good_is_forecast_as_closed() {
    let mut history = history(100);
    history.days.extend(vec![day(0.0); 14]);
    let issue =
        issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto).unwrap();
    assert_sound(&issue, Horizons::default());
    assert!(issue.daily_revenue.iter().all(|day| day.upper_95 == Hundredths::ZERO));
}

#[test]
fn figures_that_are_no_numbers_are_missing() {
    let mut history = history(100);
    history.days[50] = Some(DayTotals { revenue: f64::NAN, orders: 1.0, hourly_orders: [f64::NAN; HOURS] });
    assert_sound(
        &issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto).unwrap(),
        Horizons::default(),
    );
}

#[test]
fn the_same_history_gives_the_same_forecast() {
    let once = || {
        issue(&history(100), &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto)
            .unwrap()
    };
    assert_eq!(once(), once());
}

#[test]
fn fewer_or_no_days_may_be_asked_for() {
    for (daily, hourly) in [(0, 0), (0, 7), (3, 7), (1, 0)] {
        let horizons = Horizons { daily, hourly };
        assert_sound(
            &issue(&history(100), &SpecialDays::default(), horizons, &calendar(UTC), Choice::Auto).unwrap(),
            horizons,
        );
    }
}

/// A day of any kind: missing, closed, quiet, usual, or far out of bounds.
fn any_day() -> impl Strategy<Value = Option<DayTotals>> {
    let orders = prop_oneof![
        2 => Just(0.0),
        1 => 1.0_f64..3.0,
        6 => 20.0_f64..120.0,
        1 => Just(1e7),
    ];
    let totals = (orders, -5.0_f64..60.0, proptest::array::uniform24(0.0_f64..1.0));
    prop_oneof![
        1 => Just(None),
        6 => totals.prop_map(|(orders, average, weights)| {
            let orders = orders.floor();
            let total: f64 = weights.iter().sum::<f64>().max(1e-9);
            let hourly_orders = weights.map(|weight| orders * weight / total);
            Some(DayTotals { revenue: orders * average, orders, hourly_orders })
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_issue_is_sound(days in proptest::collection::vec(any_day(), 0..150)) {
        let history = History { first_day: monday(), days };
        if let Ok(issue) = issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(Berlin), Choice::Auto) {
            assert_sound(&issue, Horizons::default());
        }
    }

    #[test]
    fn one_open_weekday_is_enough(orders in proptest::collection::vec(1.0_f64..80.0, 8..30)) {
        let days = orders.iter().flat_map(|orders| {
            let mut week = vec![day(0.0); WEEK];
            week[4] = day(orders.floor());
            week
        });
        let history = History { first_day: monday(), days: days.collect() };
        let issue = issue(&history, &SpecialDays::default(), Horizons::default(), &calendar(UTC), Choice::Auto).unwrap();
        assert_sound(&issue, Horizons::default());
        for day in &issue.daily_orders {
            prop_assert_eq!(day.value > Hundredths::ZERO, day.date.weekday() == Weekday::Fri);
        }
    }
}
