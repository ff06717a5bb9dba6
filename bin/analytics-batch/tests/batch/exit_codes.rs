//! What a scheduler acts on and what an operator reads: each exit code with its message.
//!
//! 75 has modules of its own: `lease` and `interrupted`.

use rstest::rstest;
use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Options, Server};

use crate::book::Book;
use crate::running::{Obstacle, Running};
use crate::state::lasting;
use crate::support::Kitchen;

const DAYS: u64 = 16;
const NOW: &str = "2024-01-17T01:00:00Z";

/// A restaurant with sixteen days of orders, whose batch tries nothing twice: that is what `faults` is about.
async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await.set("ANALYTICS__RETRY_FOR", "0s");
    Book::of("2024-01-01", DAYS).enter(&kitchen.restaurant, &Book::default()).await;
    kitchen
}

#[rstest]
#[case(&["--version"], concat!("analytics-batch ", env!("CARGO_PKG_VERSION"), " ("))]
#[case(&["--help"], "Exit codes:")]
#[case(&["-h"], "--dry-run")]
#[tokio::test(flavor = "multi_thread")]
async fn asking_what_it_is_needs_no_settings(#[case] arguments: &[&str], #[case] said: &str) {
    let finished =
        sandbox::programs::Batch::new(env!("CARGO_BIN_EXE_analytics-batch")).run(arguments).unwrap();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert!(finished.stdout.contains(said), "{}", finished.stdout);
}

#[rstest]
#[case::unknown(&["--form", "2024-01-01"], 2, "unexpected argument '--form'")]
#[case::half_a_range(&["--from", "2024-01-01"], 2, "--to")]
#[case::no_such_day(&["--date", "2024-02-30"], 2, "2024-02-30")]
#[case::no_lookback(&["--lookback", "0"], 2, "--lookback")]
#[case::a_range_and_a_day(&["--date", "2024-01-01", "--rebuild"], 2, "cannot be used with")]
#[case::a_format(&["--format", "xml"], 2, "text, json")]
#[case::a_command_with_more(&["--dry-run", "migrate"], 64, "no option may stand but --now")]
#[case::backwards(&["--from", "2024-01-09", "--to", "2024-01-08"], 64, "swap them")]
#[case::under_way(
    &["--date", "2024-01-17"], 64,
    "2024-01-17 has not ended: it will at 2024-01-18 00:00 UTC (UTC). The last one that has is 2024-01-16"
)]
#[case::partly_to_come(&["--from", "2024-01-15", "--to", "2024-01-18"], 64, "it will at 2024-01-19 00:00 UTC")]
#[tokio::test(flavor = "multi_thread")]
async fn usage(#[case] arguments: &[&str], #[case] code: i32, #[case] said: &str) {
    let kitchen = Kitchen::new("usage").await;
    let finished = kitchen.run_at(NOW, arguments, code);
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    assert_eq!(kitchen.published("SHOW TABLES").await, [""; 0]);
}

/// The second is beyond what a DATE holds, and nearly beyond what can be reckoned with.
#[rstest]
#[case("9999-12-31T23:59:59Z")]
#[case("+262142-12-31T00:00:00Z")]
#[case("0001-01-01T00:00:00Z")]
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_cannot_be_right_is_78(#[case] now: &str) {
    let kitchen = kitchen("clock").await;
    let finished = kitchen.run_at(now, &[], 78);
    assert!(finished.stderr.contains("this machine's clock or by --now"), "{}", finished.stderr);
    assert_eq!(kitchen.published("SHOW TABLES").await, [""; 0]);
}

