//! A source that stands still, as a stopped replica does.

use sandbox::databases::OrderRow;

use crate::support::Kitchen;

/// The newest order is of noon on the 5th, though one is dated in the future, as a pre-order is, and one that was
/// entered last is dated long ago.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_newest_order_is_too_old_is_refused() {
    let kitchen = Kitchen::new("stopped").await.set("ORDERS__MAX_AGE", "36h");
    let orders = [
        OrderRow::served(1, "2024-05-04 12:00:00", "10.00"),
        OrderRow::served(2, "2024-05-05 12:00:00", "10.00"),
        OrderRow::served(3, "2024-06-01 12:00:00", "10.00"),
        OrderRow::served(4, "2024-05-01 12:00:00", "10.00"),
    ];
    kitchen.restaurant.insert(&orders, &[]).await.unwrap();
    // 36 h after noon on the 5th it is midnight at the end of the 6th.
    kitchen.run_at("2024-05-07T00:00:00Z", &[], 0);
    let published = kitchen.days().await;

    for arguments in [&[] as &[&str], &["--dry-run"], &["--date", "2024-05-04"]] {
        let finished = kitchen.run_at("2024-05-08T01:00:00Z", arguments, 65);
        for said in ["2024-05-05 12:00 UTC", "61.0 h old", "ORDERS__MAX_AGE allows 36.0 h", "replica"] {
            assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
        }
    }
    assert_eq!(kitchen.days().await, published);
    kitchen.restaurant.insert(&[OrderRow::served(5, "2024-05-07 18:00:00", "10.00")], &[]).await.unwrap();
    kitchen.run_at("2024-05-08T01:00:00Z", &[], 0);
    assert_eq!(kitchen.days().await.last().unwrap(), "2024-05-07|1|10.00|10.00");
}
