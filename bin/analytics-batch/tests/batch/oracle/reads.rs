//! How much a run reads, by the server's own counters: what it needs, whatever the tables' size.

use rstest::rstest;
use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Server};

use crate::support::{Kitchen, rows};

/// Orders a day, at every second minute from 10:00 UTC; each has three lines. One in ten is not served.
const A_DAY: u64 = 300;
const LINES: u64 = 3;
/// Days that the source holds at first: 60,000 orders.
const DAYS: u64 = 200;

/// A line is read twice: where it lies, and before that in the index on its order, which tells where to look.
const A_LINE: u64 = 2;

/// Rows read from a source so far.
#[derive(Clone, Copy, Debug)]
struct Reads {
    orders: u64,
    lines: u64,
}

impl Reads {
    /// By the server's counters, which are cumulative.
    async fn so_far(kitchen: &Kitchen) -> Self {
        let schema = kitchen.restaurant.database(Database::Orders);
        let query = match Engine::from_environment().unwrap() {
            Engine::MariaDb => format!(
                "SELECT TABLE_NAME, ROWS_READ FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = '{schema}'"
            ),
            Engine::MySql | Engine::OceanBase => format!(
                "SELECT OBJECT_NAME, COUNT_FETCH FROM performance_schema.table_io_waits_summary_by_table
                 WHERE OBJECT_SCHEMA = '{schema}'"
            ),
        };
        let counters = rows(&kitchen.restaurant, Database::Orders, &query).await;
        let of = |table: &str| {
            let of_table = counters.iter().filter_map(|row| row.strip_prefix(table)?.strip_prefix('|'));
            of_table.map(|count| count.parse::<u64>().unwrap()).sum()
        };
        Self { orders: of("orders"), lines: of("order_items") }
    }

    /// What a run of the batch reads.
    async fn of_run(kitchen: &Kitchen, now: &str, arguments: &[&str]) -> Self {
        let before = Self::so_far(kitchen).await;
        kitchen.run_at(now, arguments, 0);
        let after = Self::so_far(kitchen).await;
        Self { orders: after.orders - before.orders, lines: after.lines - before.lines }
    }

    /// At most these, within a fifth and three hundred.
    #[track_caller]
    fn assert_at_most(self, orders: u64, lines: u64, what: &str) {
        let allowed = |rows: u64| rows + rows / 5 + 300;
        let fits = self.orders <= allowed(orders) && self.lines <= allowed(lines);
        assert!(fits, "{what}: {self:?}, for {orders} orders and {lines} lines");
        // A counter that does not count would let anything pass.
        assert!(self.orders > 0 && self.lines > 0, "{what}: {self:?}");
    }
}

/// Puts `days` days from the `from`th on into the source, without sending a row.
async fn fill(kitchen: &Kitchen, from: u64, days: u64) {
    let digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL \
                  SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let (first, count) = (from * A_DAY + 1, days * A_DAY);
    let script = format!(
        "INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id)
         SELECT id, '2024-01-01 10:00:00' + INTERVAL (id - 1) DIV {A_DAY} DAY
                    + INTERVAL 2 * ((id - 1) MOD {A_DAY}) MINUTE,
                IF(id MOD 10 = 0, 'READY', 'SERVED'), 1, 12.34, 1
         FROM (SELECT {first} + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS id
               FROM {digits} a CROSS JOIN {digits} b CROSS JOIN {digits} c CROSS JOIN {digits} d CROSS JOIN {digits} e
              ) numbers
         WHERE id < {first} + {count} ORDER BY id;
         INSERT INTO order_items (id, item_id, item_name, quantity, unit_price, order_id)
         SELECT {LINES} * id - n, 1 + (id + n) MOD 40, 'A dish', 1, 4.11, id
         FROM orders CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2) three
         WHERE id >= {first} ORDER BY id"
    );
    kitchen.restaurant.run(Database::Orders, &script).await.unwrap();
}

#[rstest]
#[case::orders_as_they_come("")]
// Entered months before their day, which is to come or was yesterday; entered yesterday and dated months ago.
#[case::some_far_from_their_day(
    "UPDATE orders SET created_at = '2025-01-01 20:00:00' WHERE id = 6001;
     UPDATE orders SET created_at = '2024-12-24 20:00:00' WHERE id IN (9001, 30001);
     UPDATE orders SET created_at = '2024-07-17 20:00:00' WHERE id IN (12001, 45001);
     UPDATE orders SET created_at = '2024-02-10 20:00:00' WHERE id IN (30002, 59901)"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_reads_what_it_needs(
    #[values(false, true)] index_on_created_at: bool,
    #[case] beforehand: &str,
) {
    let kitchen = Kitchen::with("reads", &Source { index_on_created_at, ..Source::default() }).await;
    if Server::shared().unwrap().engine() == Engine::MariaDb {
        kitchen.restaurant.run(Database::Orders, "SET GLOBAL userstat = 1").await.unwrap();
    }
    fill(&kitchen, 0, DAYS).await;
    if !beforehand.is_empty() {
        kitchen.restaurant.run(Database::Orders, beforehand).await.unwrap();
    }

    // The 200th day was 2024-07-18.
    let first_build = Reads::of_run(&kitchen, "2024-07-19T00:30:00Z", &[]).await;
    first_build.assert_at_most(2 * DAYS * A_DAY, A_LINE * DAYS * A_DAY * LINES, "a first build");

    // The seven days published last, the day before them, and the day that has ended since.
    fill(&kitchen, DAYS, 1).await;
    let night = Reads::of_run(&kitchen, "2024-07-20T00:30:00Z", &[]).await;
    night.assert_at_most(2 * 8 * A_DAY, A_LINE * 8 * A_DAY * LINES, "a night");

    // Nothing new, and a lookback of its own.
    let again = Reads::of_run(&kitchen, "2024-07-20T00:30:00Z", &["--lookback", "2"]).await;
    again.assert_at_most(2 * 3 * A_DAY, A_LINE * 3 * A_DAY * LINES, "a night that looks back two days");

    // An order of a day far back makes the night read that day too, and no later night.
    fill(&kitchen, DAYS + 1, 1).await;
    let late = "UPDATE orders SET created_at = '2024-03-03 20:00:00' WHERE id = 60500";
    kitchen.restaurant.run(Database::Orders, late).await.unwrap();
    let night = Reads::of_run(&kitchen, "2024-07-21T00:30:00Z", &[]).await;
    night.assert_at_most(
        2 * 9 * A_DAY,
        A_LINE * 9 * A_DAY * LINES,
        "a night with an order of a day far back",
    );
    fill(&kitchen, DAYS + 2, 1).await;
    let night = Reads::of_run(&kitchen, "2024-07-22T00:30:00Z", &[]).await;
    night.assert_at_most(2 * 9 * A_DAY, A_LINE * 9 * A_DAY * LINES, "the night after");

    fill(&kitchen, DAYS + 3, 1).await;
    let rerun = Reads::of_run(&kitchen, "2024-07-22T00:30:00Z", &["--date", "2024-02-10"]).await;
    rerun.assert_at_most(2 * A_DAY, A_LINE * A_DAY * LINES, "a rerun of a day far back");
}
