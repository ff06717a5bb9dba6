//! Orders that somebody has mistyped: one of 1970, one of two thousand million units, and figures past 64 bits.

use rstest::rstest;
use sandbox::databases::{Database, LineRow, OrderRow};

use crate::state::lasting;
use crate::support::Kitchen;

const NOW: &str = "2024-05-06T00:30:00Z";

/// May days of one order each, and a stray one of 1970, entered last.
async fn kitchen() -> Kitchen {
    let kitchen = Kitchen::new("mistyped").await;
    let mut orders: Vec<OrderRow> =
        (1..=5).map(|day| OrderRow::served(day, &format!("2024-05-0{day} 12:00:00"), "10.00")).collect();
    orders.push(OrderRow::served(6, "2023-03-01 00:00:00", "5.00"));
    kitchen.restaurant.insert(&orders, &[]).await.unwrap();
    kitchen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_first_order_is_healed_as_the_warning_says() {
    let kitchen = kitchen().await;
    let first = kitchen.run_at(NOW, &[], 0);
    assert!(
        first.stderr.contains("set ANALYTICS__FIRST_DAY=2024-05-01 and run --rebuild once"),
        "{}",
        first.stderr
    );
    // 2023-03-01 to 2024-05-05: 306 days of 2023 and 126 of 2024.
    assert_eq!(kitchen.days().await.len(), 432);

    let kitchen = kitchen.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    kitchen.run_at(NOW, &["--rebuild"], 0);
    assert_eq!(kitchen.days().await.len(), 5);
    let others = kitchen
        .published(
            "SELECT COUNT(*), (SELECT COUNT(*) FROM published_days), MIN(date) FROM hourly_order_cache",
        )
        .await;
    assert_eq!(others, ["120|5|2024-05-01"]);
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(kitchen.days().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_before_the_first_one_is_not_computed() {
    let kitchen = kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    let refused = kitchen.run_at(NOW, &["--date", "2023-03-01"], 64);
    assert!(refused.stderr.contains("lies before ANALYTICS__FIRST_DAY=2024-05-01"), "{}", refused.stderr);
}

/// 2147483647 × 99999999.99 = 214748364678525163.53, worked by hand: more than sixteen digits before the point.
#[tokio::test(flavor = "multi_thread")]
async fn a_figure_that_no_column_can_hold_keeps_back_its_day_alone() {
    let kitchen = kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    let absurd = LineRow::new(1, 3, 7, "Soup", i32::MAX, "99999999.99");
    kitchen.restaurant.insert(&[], &[absurd]).await.unwrap();
    let run = kitchen.run_at(NOW, &[], 65);
    let said = "the figures of 2024-05-03 do not fit: the sales of item 7 come to 214748364678525163.53";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    let days = kitchen.published("SELECT date FROM published_days ORDER BY date").await;
    assert_eq!(days, ["2024-05-01", "2024-05-02", "2024-05-04", "2024-05-05"]);
}

/// Columns as wide as other ordering platforms have them, and what no sum of a day may wrap to. Worked by hand: 2⁶³ − 1
/// is 9223372036854775807, and twice that 18446744073709551614. 10¹⁵ − 1 units are the most that a day takes of an item.
#[rstest]
#[case::a_sum_past_64_bits("BIGINT", &["9223372036854775807", "9223372036854775807"], "18446744073709551614 units of item 7")]
#[case::a_unit_past_64_bits("BIGINT UNSIGNED", &["18446744073709551615"], "18446744073709551615 units of item 7")]
#[case::more_than_a_month_may_hold("BIGINT", &["1000000000000000"], "1000000000000000 units of item 7")]
#[case::back_from_beyond(
    "BIGINT", &["9223372036854775807", "9223372036854775807", "-9223372036854775807", "-9223372036854774808"], ""
)]
#[tokio::test(flavor = "multi_thread")]
async fn no_sum_of_units_wraps(
    #[case] quantity: &str,
    #[case] lines: &[&str],
    #[case] said: &str,
    #[values("lines", "groups")] extractor: &str,
) {
    let kitchen =
        kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01").set("ORDERS__EXTRACTOR", extractor);
    let widen = format!("ALTER TABLE order_items MODIFY quantity {quantity} NOT NULL");
    kitchen.restaurant.run(Database::Orders, &widen).await.unwrap();
    for quantity in lines {
        let line = format!(
            "INSERT INTO order_items (item_id, item_name, quantity, unit_price, order_id) \
             VALUES (7, 'Soup', {quantity}, 0.00, 3)"
        );
        kitchen.restaurant.run(Database::Orders, &line).await.unwrap();
    }
    let run = kitchen.run_at(NOW, &[], if said.is_empty() { 0 } else { 65 });
    assert!(run.stdout.contains(said), "{}", run.stdout);
    let days = kitchen.published("SELECT date FROM published_days ORDER BY date").await;
    assert_eq!(days.contains(&"2024-05-03".to_owned()), said.is_empty(), "{days:?}");
    assert!(days.len() >= 4, "{days:?}");
    if said.is_empty() {
        let units =
            "SELECT (SELECT quantity FROM item_sales), (SELECT SUM(quantity) FROM item_sales_rollups)";
        assert_eq!(kitchen.published(units).await, ["999|1998"]);
    }
}

/// A name that is a whole article: the day waits for the source to be mended, and the others do not.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_column_can_hold_keeps_back_its_day_alone() {
    let kitchen = kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    let widen = "ALTER TABLE order_items MODIFY item_name TEXT NOT NULL";
    kitchen.restaurant.run(Database::Orders, widen).await.unwrap();
    let of = |id, order, name: &str| LineRow::new(id, order, 7, name, 1, "1.00");
    let lines = [of(1, 2, &"ß".repeat(255)), of(2, 3, &"ß".repeat(10_000))];
    kitchen.restaurant.insert(&[], &lines).await.unwrap();
    let run = kitchen.run_at(NOW, &[], 65);
    let said =
        "the figures of 2024-05-03 do not fit: the name of item 7 has 10000 letters, of 255 at the most";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    let days = kitchen.published("SELECT date FROM published_days ORDER BY date").await;
    assert_eq!(days, ["2024-05-01", "2024-05-02", "2024-05-04", "2024-05-05"]);
}

