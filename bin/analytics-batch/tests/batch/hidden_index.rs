//! An index that an administrator has hidden, as one does before dropping it.

use sandbox::databases::{Database, OrderRow, Source};
use sandbox::server::Engine;

use crate::support::Kitchen;

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_index_is_not_used() {
    let kitchen = Kitchen::with("hidden", &Source { index_on_created_at: true, ..Source::default() }).await;
    let order = |id, day| OrderRow::served(id, &format!("2024-03-0{day} 12:00:00"), "10.00");
    kitchen.restaurant.insert(&[order(1, 1)], &[]).await.unwrap();
    kitchen.run_at("2024-03-02T00:30:00Z", &[], 0);

    let hidden = match Engine::from_environment().unwrap() {
        Engine::MariaDb => "IGNORED",
        Engine::MySql | Engine::OceanBase => "INVISIBLE",
    };
    let hide = format!("ALTER TABLE orders ALTER INDEX created_at_status {hidden}");
    kitchen.restaurant.run(Database::Orders, &hide).await.unwrap();
    kitchen.restaurant.insert(&[order(2, 2)], &[]).await.unwrap();
    let night = kitchen.run_at("2024-03-03T00:30:00Z", &[], 0);
    assert!(night.stdout.contains("orders with ids"), "{}", night.stdout);
    assert_eq!(kitchen.days().await, ["2024-03-01|1|10.00|10.00", "2024-03-02|1|10.00|10.00"]);

    let checked = kitchen.run_at("2024-03-03T00:30:00Z", &["check"], 0);
    assert!(checked.stdout.contains("no index leads with created_at"), "{}", checked.stdout);
}
