//! A small restaurant's orders, and what each day comes to by a count that shares nothing with the programs'.
//!
//! The restaurant is in UTC and its business day begins at midnight. Money is counted in whole cents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use sandbox::databases::{LineRow, OrderRow, Restaurant};

/// Each published day in one row: what its daily row, its hourly rows and its item rows say, so that half a day shows.
const DAYS: &str = "
SELECT p.date,
       CONCAT_WS('|', d.order_count, d.total_revenue, d.average_order_value,
                 h.hour_rows, h.orders, h.revenue, h.busy, COALESCE(i.items, 'nothing'))
FROM published_days p
LEFT JOIN daily_revenue_cache d ON d.date = p.date
LEFT JOIN (SELECT date, COUNT(*) AS hour_rows, SUM(order_count) AS orders, SUM(revenue) AS revenue,
                  COALESCE(GROUP_CONCAT(IF(order_count = 0, NULL, CONCAT_WS(':', hour, order_count, revenue))
                                        ORDER BY hour SEPARATOR ' '), 'idle') AS busy
           FROM hourly_order_cache GROUP BY date) h ON h.date = p.date
LEFT JOIN (SELECT date, GROUP_CONCAT(CONCAT_WS(':', item_id, quantity, sales)
                                     ORDER BY item_id SEPARATOR ' ') AS items
           FROM item_sales GROUP BY date) i ON i.date = p.date
ORDER BY p.date";

/// Days as [`published_days`] reads them, by date.
pub(crate) type WholeDays = BTreeMap<String, String>;

/// The orders of some days.
#[derive(Clone, Default)]
pub(crate) struct Book {
    orders: Vec<OrderRow>,
    lines: Vec<LineRow>,
    first: NaiveDate,
    days: u64,
}

#[derive(Default)]
struct Tally {
    hours: BTreeMap<u64, (i64, i64)>,
    items: BTreeMap<i64, (i64, i64)>,
}

impl Book {
    /// Two to four orders of two lines on each of `days` days from `first`, but none on every seventh.
    pub(crate) fn of(first: &str, days: u64) -> Self {
        let mut book = Self { first: first.parse().unwrap(), days, ..Self::default() };
        for day in 0..days {
            let orders = if day % 7 == 6 { 0 } else { 2 + day % 3 };
            for nth in 0..orders {
                book.add(day, 11 + (day + 4 * nth) % 11);
            }
        }
        book
    }

    /// The same orders, and one more on each day from the `from`th, counted from 0, entered after all others.
    pub(crate) fn with_late_orders(&self, from: u64) -> Self {
        let mut book = self.clone();
        for day in from..self.days {
            book.add(day, 9);
        }
        book
    }

    /// Puts into order_db what `known` does not have already.
    pub(crate) async fn enter(&self, restaurant: &Restaurant, known: &Self) {
        restaurant
            .insert(&self.orders[known.orders.len()..], &self.lines[known.lines.len()..])
            .await
            .unwrap();
    }

    /// How many orders and lines there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.orders.len(), self.lines.len())
    }

    /// What each day should be when it is published.
    pub(crate) fn whole_days(&self) -> WholeDays {
        let mut tallies: BTreeMap<String, Tally> =
            (0..self.days).map(|day| (self.date(day), Tally::default())).collect();
        for (order, lines) in self.orders.iter().zip(self.lines.chunks(2)) {
            let (date, time) = order.created_at.split_once(' ').unwrap();
            let tally = tallies.get_mut(date).unwrap();
            let hour = tally.hours.entry(time[..2].parse().unwrap()).or_default();
            *hour = (hour.0 + 1, hour.1 + cents(order.total_amount.as_deref().unwrap()));
            for line in lines {
                let item = tally.items.entry(line.item_id).or_default();
                let quantity = i64::from(line.quantity);
                *item = (item.0 + quantity, item.1 + quantity * cents(&line.unit_price));
            }
        }
        tallies.into_iter().map(|(date, tally)| (date, tally.told())).collect()
    }

    fn add(&mut self, day: u64, hour: u64) {
        let id = i64::try_from(self.orders.len()).unwrap() + 1;
        let lines = [(1 + id % 5, 1 + id % 3), (6 + id % 2, 1)].map(|(item, quantity)| {
            let price = 250 + 125 * item;
            (item, quantity, price)
        });
        // A tip makes the order's total more than its lines: revenue is the total's.
        let total: i64 = lines.iter().map(|(_, quantity, price)| quantity * price).sum::<i64>() + 10;
        let created_at = format!("{} {hour:02}:{:02}:00.000000", self.date(day), id % 60);
        self.orders.push(OrderRow::served(id, &created_at, &euros(total)));
        for (line, (item, quantity, price)) in (2 * id - 1..).zip(lines) {
            let (name, quantity) = (format!("Item {item}"), i32::try_from(quantity).unwrap());
            self.lines.push(LineRow::new(line, id, item, &name, quantity, &euros(price)));
        }
    }

    fn date(&self, day: u64) -> String {
        (self.first + Days::new(day)).to_string()
    }
}

impl Tally {
    /// As the query puts it.
    fn told(&self) -> String {
        let orders: i64 = self.hours.values().map(|hour| hour.0).sum();
        let revenue: i64 = self.hours.values().map(|hour| hour.1).sum();
        // Half away from zero; nothing here is negative.
        let average = if orders == 0 { 0 } else { (2 * revenue + orders) / (2 * orders) };
        let revenue = euros(revenue);
        let mut told = format!("{orders}|{revenue}|{}|24|{orders}|{revenue}|", euros(average));
        told += &joined(
            self.hours.iter().map(|(hour, (orders, revenue))| format!("{hour}:{orders}:{}", euros(*revenue))),
            "idle",
        );
        let items =
            self.items.iter().map(|(item, (quantity, sales))| format!("{item}:{quantity}:{}", euros(*sales)));
        write!(told, "|{}", joined(items, "nothing")).unwrap();
        told
    }
}

/// The published days, in one statement.
pub(crate) async fn published_days(connection: &mut Conn) -> WholeDays {
    let rows: Vec<(String, String)> = connection.query(DAYS).await.unwrap();
    rows.into_iter().collect()
}

fn joined(parts: impl Iterator<Item = String>, none: &str) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { none.to_owned() } else { parts.join(" ") }
}

fn cents(money: &str) -> i64 {
    money.replace('.', "").parse().unwrap()
}

fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