/// Columns that may be NULL, and ids that no signed number holds: the row is named, and nothing of a day is guessed.
#[rstest]
#[case::no_price("MODIFY unit_price DECIMAL(10,2) NULL", "unit_price = NULL", "has no unit_price")]
#[case::no_quantity("MODIFY quantity INT NULL", "quantity = NULL", "has no quantity")]
#[case::no_item("MODIFY item_id BIGINT NULL", "item_id = NULL", "has no item_id")]
#[case::no_name("MODIFY item_name VARCHAR(255) NULL", "item_name = NULL", "has no item_name")]
#[case::an_id_past_63_bits(
    "MODIFY item_id BIGINT UNSIGNED NOT NULL",
    "item_id = 9223372036854775808",
    "has an item_id above 9223372036854775807"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_counted_is_named(
    #[case] widened: &str,
    #[case] broken: &str,
    #[case] said: &str,
    #[values("lines", "groups")] extractor: &str,
) {
    let kitchen =
        kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01").set("ORDERS__EXTRACTOR", extractor);
    let lines: Vec<LineRow> =
        (1..=5).map(|order| LineRow::new(10 + order, order, order, "Soup", 1, "1.00")).collect();
    kitchen.restaurant.insert(&[], &lines).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    let before = lasting(&kitchen).await;
    let script = format!("ALTER TABLE order_items {widened}; UPDATE order_items SET {broken} WHERE id = 13");
    kitchen.restaurant.run(Database::Orders, &script).await.unwrap();
    let run = kitchen.run_at(NOW, &[], 65);
    let said = format!("the row of order_items with the id 13 {said}, and cannot be counted");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    assert_eq!(lasting(&kitchen).await, before);
}

/// As with a zero date: it belongs to no day, and that is said.
#[rstest]
#[case::no_time("MODIFY created_at DATETIME(6) NULL", "created_at = NULL")]
#[case::no_status("MODIFY status VARCHAR(20) NULL", "status = NULL")]
#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_a_time_or_a_status_does_not_count(
    #[case] widened: &str,
    #[case] broken: &str,
    #[values(false, true)] index_on_created_at: bool,
) {
    let kitchen = kitchen().await.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    let index = if index_on_created_at { ", ADD KEY by_time (created_at)" } else { "" };
    let script = format!("ALTER TABLE orders {widened}{index}; UPDATE orders SET {broken} WHERE id = 3");
    kitchen.restaurant.run(Database::Orders, &script).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    let days = kitchen.published("SELECT date, order_count FROM daily_revenue_cache ORDER BY date").await;
    assert_eq!(days, ["2024-05-01|1", "2024-05-02|1", "2024-05-03|0", "2024-05-04|1", "2024-05-05|1"]);
    kitchen.run_at(NOW, &["verify"], 0);
}