/// In the restaurant's own zone, which is what its people read.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_day_is_told_in_the_restaurants_zone() {
    let kitchen = Kitchen::new("zone").await;
    let kitchen = kitchen.set("ANALYTICS__TIMEZONE", "Asia/Kathmandu").set("ANALYTICS__DAY_START", "04:00");
    let finished = kitchen.run_at("2024-01-17T22:14:59Z", &["--date", "2024-01-17"], 64);
    assert!(finished.stderr.contains("at 2024-01-18 04:00 +0545 (Asia/Kathmandu)"), "{}", finished.stderr);
    kitchen.run_at("2024-01-17T22:15:00Z", &["--date", "2024-01-17", "--allow-empty"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_would_lose_its_sales_is_65_until_it_is_allowed() {
    let kitchen = kitchen("emptied").await;
    kitchen.run_at(NOW, &[], 0);
    let before = kitchen.days().await;
    let gone = "DELETE l FROM order_items l JOIN orders o ON o.id = l.order_id WHERE DATE(o.created_at) = '2024-01-10';
                DELETE FROM orders WHERE DATE(created_at) = '2024-01-10'";
    kitchen.restaurant.run(Database::Orders, gone).await.unwrap();

    let finished = kitchen.run_at(NOW, &["--date", "2024-01-10"], 65);
    assert!(
        finished.stdout.contains("the source holds no SERVED order of 2024-01-10"),
        "{}",
        finished.stdout
    );
    assert!(finished.stdout.contains("--allow-empty"), "{}", finished.stdout);
    assert_eq!(kitchen.days().await, before);

    kitchen.run_at(NOW, &["--date", "2024-01-10", "--allow-empty"], 0);
    assert!(kitchen.days().await.contains(&"2024-01-10|0|0.00|0.00".to_owned()));
}

#[rstest]
#[case("ORDER_DATABASE__PORT")]
#[case("ANALYTICS_DATABASE__PORT")]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_69_and_named(#[case] setting: &str) {
    // Reserved for a service of 1988 that nobody runs.
    let port = "1";
    let kitchen = kitchen("nobody").await.set(setting, port);
    let finished = kitchen.run_at(NOW, &[], 69);
    assert!(
        finished.stderr.contains(&format!("no database answers at 127.0.0.1:{port}")),
        "{}",
        finished.stderr
    );
    assert!(finished.stderr.contains(setting), "{}", finished.stderr);
}

/// A power cut at the database, in the midst of a transaction. It is not the end of the world: the next run goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_lost_on_the_way_is_69_and_the_next_run_finishes() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let kitchen = Kitchen::on(&server, "lost", &Source::default()).await;
    let kitchen = kitchen.set("ANALYTICS__LEASE", "2s").set("ANALYTICS__RETRY_FOR", "0s");
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.restaurant.run(Database::Analytics, sandbox::old_service::SCHEMA).await.unwrap();
    let mut obstacle = Obstacle::row(&kitchen, "SELECT * FROM hourly_order_cache").await;
    let migrating = Running::start(&kitchen, NOW, &["migrate"]);
    obstacle.is_met_by(1).await;
    server.kill().unwrap();
    let finished = migrating.ends_with(&kitchen, 69).await;
    assert!(finished.stderr.contains("add_revenue_to_hourly_order_cache failed"), "{}", finished.stderr);

    server.restart().unwrap();
    kitchen.run_at(NOW, &["migrate"], 0);
    let mut obstacle =
        Obstacle::row(&kitchen, "INSERT INTO hourly_order_cache (date, hour) VALUES ('2024-01-08', 3)").await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;

    server.kill().unwrap();
    let finished = running.ends_with(&kitchen, 69).await;
    assert!(finished.stderr.contains("analytics_db failed during the run"), "{}", finished.stderr);
    assert!(finished.stderr.contains("run again"), "{}", finished.stderr);

    server.restart().unwrap();
    assert_eq!(kitchen.days().await, [""; 0]);
    kitchen.run_at(NOW, &[], 0);
    let outcomes = kitchen.published("SELECT outcome FROM runs ORDER BY id").await;
    assert_eq!(outcomes, ["abandoned", "succeeded"]);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(crate::book::published_days(&mut connection).await, book.whole_days());
}

/// By an administrator, or by a limit on how long a statement may take.
#[rstest]
#[case("KILL")]
#[case("KILL QUERY")]
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_killed_is_69(#[case] kill: &str) {
    let kitchen = kitchen("kill").await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, &[]);
    obstacle.is_met_by(1).await;
    let reader = kitchen.restaurant.user("order_reader");
    let sessions = Engine::from_environment().unwrap().processlist();
    let whose = format!("SELECT id FROM {sessions} WHERE user = '{reader}'");
    let id = kitchen.published(&whose).await.remove(0);
    kitchen.restaurant.run(Database::Orders, &format!("{kill} {id}")).await.unwrap();
    let finished = running.ends_with(&kitchen, 69).await;
    assert!(finished.stderr.contains("order_db failed during the run"), "{}", finished.stderr);
    obstacle.removed().await;
}

