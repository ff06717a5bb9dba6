//! The sample restaurant: a bistro in Paris whose orders look like a real one's.
//!
//! Two years to a given day, about 300 orders a day: a rhythm of the week (closed on Mondays) and of the year, growth,
//! lunch and dinner peaks, holidays busy or closed, a one-off closure; a menu of 60 items of which some come, go, or
//! change name, and whose prices rise each March; discounts, refunds, totals never entered, orders abandoned or not
//! yet served, orders after midnight. Its business day starts at 04:00 and its DATETIMEs are its wall clock.
//!
//! **Invariant:** the rows depend on the seed and the two days alone, and each day's on that day alone, so that a
//! sample can be continued.

mod dice;
mod fill;
mod menu;
mod rhythm;

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

pub use fill::fill;

use crate::databases::{LineRow, OrderRow};
use crate::environment;
use dice::{Dice, whole};
use menu::{Course, Offer, Page, menu};
use rhythm::Meal;

/// The sample restaurant's zone, for `ANALYTICS__TIMEZONE`.
pub const TIMEZONE: &str = "Europe/Paris";
/// When its business day starts, for `ANALYTICS__DAY_START`.
pub const DAY_START: &str = "04:00";
/// Its currency, for `ANALYTICS__CURRENCY`.
pub const CURRENCY: &str = "EUR";

/// Which sample: the same seed and days give the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Chooses among samples that look alike.
    pub seed: u64,
    /// The day it opened.
    pub first: NaiveDate,
    /// The last business day with orders.
    pub last: NaiveDate,
}

/// The orders of one business day, in the order in which they were entered, and their lines.
#[derive(Clone, Debug, Default)]
pub struct DayOfOrders {
    /// The orders.
    pub orders: Vec<OrderRow>,
    /// Their lines.
    pub lines: Vec<LineRow>,
}

/// The ids to give out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextIds {
    /// Of an order.
    pub order: i64,
    /// Of a line.
    pub line: i64,
}

impl Default for NextIds {
    fn default() -> Self {
        Self { order: 1, line: 1 }
    }
}

impl Sample {
    /// Two years to `last`.
    #[must_use]
    pub fn ending(seed: u64, last: NaiveDate) -> Self {
        Self { seed, first: last - Months::new(24) + Days::new(1), last }
    }

    /// The restaurant's last business day that has ended by the machine's clock.
    #[must_use]
    pub fn yesterday() -> NaiveDate {
        let started =
            environment::now().with_timezone(&chrono_tz::Europe::Paris).naive_local() - TimeDelta::hours(4);
        started.date() - Days::new(1)
    }

    /// The business days from `from` to the last.
    pub fn days_from(&self, from: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        from.iter_days().take_while(move |day| *day <= last)
    }

    /// One business day's rows, taking their ids from `ids`.
    #[must_use]
    pub fn day(&self, day: NaiveDate, ids: &mut NextIds) -> DayOfOrders {
        let mut dice = Dice::new(self.seed, rhythm::day_number(day));
        let expected = rhythm::expected_orders(self.seed, self.first, day);
        // About Poisson, whose variance is its mean.
        let count = whole(expected + expected.sqrt() * dice.normal()).max(0);
        let mut moments: Vec<(f64, Meal)> =
            (0..count).map(|_| rhythm::moment(&mut dice, day.weekday())).collect();
        moments.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut kitchen = Kitchen { dice, menu: menu(self.first, day), unserved: self.unserved(day) };
        let mut rows = DayOfOrders::default();
        for (seconds, meal) in moments {
            let created_at = day.and_time(NaiveTime::MIN) + TimeDelta::microseconds(whole(seconds * 1e6));
            kitchen.take(created_at, meal, ids, &mut rows);
        }
        rows
    }

    /// The last day before which every order that was coming is served.
    #[must_use]
    pub fn served_before(&self) -> NaiveDate {
        self.last - Days::new(2)
    }

    /// The share of a day's orders that are still on their way.
    fn unserved(&self, day: NaiveDate) -> f64 {
        match (self.last - day).num_days() {
            0 => 0.05,
            1 => 0.03,
            2 => 0.01,
            _ => 0.0,
        }
    }
}

