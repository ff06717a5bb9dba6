//! An order that is committed after others with higher ids have been read.

use sandbox::databases::OrderRow;

use crate::support::Kitchen;

/// Ten days of one order each, their ids a thousand apart. The order 8500 was entered on the 8th day and committed only
/// after the first run had read up to 10000: far from any id known, and still counted by the next night.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_committed_late_is_found_the_next_night() {
    let kitchen = Kitchen::new("late").await;
    let day = |n: i64| OrderRow::served(n * 1_000, &format!("2024-03-{n:02} 12:00:00"), "10.00");
    kitchen.restaurant.insert(&(1..=10).map(day).collect::<Vec<_>>(), &[]).await.unwrap();
    kitchen.run_at("2024-03-11T00:30:00Z", &[], 0);

    let late = OrderRow::served(8_500, "2024-03-08 20:00:00", "5.00");
    let of_long_ago = OrderRow::served(8_501, "2024-03-02 20:00:00", "1.00");
    kitchen.restaurant.insert(&[late, of_long_ago, day(11)], &[]).await.unwrap();
    kitchen.run_at("2024-03-12T00:30:00Z", &[], 0);

    let days = kitchen.days().await;
    assert_eq!(days[7], "2024-03-08|2|15.00|7.50");
    assert_eq!(days[10], "2024-03-11|1|10.00|10.00");
    // A day before the window is computed again for an order that was entered in the window.
    assert_eq!(days[1], "2024-03-02|2|11.00|5.50");
}
