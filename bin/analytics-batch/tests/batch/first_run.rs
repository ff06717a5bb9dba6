//! The first run, from empty.

use rstest::rstest;
use sandbox::databases::{Database, LineRow, OrderRow};

use crate::book::{Book, published_days};
use crate::support::Kitchen;

/// Three orders on two days with a day between, worked by hand: 10.00 + 5.50 = 15.50 over two orders is 7.75 each.
#[tokio::test(flavor = "multi_thread")]
async fn publishes_every_day_from_the_first_order_to_the_last_ended_day() {
    let kitchen = Kitchen::new("first").await;
    kitchen
        .restaurant
        .insert(
            &[
                OrderRow::served(1, "2024-03-01 12:00:00", "10.00"),
                OrderRow::served(2, "2024-03-01 20:15:00", "5.50"),
                OrderRow::served(3, "2024-03-02 12:00:00", "9.99").with_status("READY"),
                OrderRow::served(4, "2024-03-03 23:59:59.999999", "1.00"),
                OrderRow::served(5, "2024-03-04 00:00:00", "100.00"),
            ],
            &[
                LineRow::new(1, 1, 7, "Soup", 2, "5.00"),
                LineRow::new(2, 2, 7, "Soup of the day", 1, "5.50"),
                LineRow::new(3, 3, 7, "Soup", 1, "9.99"),
                LineRow::new(4, 4, 8, "Bread", 1, "1.00"),
            ],
        )
        .await
        .unwrap();

    kitchen.run_at("2024-03-04T00:30:00Z", &[], 0);

    assert_eq!(
        kitchen.days().await,
        ["2024-03-01|2|15.50|7.75", "2024-03-02|0|0.00|0.00", "2024-03-03|1|1.00|1.00"]
    );
    let hours =
        kitchen.published("SELECT COUNT(*), SUM(order_count), SUM(revenue) FROM hourly_order_cache").await;
    assert_eq!(hours, ["72|3|16.50"]);
    let busy = kitchen
        .published("SELECT date, hour, order_count, revenue FROM hourly_order_cache WHERE order_count > 0 ORDER BY 1, 2")
        .await;
    assert_eq!(busy, ["2024-03-01|12|1|10.00", "2024-03-01|20|1|5.50", "2024-03-03|23|1|1.00"]);
    let items = kitchen.published("SELECT * FROM item_sales ORDER BY date, item_id").await;
    assert_eq!(items, ["2024-03-01|7|Soup of the day|3|15.50", "2024-03-03|8|Bread|1|1.00"]);
    // The line of the order that is not served lies between those of served ones, and is left out.
    let runs = kitchen
        .published("SELECT kind, outcome, days_planned, days_changed, orders_read, lines_read FROM runs")
        .await;
    assert_eq!(runs, ["nightly|succeeded|3|3|5|3"]);
}

/// On the restaurant's first day, or with a clock that is behind, there is nothing to publish yet: what that run has seen
/// is the next one's to count.
#[rstest]
#[case::within_the_first_day("2024-01-01T18:00:00Z")]
#[case::with_a_clock_that_is_behind("1970-01-01T00:00:00Z")]
#[tokio::test(flavor = "multi_thread")]
async fn orders_seen_before_any_day_had_ended_are_counted(#[case] too_early: &str) {
    let kitchen = Kitchen::new("tooearly").await;
    let book = Book::of("2024-01-01", 10);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(too_early, &[], 0);
    assert_eq!(kitchen.days().await, [""; 0]);
    kitchen.run_at("2024-01-11T01:00:00Z", &[], 0);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());
}