/// One day's orders being taken.
struct Kitchen {
    dice: Dice,
    menu: [Page; 6],
    unserved: f64,
}

impl Kitchen {
    fn take(&mut self, created_at: NaiveDateTime, meal: Meal, ids: &mut NextIds, rows: &mut DayOfOrders) {
        let id = ids.order;
        ids.order += 1;
        let mut sum = 0;
        for (offer, quantity) in basket(&mut self.dice, &self.menu, meal) {
            sum += offer.cents * i64::from(quantity);
            rows.lines.push(LineRow::new(ids.line, id, offer.id, offer.name, quantity, &cents(offer.cents)));
            ids.line += 1;
        }
        rows.orders.push(OrderRow {
            id,
            created_at: created_at.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
            status: self.status().to_owned(),
            table_id: i64::from(self.dice.below(38)) + 1,
            total_amount: total(&mut self.dice, sum).map(cents),
            user_id: i64::from(self.dice.below(9_000)) + 1,
        });
    }

    /// Most orders are SERVED; a few were abandoned, and of the last days' some are still on their way.
    fn status(&mut self) -> &'static str {
        const ON_THE_WAY: [&str; 3] = ["CONFIRMED", "PREPARING", "READY"];
        const ABANDONED: f64 = 0.003;
        let chance = self.dice.uniform();
        let which = self.dice.below(3) as usize;
        if chance < ABANDONED {
            "CREATED"
        } else if chance < ABANDONED + self.unserved {
            ON_THE_WAY[which]
        } else {
            "SERVED"
        }
    }
}

/// What is charged for lines of this sum: now and then less, nothing, or money back.
fn total(dice: &mut Dice, sum: i64) -> Option<i64> {
    let chance = dice.uniform();
    if chance < 0.0008 {
        None
    } else if chance < 0.0016 {
        Some(-sum)
    } else if chance < 0.0166 {
        Some(sum - (sum + 5) / 10)
    } else {
        Some(sum)
    }
}

/// What a party of a size likely for the meal orders: items and how many of each.
fn basket<'a>(dice: &mut Dice, menu: &'a [Page; 6], meal: Meal) -> Vec<(&'a Offer, i32)> {
    let sizes: [u32; 6] = match meal {
        Meal::Lunch => [52, 34, 8, 4, 1, 1],
        Meal::Afternoon | Meal::Late => [48, 40, 8, 4, 0, 0],
        Meal::Dinner => [30, 48, 11, 8, 2, 1],
    };
    let guests = dice.pick(&sizes) + 1;
    let mut basket: Vec<(&Offer, i32)> = Vec::new();
    for page in (0..guests).flat_map(|_| menu) {
        if dice.happens(wish(meal, page.course)) {
            add(&mut basket, &page.offers[dice.pick(&page.popularity)]);
        }
    }
    if basket.is_empty() {
        let drinks = menu.iter().find(|page| page.course == Course::Drink);
        basket.extend(drinks.and_then(|page| page.offers.first()).map(|offer| (offer, 1)));
    }
    if dice.happens(0.002) {
        // A dish sent back: a line of its own takes it off the bill.
        let returned = basket.first().map(|(offer, _)| *offer);
        basket.extend(returned.map(|offer| (offer, -1)));
    }
    basket
}

/// Adds one to the line of the same item, if there is one.
fn add<'a>(basket: &mut Vec<(&'a Offer, i32)>, offer: &'a Offer) {
    match basket.iter_mut().find(|(other, _)| other.id == offer.id) {
        Some(line) => line.1 += 1,
        None => basket.push((offer, 1)),
    }
}

/// How likely each guest is to order from a course.
fn wish(meal: Meal, course: Course) -> f64 {
    let [starter, main, dessert, drink, wine, coffee] = match meal {
        Meal::Lunch => [0.14, 0.86, 0.12, 0.30, 0.05, 0.30],
        Meal::Afternoon => [0.02, 0.05, 0.30, 0.35, 0.04, 0.70],
        Meal::Dinner => [0.24, 0.84, 0.24, 0.24, 0.22, 0.08],
        Meal::Late => [0.08, 0.25, 0.25, 0.65, 0.40, 0.10],
    };
    match course {
        Course::Starter => starter,
        Course::Main => main,
        Course::Dessert => dessert,
        Course::Drink => drink,
        Course::Wine => wine,
        Course::Coffee => coffee,
    }
}

