//! The figures, from the raw rows: integer cents and plain loops.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use sandbox::databases::{LineRow, OrderRow};

use super::wall_clock::Rules;
use crate::support::Kitchen;

/// The rows of each business day as text, so that a difference reads as one.
pub(super) type Shown = BTreeMap<Date, Vec<String>>;

/// What one business day sold.
#[derive(Default)]
struct Day {
    hours: [(i64, i128); 24],
    items: BTreeMap<i64, Item>,
    highest_order_id: Option<i64>,
}

#[derive(Default)]
struct Item {
    name: String,
    line_id: Option<i64>,
    quantity: i64,
    sales: i128,
}

/// What must stand, as far as orders say: each business day from the first SERVED order's to `last`, the days without
/// orders between them as days of zero sales.
pub(super) fn facts(orders: &[OrderRow], lines: &[LineRow], rules: &Rules, last: Date) -> Shown {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    let mut day_of_order = HashMap::new();
    for order in orders.iter().filter(|order| order.status == "SERVED") {
        let Some(instant) = rules.instant_of(&order.created_at) else { continue };
        let (day, hour) = rules.day_and_hour(instant);
        let sold = days.entry(day).or_default();
        sold.highest_order_id = sold.highest_order_id.max(Some(order.id));
        let (count, revenue) = &mut sold.hours[hour];
        *count += 1;
        *revenue += order.total_amount.as_deref().map_or(0, cents);
        day_of_order.insert(order.id, day);
    }
    for line in lines {
        let Some(day) = day_of_order.get(&line.order_id) else { continue };
        let item = days.entry(*day).or_default().items.entry(line.item_id).or_default();
        item.quantity += i64::from(line.quantity);
        item.sales += i128::from(line.quantity) * cents(&line.unit_price);
        if item.line_id.is_none_or(|highest| highest < line.id) {
            item.line_id = Some(line.id);
            item.name.clone_from(&line.item_name);
        }
    }
    let Some(first) = days.keys().next().copied().filter(|first| *first <= last) else {
        return Shown::new();
    };
    let mut shown = Shown::new();
    let mut date = first;
    while date <= last {
        shown.insert(date, days.remove(&date).unwrap_or_default().rows());
        date = date.tomorrow().unwrap();
    }
    shown
}

impl Day {
    fn rows(&self) -> Vec<String> {
        let orders: i64 = self.hours.iter().map(|(orders, _)| orders).sum();
        let revenue: i128 = self.hours.iter().map(|(_, revenue)| revenue).sum();
        let average = if orders == 0 { 0 } else { divided(revenue, i128::from(orders)) };
        let mut rows = vec![format!("day|{orders}|{}|{}", money(revenue), money(average))];
        rows.extend(
            (0..).zip(self.hours).map(|(hour, (orders, sum))| format!("hour {hour}|{orders}|{}", money(sum))),
        );
        rows.extend(
            self.items
                .iter()
                .map(|(id, item)| format!("item {id}|{}|{}|{}", item.name, item.quantity, money(item.sales))),
        );
        let highest = self.highest_order_id.map_or("-".to_owned(), |id| id.to_string());
        rows.push(format!("highest order|{highest}"));
        rows.sort_unstable();
        rows
    }
}

/// What stands in analytics_db. Only days in the ledger are published; rows of any other day are an error.
pub(super) async fn published(kitchen: &Kitchen) -> Shown {
    let mut shown = adopted_and_published(kitchen).await;
    let ledger = kitchen.published("SELECT date FROM published_days").await;
    assert_eq!(ledger.len(), shown.len(), "days in the ledger against days with rows");
    assert!(ledger.iter().all(|day| shown.contains_key(&day.parse().unwrap())));
    for rows in shown.values_mut() {
        rows.sort_unstable();
    }
    assert_rollups_add_up(kitchen).await;
    shown
}

