//! How many orders the sample restaurant gets on a day, and when in the day they come.

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::dice::Dice;

/// Orders of an ordinary open day in the first month.
const ORDERS: f64 = 317.0;

/// Growth in a year.
const GROWTH: f64 = 0.08;

/// How each month's middle compares with the year: quiet after New Year, terraces in June, Paris empty in August.
const MONTHS: [f64; 12] = [0.88, 0.92, 0.97, 1.02, 1.07, 1.12, 1.05, 0.85, 1.03, 1.00, 0.98, 1.11];

/// Holidays, and what they do to a day; 0 is closed.
const HOLIDAYS: [(u32, u32, f64); 12] = [
    (1, 1, 0.0),
    (2, 14, 1.45),
    (5, 1, 0.0),
    (5, 8, 1.2),
    (6, 21, 1.4),
    (7, 14, 1.35),
    (8, 15, 1.15),
    (11, 1, 1.1),
    (11, 11, 1.15),
    (12, 24, 0.55),
    (12, 25, 0.0),
    (12, 31, 1.5),
];

/// A burst pipe: closed for these days after the first.
const CLOSURE: std::ops::RangeInclusive<i64> = 303..=307;

fn weekday_factor(weekday: Weekday) -> f64 {
    match weekday {
        Weekday::Mon => 0.0,
        Weekday::Tue => 0.78,
        Weekday::Wed => 0.88,
        Weekday::Thu => 0.96,
        Weekday::Fri => 1.22,
        Weekday::Sat => 1.36,
        Weekday::Sun => 0.98,
    }
}

/// The number of orders expected on `day` by a restaurant that opened on `first`; 0 on a closed day.
pub(crate) fn expected_orders(seed: u64, first: NaiveDate, day: NaiveDate) -> f64 {
    let age = (day - first).num_days();
    let holiday = HOLIDAYS.iter().find(|(month, date, _)| (*month, *date) == (day.month(), day.day()));
    let closed = CLOSURE.contains(&age);
    let years = f64::from(i32::try_from(age).unwrap_or(i32::MAX)) / 365.25;
    let special = if closed { 0.0 } else { holiday.map_or(1.0, |(.., factor)| *factor) };
    ORDERS
        * (1.0 + GROWTH * years)
        * weekday_factor(day.weekday())
        * season(day)
        * special
        * weather(seed, day)
}

/// Between the middles of months, a straight line.
fn season(day: NaiveDate) -> f64 {
    let month = day.month0() as usize;
    let offset = f64::from(day.day()) / 30.5 - 0.5;
    let other = if offset < 0.0 { (month + 11) % 12 } else { (month + 1) % 12 };
    MONTHS[month] + (MONTHS[other] - MONTHS[month]) * offset.abs()
}

/// What makes neighbouring days alike: the mean of three days' chance.
fn weather(seed: u64, day: NaiveDate) -> f64 {
    let chance =
        |back: i32| Dice::new(seed ^ 0x5eed, day_number(day) - u64::from(back.unsigned_abs())).normal();
    1.0 + 0.06 * (chance(0) + chance(1) + chance(2)) / 1.732
}

/// A day's number: the stream of its chance.
pub(crate) fn day_number(day: NaiveDate) -> u64 {
    u64::from(day.num_days_from_ce().unsigned_abs())
}

/// What kind of meal an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meal {
    Lunch,
    Afternoon,
    Dinner,
    Late,
}

/// When an order comes, in seconds since midnight of the business day, past 24 h after midnight; and its meal.
///
/// The kitchen opens at 11:30 and the last order is taken before 02:00: no order falls into the hour in which the
/// clocks change, which the wall clock of a DATETIME could not tell.
pub(crate) fn moment(dice: &mut Dice, weekday: Weekday) -> (f64, Meal) {
    let weekend = matches!(weekday, Weekday::Sat | Weekday::Sun);
    let night_out = matches!(weekday, Weekday::Fri | Weekday::Sat);
    let (lunch, afternoon) = if weekend { (0.38, 0.12) } else { (0.42, 0.06) };
    let late = if night_out { 0.11 } else { 0.04 };
    let chance = dice.uniform();
    let (hour, meal) = if chance < lunch {
        ((if weekend { 13.2 } else { 12.85 }) + 0.65 * dice.normal(), Meal::Lunch)
    } else if chance < lunch + afternoon {
        (14.5 + 4.5 * dice.uniform(), Meal::Afternoon)
    } else if chance < 1.0 - late {
        ((if night_out { 20.6 } else { 20.2 }) + 0.95 * dice.normal(), Meal::Dinner)
    } else {
        // Most soon after half past ten, fewer and fewer towards two.
        let toward_two = dice.uniform() * dice.uniform();
        (22.5 + 3.45 * toward_two, Meal::Late)
    };
    (hour.clamp(11.5 + 0.2 * dice.uniform(), 25.95) * 3600.0, meal)
}
