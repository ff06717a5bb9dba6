//! What is recorded when a day that stood changes. The restaurant is in UTC from midnight; figures are worked by hand.

use sandbox::databases::{Database, LineRow, OrderRow};
use sandbox::old_service;

use crate::support::Kitchen;

const NOW: &str = "2024-01-10T03:00:00Z";

/// As `date|cause|run's kind|revenue from|to|orders|to|item sales|to|hours|items`, and that the time, the run and the
/// generation are those of the day's last publication, where it is published.
const REVISIONS: &str = "
    SELECT r.date, r.cause, u.kind, r.revenue_from, r.revenue_to, r.orders_from, r.orders_to, r.item_sales_from,
           r.item_sales_to, r.hours_changed, r.items_changed
    FROM revisions r JOIN runs u ON u.id = r.run_id AND u.generation >= r.generation
    LEFT JOIN published_days p ON p.date = r.date
    WHERE p.date IS NULL OR (p.run_id = r.run_id AND p.published_at = r.revised_at)
    ORDER BY r.generation, r.date";

/// Two days: on the 8th an order of 30.00 at noon with a soup of 10.00 and two pies of 10.00 each, and one of 8.00 at 13
/// with a soup; on the 9th one of 12.00 without lines.
async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await;
    let orders = [
        OrderRow::served(1, "2024-01-08 12:00:00", "30.00"),
        OrderRow::served(2, "2024-01-08 13:00:00", "8.00"),
        OrderRow::served(3, "2024-01-09 12:00:00", "12.00"),
    ];
    let lines = [
        LineRow::new(1, 1, 1, "Soup", 1, "10.00"),
        LineRow::new(2, 1, 2, "Pie", 2, "10.00"),
        LineRow::new(3, 2, 1, "Soup", 1, "8.00"),
    ];
    kitchen.restaurant.insert(&orders, &lines).await.unwrap();
    kitchen
}

async fn orders(kitchen: &Kitchen, script: &str) {
    kitchen.restaurant.run(Database::Orders, script).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_changes_is_a_revision_and_one_that_stays_is_none() {
    let kitchen = kitchen("revised").await;
    kitchen.run_at(NOW, &[], 0);
    kitchen.run_at(NOW, &[], 0);
    kitchen.run_at(NOW, &["--rebuild"], 0);
    assert!(kitchen.published(REVISIONS).await.is_empty(), "nothing has changed");

    // Served late, at 13: 38.00 + 20.00, a pie of 20.00 more, one hour and one item.
    kitchen
        .restaurant
        .insert(
            &[OrderRow::served(4, "2024-01-08 13:30:00", "20.00")],
            &[LineRow::new(4, 4, 2, "Pie", 1, "20.00")],
        )
        .await
        .unwrap();
    kitchen.run_at(NOW, &[], 0);
    let late = "2024-01-08|orders|nightly|38.00|58.00|2|3|38.00|58.00|1|1";
    assert_eq!(kitchen.published(REVISIONS).await, [late]);

    // Moved from 13 to 18 and its pie made a tart: the day's totals stay; two hours and two items do not.
    orders(
        &kitchen,
        "UPDATE orders SET created_at = '2024-01-08 18:00:00' WHERE id = 2;
         UPDATE order_items SET item_id = 3, item_name = 'Tart' WHERE order_id = 4",
    )
    .await;
    kitchen.run_at("2024-01-10T04:00:00Z", &["--date", "2024-01-08"], 0);
    // The first change is not the day's last any more, and the query leaves it out.
    let moved = "2024-01-08|orders|range|58.00|58.00|3|3|58.00|58.00|2|2";
    assert_eq!(kitchen.published(REVISIONS).await, [moved]);
    assert_eq!(kitchen.published("SELECT COUNT(*) FROM revisions").await, ["2"]);
    kitchen.run_at("2024-01-10T05:00:00Z", &["--date", "2024-01-08"], 0);
    assert_eq!(kitchen.published("SELECT COUNT(*) FROM revisions").await, ["2"]);
}

/// The change and its record stand or fall together.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_cannot_be_recorded_is_not_made() {
    let kitchen = kitchen("together").await;
    kitchen.run_at(NOW, &[], 0);
    let before = kitchen.days().await;
    orders(&kitchen, "UPDATE orders SET total_amount = 9.00 WHERE id = 2").await;
    let trigger = "CREATE TRIGGER no_records BEFORE INSERT ON revisions FOR EACH ROW
                   SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no records'";
    kitchen.restaurant.run(Database::Analytics, trigger).await.unwrap();
    kitchen.run_at(NOW, &[], 70);
    assert_eq!(kitchen.days().await, before);
    kitchen.restaurant.run(Database::Analytics, "DROP TRIGGER no_records").await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(
        kitchen.published(REVISIONS).await,
        ["2024-01-08|orders|nightly|38.00|39.00|2|2|38.00|38.00|1|0"]
    );
}

/// The old service's 8 January is what the orders say, but for the hours and items that it never kept; its 9 January
/// is not. Of its 7 January, before the first order, nothing is known.
#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_day_is_a_revision_only_if_its_figures_were_others() {
    let kitchen = kitchen("adopted").await;
    let rows = "INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value) VALUES
                ('2024-01-07', 5.00, 1, 5.00), ('2024-01-08', 38.00, 2, 19.00), ('2024-01-09', 11.50, NULL, NULL);
                INSERT INTO hourly_order_cache (date, hour, order_count) VALUES
                ('2024-01-08', 12, 1), ('2024-01-08', 13, 1), ('2024-01-09', 11, 1)";
    kitchen.restaurant.run(Database::Analytics, &format!("{}{rows}", old_service::SCHEMA)).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    assert_eq!(kitchen.published(REVISIONS).await, ["2024-01-09|adopted|nightly|11.50|12.00|0|1|-|0.00|2|0"]);
}

/// Etc/GMT+1 is an hour behind UTC: from noon there on, the business day begins at 13:00 in UTC. The order of 12:00 on
/// the 8th is the 7th's then, that of 13:00 stays the 8th's, and that of 12:00 on the 9th is the 8th's as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_by_another_calendar_says_so_and_so_does_a_day_that_it_withdraws() {
    let kitchen = kitchen("calendar").await;
    kitchen.run_at(NOW, &[], 0);
    let kitchen = kitchen.set("ORDERS__TIMEZONE", "UTC").set("ANALYTICS__TIMEZONE", "Etc/GMT+1");
    let kitchen = kitchen.set("ANALYTICS__DAY_START", "12:00");
    kitchen.run_at(NOW, &["--rebuild"], 0);
    let revised = [
        "2024-01-08|calendar|rebuild|38.00|20.00|2|2|38.00|8.00|3|2",
        // By the new calendar it has not ended at that time.
        "2024-01-09|withdrawn|rebuild|12.00|-|1|-|0.00|-|1|0",
    ];
    // Days are withdrawn first.
    let mut found = kitchen.published(REVISIONS).await;
    found.sort();
    assert_eq!(found, revised);
}