/// Cents as a DECIMAL literal.
fn cents(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        Sample::ending(7, NaiveDate::from_ymd_opt(2026, 11, 21).unwrap())
    }

    /// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    fn digest(rows: impl Iterator<Item = String>) -> u64 {
        rows.flat_map(String::into_bytes)
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    #[test]
    fn the_same_seed_and_last_day_give_the_same_rows() {
        let sample = sample();
        let weeks = [0, 400, 724].map(|age| sample.first + Days::new(age));
        let days = weeks.into_iter().flat_map(|week| week.iter_days().take(7));
        let mut ids = NextIds::default();
        let rows = days.flat_map(|day| {
            let rows = sample.day(day, &mut ids);
            let orders = rows.orders.into_iter().map(|row| format!("{row:?}"));
            orders.chain(rows.lines.into_iter().map(|row| format!("{row:?}"))).collect::<Vec<_>>()
        });
        assert_eq!(format!("{:016x}", digest(rows)), "925efd5863023a33");
    }

    #[test]
    fn a_sample_can_be_continued() {
        let longer = sample();
        let shorter = Sample { last: longer.last - Days::new(30), ..longer };
        for day in [longer.first, longer.first + Days::new(400)] {
            let rows = |sample: Sample| sample.day(day, &mut NextIds::default()).orders;
            assert_eq!(rows(longer), rows(shorter));
        }
    }

    #[test]
    fn it_looks_like_a_restaurant() {
        let sample = sample();
        let mut ids = NextIds::default();
        let days: Vec<(NaiveDate, DayOfOrders)> =
            sample.days_from(sample.first).map(|day| (day, sample.day(day, &mut ids))).collect();
        let orders: usize = days.iter().map(|(_, rows)| rows.orders.len()).sum();
        let lines: usize = days.iter().map(|(_, rows)| rows.lines.len()).sum();
        assert!((205_000..235_000).contains(&orders), "{orders} orders");
        assert!((600_000..800_000).contains(&lines), "{lines} lines");

        let closed: Vec<NaiveDate> =
            days.iter().filter(|(_, rows)| rows.orders.is_empty()).map(|(day, _)| *day).collect();
        assert!(closed.iter().filter(|day| day.weekday() == chrono::Weekday::Mon).count() >= 104);
        assert!(closed.iter().any(|day| (day.month(), day.day()) == (12, 25)));
        assert!(closed.len() < 120, "{} days closed", closed.len());

        let all = || days.iter().flat_map(|(day, rows)| rows.orders.iter().map(move |row| (*day, row)));
        let share = |wanted: &dyn Fn(NaiveDate, &OrderRow) -> bool| {
            let count = all().filter(|(day, row)| wanted(*day, row)).count();
            count as f64 / orders as f64
        };
        let hour = |row: &OrderRow| row.created_at[11..13].parse::<u32>().unwrap();
        assert!((0.30..0.50).contains(&share(&|_, row| (12..15).contains(&hour(row)))), "lunch");
        assert!((0.35..0.60).contains(&share(&|_, row| (19..23).contains(&hour(row)))), "dinner");
        assert!((0.005..0.05).contains(&share(&|_, row| hour(row) < 2)), "after midnight");
        assert_eq!(share(&|_, row| (2..11).contains(&hour(row))), 0.0, "before opening");
        assert!(share(&|_, row| row.total_amount.is_none()) > 0.0, "totals never entered");
        assert!(
            all().any(|(_, row)| row.total_amount.as_deref().is_some_and(|total| total.starts_with('-')))
        );
        let is_unserved = |row: &OrderRow| row.status != "SERVED" && row.status != "CREATED";
        assert!(all().any(|(day, row)| day >= sample.served_before() && is_unserved(row)));
        assert!(all().all(|(day, row)| day >= sample.served_before() || !is_unserved(row)));
    }
}
