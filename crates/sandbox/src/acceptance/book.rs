//! The independent computation: an export's days, hours and items, in integer cents.
//!
//! **Invariant:** no code of the programs is used here, nor a database: a fault of theirs cannot hide behind itself.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _};
use chrono_tz::Tz;

use super::export::Export;

/// How moments fall into business days.
#[derive(Clone, Copy)]
pub(crate) struct Calendar {
    pub(crate) timezone: Tz,
    /// The zone that the export's times are written in.
    pub(crate) orders_timezone: Tz,
    /// Hour, 0 to 12.
    pub(crate) day_start: u8,
}

impl Calendar {
    /// The business day and the hour of the clock of a wall-clock time.
    fn day_and_hour(self, wall_clock: NaiveDateTime) -> (NaiveDate, usize) {
        let moment = moment(self.orders_timezone, wall_clock).with_timezone(&self.timezone);
        let shown = moment.naive_local();
        // One of three days: where the clocks change near the day's start, subtracting hours may miss by one.
        let near = shown.date() + Days::new(1);
        let day =
            (0..4).map(|back| near - Days::new(back)).find(|day| self.start(*day) <= moment).unwrap_or(near);
        (day, shown.hour() as usize)
    }

    fn start(self, day: NaiveDate) -> DateTime<Tz> {
        moment(self.timezone, day.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(self.day_start)))
    }
}

/// The first moment at which the clock shows this time, or, where it skips it, the time later by what it skips.
fn moment(timezone: Tz, wall_clock: NaiveDateTime) -> DateTime<Tz> {
    if let Some(moment) = timezone.from_local_datetime(&wall_clock).earliest() {
        return moment;
    }
    // What the clock shows a day before is ahead of UTC by as much as before the gap.
    let before = timezone.from_utc_datetime(&(wall_clock - TimeDelta::days(1)));
    timezone.from_utc_datetime(&(wall_clock - (before.naive_local() - before.naive_utc())))
}

/// What an item sold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sold {
    pub(crate) name: String,
    pub(crate) quantity: i64,
    pub(crate) cents: i64,
    /// Day and line id of the name: the latest counts.
    pub(crate) named_by: (NaiveDate, i64),
}

/// One business day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    pub(crate) orders: i64,
    pub(crate) cents: i64,
    pub(crate) hours: [i64; 24],
    items: HashMap<i64, Sold>,
}

/// Every business day with a SERVED order.
pub(crate) struct Book {
    days: BTreeMap<NaiveDate, Day>,
}

impl Book {
    /// Adds the export up. Orders that are not SERVED and orders of no date (`0000-00-00`) count nowhere.
    pub(crate) fn of(export: &Export, calendar: Calendar) -> Result<Self> {
        let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
        let mut day_of_order = HashMap::new();
        for order in export.orders.iter().filter(|order| order.status == "SERVED") {
            if order.created_at.starts_with("0000") {
                continue;
            }
            let created_at = NaiveDateTime::parse_from_str(&order.created_at, "%Y-%m-%d %H:%M:%S%.f")
                .with_context(|| format!("order {} was created at {:?}", order.id, order.created_at))?;
            let (date, hour) = calendar.day_and_hour(created_at);
            let day = days.entry(date).or_default();
            day.orders += 1;
            day.hours[hour] += 1;
            if let Some(total) = &order.total_amount {
                day.cents += cents(total).with_context(|| format!("the total of order {}", order.id))?;
            }
            day_of_order.insert(order.id, date);
        }
        for line in &export.lines {
            let Some(date) = day_of_order.get(&line.order_id) else { continue };
            let price = cents(&line.unit_price).with_context(|| format!("the price of line {}", line.id))?;
            let sold = days.entry(*date).or_default().items.entry(line.item_id).or_default();
            sold.quantity += i64::from(line.quantity);
            sold.cents += price * i64::from(line.quantity);
            if sold.name.is_empty() || sold.named_by < (*date, line.id) {
                (sold.named_by, sold.name) = ((*date, line.id), line.item_name.clone());
            }
        }
        Ok(Self { days })
    }

    /// The first and the last business day with a SERVED order.
    pub(crate) fn range(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((*self.days.first_key_value()?.0, *self.days.last_key_value()?.0))
    }

    /// A business day; one without orders is a day of zeros.
    pub(crate) fn day(&self, date: NaiveDate) -> Day {
        self.days.get(&date).cloned().unwrap_or_default()
    }

    /// What each item sold in a range of days, under its latest name.
    pub(crate) fn items(&self, first: NaiveDate, last: NaiveDate) -> Vec<(i64, Sold)> {
        let mut all: BTreeMap<i64, Sold> = BTreeMap::new();
        for (id, sold) in self.days.range(first..=last).flat_map(|(_, day)| &day.items) {
            let sum = all.entry(*id).or_default();
            sum.quantity += sold.quantity;
            sum.cents += sold.cents;
            if sum.name.is_empty() || sum.named_by < sold.named_by {
                (sum.named_by, sum.name) = (sold.named_by, sold.name.clone());
            }
        }
        all.into_iter().collect()
    }
}

/// `-12.5` as -1250.
pub(crate) fn cents(text: &str) -> Result<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        bail!("{text:?} is not an amount with at most two decimals");
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse()? };
    let fraction: i64 = format!("{fraction:0<2}").parse()?;
    Ok(sign * (whole * 100 + fraction))
}

/// 1250 as `12.50`.
pub(crate) fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// An average in cents, half away from zero; 0 for no orders.
pub(crate) fn average(cents: i64, orders: i64) -> i64 {
    if orders == 0 { 0 } else { cents.signum() * ((2 * cents.abs() + orders) / (2 * orders)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        assert_eq!(["12.5", "-0.05", "7", ".5"].map(|text| cents(text).unwrap()), [1250, -5, 700, 50]);
        assert!(cents("1.005").is_err() && cents("1e3").is_err());
        assert_eq!([1250, -5, 0].map(amount), ["12.50", "-0.05", "0.00"]);
        // 0.05 / 2 = 0.025 -> 0.03, and as far below zero.
        assert_eq!([average(5, 2), average(-5, 2), average(4, 3), average(9, 0)], [3, -3, 1, 0]);
    }

    #[test]
    fn a_business_day_goes_past_midnight_and_through_changes_of_the_clocks() {
        let paris = chrono_tz::Europe::Paris;
        let calendar = Calendar { timezone: paris, orders_timezone: paris, day_start: 4 };
        let at = |text: &str| {
            let (day, hour) = calendar.day_and_hour(text.parse().unwrap());
            format!("{day} {hour}")
        };
        assert_eq!(at("2026-03-28T04:00:00"), "2026-03-28 4");
        assert_eq!(at("2026-03-28T03:59:59"), "2026-03-27 3");
        // 02:30 does not exist on 29 March 2026.
        assert_eq!(at("2026-03-29T02:30:00"), "2026-03-28 3");
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-24 2");
        let at_two = Calendar { day_start: 2, ..calendar };
        assert_eq!(at_two.day_and_hour("2026-03-29T02:30:00".parse().unwrap()).0.to_string(), "2026-03-29");
        assert_eq!(at_two.day_and_hour("2026-03-29T01:59:00".parse().unwrap()).0.to_string(), "2026-03-28");
        let from_utc = Calendar { orders_timezone: Tz::UTC, ..calendar };
        let (day, hour) = from_utc.day_and_hour("2026-03-29T02:30:00".parse().unwrap());
        assert_eq!((day.to_string().as_str(), hour), ("2026-03-29", 4));
    }
}
