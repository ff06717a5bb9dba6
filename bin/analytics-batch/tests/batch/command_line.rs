//! What the command line and the settings may say together.

use sandbox::databases::Database;

use crate::support::{Kitchen, rows};

const NOW: &str = "2024-03-04T00:30:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_moment_may_stand_before_a_command_and_a_run_s_options_may_not() {
    let kitchen = Kitchen::new("command").await;
    let checked = kitchen.batch.run(&["--now", NOW, "check"]).unwrap();
    assert_eq!(checked.code, Some(0), "{}\n{}", checked.stdout, checked.stderr);
    let refused = kitchen.batch.run(&["--dry-run", "migrate"]).unwrap();
    assert_eq!(refused.code, Some(64));
    assert!(refused.stderr.contains("before a command no option may stand but --now"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_tables_are_not_made_in_the_ordering_platform_s_database() {
    let kitchen = Kitchen::new("both").await;
    let order_db = kitchen.restaurant.database(Database::Orders);
    let grant =
        format!("GRANT ALL ON `{order_db}`.* TO '{}'@'%'", kitchen.restaurant.user("analytics_batch"));
    kitchen.restaurant.run(Database::Orders, &grant).await.unwrap();
    // Called otherwise, it is the same server.
    let kitchen =
        kitchen.set("ANALYTICS_DATABASE__DATABASE", &order_db).set("ANALYTICS_DATABASE__HOST", "localhost");
    for arguments in [&[][..], &["migrate"], &["check"]] {
        let refused = kitchen.run_at(NOW, arguments, 78);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains("give analytics_db a database of its own"), "{arguments:?}: {said}");
    }
    let tables = rows(&kitchen.restaurant, Database::Orders, "SHOW TABLES").await;
    assert_eq!(tables, ["order_items", "orders"]);
}
