//! An order_db of any size, made inside the server: millions of rows come sooner so than over a connection.

use anyhow::{Context as _, Result};
use chrono::{Days, NaiveDate};
use sandbox::databases::{Database, Restaurant};

/// Orders of one year, about 2,200 a day.
const ORDERS_A_YEAR: u64 = 800_000;

/// Orders in one statement: a few seconds' work.
const CHUNK: usize = 100_000;

/// The day of the first order.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2015, 1, 1).expect("a date");

/// How much there is.
#[derive(Clone, Copy)]
pub(super) struct Size {
    years: u16,
}

impl Size {
    pub(super) fn of_years(years: u16) -> Self {
        Self { years }
    }

    pub(super) fn orders(self) -> u64 {
        u64::from(self.years) * ORDERS_A_YEAR
    }

    fn days(self) -> u64 {
        u64::from(self.years) * 365
    }

    /// When the last day has just ended: `--now`.
    pub(super) fn morning_after(self) -> String {
        format!("{}T00:30:00Z", FIRST_DAY + Days::new(self.days()))
    }
}

/// Fills the tables; gives the number of lines. One order in twenty is not SERVED, an order has one to six lines of 150
/// items, and ids follow time.
pub(super) async fn fill(restaurant: &Restaurant, size: Size) -> Result<u64> {
    let digits = (0..10).map(|digit| format!("SELECT {digit} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    let numbers = "SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n \
                   FROM digits a, digits b, digits c, digits d, digits e";
    restaurant
        .run(
            Database::Orders,
            &format!(
                "CREATE TABLE digits (n INT PRIMARY KEY); INSERT INTO digits {digits}; \
                 CREATE TABLE numbers (n INT PRIMARY KEY); INSERT INTO numbers {numbers} ORDER BY n;"
            ),
        )
        .await?;
    let seconds_an_order = (size.days() * 86_400) as f64 / size.orders() as f64;
    for start in (0..size.orders()).step_by(CHUNK) {
        let id = format!("({start} + numbers.n + 1)");
        restaurant
            .run(
                Database::Orders,
                &format!(
                    "INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id) \
                     SELECT {id}, '{FIRST_DAY}' + INTERVAL FLOOR({id} * {seconds_an_order}) - 1 SECOND, \
                     IF({id} % 20 = 7, 'READY', 'SERVED'), {id} % 20 + 1, 10 + {id} % 977 / 10, {id} % 500 + 1 \
                     FROM numbers WHERE numbers.n < {CHUNK} ORDER BY numbers.n; \
                     INSERT INTO order_items (item_id, item_name, quantity, unit_price, order_id) \
                     SELECT ({id} * 7 + digits.n * 31) % 150 + 1, \
                     CONCAT('item number ', ({id} * 7 + digits.n * 31) % 150 + 1), 1 + ({id} + digits.n) % 3, \
                     3 + (({id} * 7 + digits.n * 31) % 150) / 10, {id} \
                     FROM numbers, digits WHERE numbers.n < {CHUNK} AND digits.n < 1 + ({id} * 5) % 6 \
                     ORDER BY numbers.n, digits.n;"
                ),
            )
            .await?;
    }
    restaurant
        .run(Database::Orders, "DROP TABLE numbers; DROP TABLE digits; ANALYZE TABLE orders, order_items;")
        .await?;
    let lines = restaurant.query(Database::Orders, "SELECT COUNT(*) FROM order_items").await?;
    let lines = lines.into_iter().flatten().flatten().next().context("no number of lines")?;
    Ok(lines.parse()?)
}