/// The days are worth having without the forecast, and the ledger says which half is there.
#[rstest]
#[case::a_refused_row(
    "CREATE TRIGGER no_forecast BEFORE INSERT ON forecast_history FOR EACH ROW
     SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the oracle is silent'",
    "DROP TRIGGER no_forecast",
    "the oracle is silent"
)]
#[case::a_missing_column(
    "ALTER TABLE forecast_history RENAME COLUMN model TO maker",
    "ALTER TABLE forecast_history RENAME COLUMN maker TO model",
    "model"
)]
#[tokio::test(flavor = "multi_thread")]
async fn days_without_their_forecast_are_70(#[case] breaks: &str, #[case] mends: &str, #[case] said: &str) {
    let kitchen = kitchen("half").await;
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen.restaurant.run(Database::Analytics, breaks).await.unwrap();

    let finished = kitchen.run_at(NOW, &[], 70);

    assert!(
        finished.stderr.contains("the days are published, but the forecast failed"),
        "{}",
        finished.stderr
    );
    assert!(
        finished.stdout.contains("Forecast: failed") && finished.stdout.contains(said),
        "{}",
        finished.stdout
    );
    let ledger = kitchen.published("SELECT outcome, days_changed, forecast FROM runs").await.remove(0);
    assert!(ledger.starts_with("incomplete|16|failed: ") && ledger.contains(said), "{ledger}");
    let published = "SELECT (SELECT COUNT(*) FROM published_days), (SELECT COUNT(*) FROM forecast_history)";
    assert_eq!(kitchen.published(published).await, ["16|0"]);

    kitchen.restaurant.run(Database::Analytics, mends).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
    let issued = "SELECT COUNT(*) > 0, MAX(origin) FROM forecast_history";
    assert_eq!(kitchen.published(issued).await, ["1|2024-01-16"]);
}