/// The rollups hold what `item_sales` adds up to, and nothing else.
async fn assert_rollups_add_up(kitchen: &Kitchen) {
    let rows = "SELECT date, item_id, quantity, sales FROM item_sales";
    let mut sums: BTreeMap<(String, i64), (i64, String, i64, i128)> = BTreeMap::new();
    for row in kitchen.published(rows).await {
        let [date, item_id, quantity, sales] = row.split('|').collect::<Vec<_>>().try_into().unwrap();
        for period in [format!("month {}-01", &date[..7]), format!("year {}-01-01", &date[..4])] {
            let (days, last_day, all, all_sales) =
                sums.entry((period, item_id.parse().unwrap())).or_default();
            *days += 1;
            *last_day = std::cmp::max(date.to_owned(), std::mem::take(last_day));
            *all += quantity.parse::<i64>().unwrap();
            *all_sales += cents(sales);
        }
    }
    let expected: Vec<String> = sums
        .into_iter()
        .map(|((period, item_id), (days, last_day, quantity, sales))| {
            format!("{period} {item_id}|{days}|{last_day}|{quantity}|{}", money(sales))
        })
        .collect();
    let rollups = "SELECT CONCAT(unit, ' ', first_day, ' ', item_id), days, last_day, quantity, sales
                   FROM item_sales_rollups ORDER BY unit, first_day, item_id";
    assert_eq!(kitchen.published(rollups).await, expected);
}

/// All rows by their days, in the ledger or not.
pub(super) async fn adopted_and_published(kitchen: &Kitchen) -> Shown {
    let mut shown = Shown::new();
    for query in [
        "SELECT date, 'day', order_count, total_revenue, average_order_value FROM daily_revenue_cache",
        "SELECT date, CONCAT('hour ', hour), order_count, revenue FROM hourly_order_cache",
        "SELECT date, CONCAT('item ', item_id), item_name, quantity, sales FROM item_sales",
        "SELECT date, 'highest order', highest_order_id FROM published_days",
    ] {
        for row in kitchen.published(query).await {
            let (date, rest) = row.split_once('|').unwrap();
            shown.entry(date.parse().unwrap()).or_default().push(rest.to_owned());
        }
    }
    shown
}

/// Compares, and shows the first few differences.
#[track_caller]
pub(super) fn assert_same(expected: &Shown, found: &Shown, when: &str) {
    const SHOWN: usize = 12;
    let mut differences = Vec::new();
    let days: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    for day in days {
        match (expected.get(day), found.get(day)) {
            (Some(expected), Some(found)) => {
                let only_in = |these: &[String], those: &[String], word: &str| -> Vec<String> {
                    let missing = these.iter().filter(|row| !those.contains(row));
                    missing.map(|row| format!("{day} {word}: {row}")).collect()
                };
                differences.extend(only_in(expected, found, "should stand"));
                differences.extend(only_in(found, expected, "stands"));
                if expected.len() != found.len() {
                    differences.push(format!("{day}: {} rows, should be {}", found.len(), expected.len()));
                }
            }
            (Some(_), None) => differences.push(format!("{day} is not published")),
            (None, _) => differences.push(format!("{day} should not be published")),
        }
    }
    let first = differences.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{when}: {} differences, the first:\n{first}", differences.len());
}

/// Whole cents of a decimal with up to two places.
pub(super) fn cents(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    sign * (whole.parse::<i128>().unwrap() * 100 + format!("{places:0<2}").parse::<i128>().unwrap())
}

/// Rounded half away from zero.
fn divided(amount: i128, by: i128) -> i128 {
    let away = (amount.abs() * 2 + by) / (by * 2);
    away * amount.signum()
}

fn money(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// By hand: 1.00 over 8 is 0.125, 0.02 over 3 is 0.00666….
#[test]
fn the_oracles_arithmetic_is_right() {
    assert_eq!((cents("-0.05"), cents("12"), cents("99999999.99")), (-5, 1_200, 9_999_999_999));
    assert_eq!((divided(100, 8), divided(-100, 8), divided(2, 3), divided(-1, 3)), (13, -13, 1, 0));
    assert_eq!((money(-5), money(123_456)), ("-0.05".to_owned(), "1234.56".to_owned()));
}