#[rstest]
#[case::no_source("REVOKE SELECT ON {orders}.* FROM {reader}", "order_reader")]
#[case::no_tables("REVOKE CREATE ON {analytics}.* FROM {batch}", "CREATE command denied")]
#[case::no_alterations("REVOKE ALTER ON {analytics}.* FROM {batch}", "ALTER command denied")]
#[case::no_rows("REVOKE DELETE ON {analytics}.* FROM {batch}", "DELETE command denied")]
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_grant_is_77_and_named(#[case] revoked: &str, #[case] said: &str) {
    let kitchen = kitchen("grant").await;
    let restaurant = &kitchen.restaurant;
    let script = [
        ("{orders}", format!("`{}`", restaurant.database(Database::Orders))),
        ("{analytics}", format!("`{}`", restaurant.database(Database::Analytics))),
        ("{reader}", format!("'{}'@'%'", restaurant.user("order_reader"))),
        ("{batch}", format!("'{}'@'%'", restaurant.user("analytics_batch"))),
    ]
    .iter()
    .fold(revoked.to_owned(), |script, (word, name)| script.replace(word, name));
    restaurant.run(Database::Analytics, &script).await.unwrap();

    let finished = kitchen.run_at(NOW, &[], 77);

    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    assert!(finished.stderr.contains("grant"), "{}", finished.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_77_and_not_repeated() {
    let kitchen = kitchen("password").await.set("ORDER_DATABASE__PASSWORD", "not-the-password-at-all");
    let finished = kitchen.run_at(NOW, &[], 77);
    assert!(finished.stderr.contains("ORDER_DATABASE__PASSWORD"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("not-the-password"), "{}", finished.stderr);
}

#[rstest]
#[case("ANALYTICS__TIMEZONE", "Paris", &["IANA"])]
#[case("ANALYTICS__LEASE", "1s", &["from 2s to 10m"])]
#[case("ORDER_DATABASE__PORT", "harbour", &[])]
#[case("ANALYTICS_DATABASE__DATABASE", "no_such_database", &["no_such_database"])]
#[case("ANALYTICS_DATABASE__SSL_MODE", "verify_ca", &[])]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_is_78_and_named(#[case] setting: &str, #[case] value: &str, #[case] said: &[&str]) {
    // A user that may see every database gets to hear which one is missing.
    let kitchen = kitchen("setting").await;
    let batch = kitchen.restaurant.user("analytics_batch");
    let grant = format!("GRANT SELECT ON *.* TO '{batch}'@'%'");
    kitchen.restaurant.run(Database::Analytics, &grant).await.unwrap();
    let kitchen = kitchen.set(setting, value);
    let finished = kitchen.run_at(NOW, &[], 78);
    let section = setting.rsplit_once("__").unwrap().0;
    for text in said.iter().chain([&section]) {
        assert!(finished.stderr.contains(text), "{text}: {}", finished.stderr);
    }
    assert_eq!(kitchen.published("SHOW TABLES").await, [""; 0]);
}

/// As the old service's may be, on a server that made MyISAM by default.
#[tokio::test(flavor = "multi_thread")]
async fn tables_without_transactions_are_78_until_they_are_moved() {
    let kitchen = kitchen("myisam").await;
    let old = sandbox::old_service::SCHEMA;
    kitchen.restaurant.run(Database::Analytics, old).await.unwrap();
    let engine = "ALTER TABLE daily_revenue_cache ENGINE = ";
    kitchen.restaurant.run(Database::Analytics, &format!("{engine}MyISAM")).await.unwrap();
    let said = "analytics_db keeps daily_revenue_cache in MyISAM, which has no transactions";
    let refused = kitchen.run_at(NOW, &[], 78);
    assert!(refused.stderr.contains(said) && refused.stderr.contains(engine), "{}", refused.stderr);
    let checked = kitchen.run_at(NOW, &["check"], 78);
    assert!(checked.stdout.contains("keeps daily_revenue_cache in MyISAM"), "{}", checked.stdout);
    kitchen.restaurant.run(Database::Analytics, &format!("{engine}InnoDB")).await.unwrap();
    kitchen.run_at(NOW, &[], 0);
}

/// Such a source is read all the same, and the operator hears what that means.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_snapshots_is_told_of() {
    let kitchen = kitchen("snapless").await;
    let engine = "ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1; \
                  ALTER TABLE order_items ENGINE = MyISAM";
    kitchen.restaurant.run(Database::Orders, engine).await.unwrap();
    let said = "the storage engine of order_items has no snapshots";
    let finished = kitchen.run_at(NOW, &[], 0);
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    let checked = kitchen.run_at(NOW, &["check"], 0);
    assert!(checked.stdout.contains(said), "{}", checked.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_calendar_is_78_until_a_rebuild() {
    let kitchen = kitchen("calendar").await;
    kitchen.run_at(NOW, &[], 0);
    let before = kitchen.days().await;
    let kitchen = kitchen.set("ANALYTICS__DAY_START", "04:00");
    let later = "2024-01-17T06:00:00Z";
    for arguments in [&[] as &[&str], &["--dry-run"], &["--date", "2024-01-10"]] {
        let finished = kitchen.run_at(later, arguments, 78);
        assert!(finished.stderr.contains("UTC from 00:00"), "{}", finished.stderr);
        assert!(finished.stderr.contains("analytics-batch --rebuild"), "{}", finished.stderr);
    }
    assert_eq!(kitchen.days().await, before);
    kitchen.run_at(later, &["--rebuild"], 0);
    kitchen.run_at(later, &[], 0);
    assert_eq!(kitchen.published("SELECT DISTINCT day_start FROM published_days").await, ["04:00:00"]);
}

/// Not even where a library says all that it knows.
#[rstest]
#[case("text")]
#[case("json")]
#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_logged_at_any_level(#[case] format: &str) {
    let level = "trace,mysql_async=trace,rustls=trace,mio=trace";
    let kitchen = kitchen("trace").await.set("LOG__LEVEL", level).set("LOG__FORMAT", format);
    let finished = kitchen.run_at(NOW, &[], 0);
    assert!(finished.stderr.len() > 1_000, "{}", finished.stderr);
    let finished = kitchen.set("ANALYTICS_DATABASE__PORT", "1").run_at(NOW, &[], 69);
    assert!(finished.stderr.contains("127.0.0.1:1"), "{}", finished.stderr);
}

/// A server does not tell a user that may not see a table from one that has none: the message names both.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_seen_is_65() {
    let kitchen = kitchen("unseen").await;
    let (database, reader) =
        (kitchen.restaurant.database(Database::Orders), kitchen.restaurant.user("order_reader"));
    let grants = format!(
        "REVOKE SELECT ON `{database}`.* FROM '{reader}'@'%'; GRANT SELECT ON `{database}`.orders TO '{reader}'@'%'"
    );
    kitchen.restaurant.run(Database::Orders, &grants).await.unwrap();
    let finished = kitchen.run_at(NOW, &[], 65);
    let said = "the table order_items is missing, or the user may not see it";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
}

#[rstest]
#[case::of_another_type(
    "ALTER TABLE orders MODIFY total_amount DOUBLE",
    "orders.total_amount is double; it must be decimal"
)]
#[case::renamed(
    "ALTER TABLE order_items RENAME COLUMN quantity TO pieces",
    "order_items.quantity is missing"
)]
#[case::gone("DROP TABLE order_items", "the table order_items is missing")]
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_as_expected_is_65_and_nothing_changes(
    #[case] change: &str,
    #[case] said: &str,
) {
    let kitchen = kitchen("shape").await;
    kitchen.run_at(NOW, &[], 0);
    let before = lasting(&kitchen).await;
    kitchen.restaurant.run(Database::Orders, change).await.unwrap();
    let finished = kitchen.run_at(NOW, &[], 65);
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    assert_eq!(lasting(&kitchen).await, before);
}
