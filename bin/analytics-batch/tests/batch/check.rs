//! `analytics-batch check`: what it says of a pair of databases that are, and are not, as they should be.

use sandbox::databases::{CreatedAt, Database, LineRow, OrderRow, Source};
use sandbox::old_service;
use sandbox::programs::Finished;
use sandbox::server::{Engine, Options, Server};

use crate::support::{Kitchen, rows};

/// What may open a statement of a check.
const READS: [&str; 3] = ["SELECT ", "SET ", "SHOW "];

/// 13:00 in Paris.
const NOON: &str = "2026-11-22T12:00:00Z";

impl Kitchen {
    #[track_caller]
    fn check(&self, code: i32) -> Finished {
        self.run_at(NOON, &["check"], code)
    }

    async fn in_orders(&self, script: &str) {
        self.restaurant.run(Database::Orders, script).await.unwrap();
    }

    async fn in_analytics(&self, script: &str) {
        self.restaurant.run(Database::Analytics, script).await.unwrap();
    }

    /// An order of yesterday and one of ten minutes ago, by the clock of a restaurant in Paris.
    async fn with_orders(self) -> Self {
        let orders = [
            OrderRow::served(1, "2026-11-21 20:00:00", "10.00"),
            OrderRow::served(2, "2026-11-22 12:50:00", "5.50"),
        ];
        let lines = [LineRow::new(1, 1, 7, "Soup", 2, "5.00")];
        self.restaurant.insert(&orders, &lines).await.unwrap();
        self.set("ANALYTICS__TIMEZONE", "Europe/Paris").set("ANALYTICS__DAY_START", "04:00")
    }
}

/// The one line that begins so.
#[track_caller]
fn line<'f>(finished: &'f Finished, start: &str) -> &'f str {
    let found: Vec<&str> = finished.stdout.lines().filter(|line| line.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start:?} in\n{}", finished.stdout);
    found[0]
}

#[track_caller]
fn assert_says(finished: &Finished, start: &str, words: &str) {
    assert!(line(finished, start).contains(words), "{words:?} in\n{}", finished.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_before_the_first_run_and_after_it() {
    let kitchen = Kitchen::new("well").await.with_orders().await;

    let before = kitchen.check(0);
    assert!(
        !before.stdout.contains("warning  ") && !before.stdout.contains("problem  "),
        "{}",
        before.stdout
    );
    assert_says(&before, "ok       order_db: connected as ", "@127.0.0.1:");
    assert_says(&before, "ok       order_db: the user ", "may read both tables and write nothing");
    assert_says(&before, "ok       order_db: orders and order_items", "that are needed");
    assert_says(
        &before,
        "ok       order_db: no index leads with created_at",
        "does not read the whole table",
    );
    assert_says(
        &before,
        "ok       order_db: the newest order, id 2,",
        "2026-11-22 12:50 Europe/Paris, 10 min ago",
    );
    assert_says(&before, "ok       analytics_db: the user ", "has what a run needs");
    assert_says(&before, "ok       analytics_db: no tables yet", "the first run makes them");
    assert_says(
        &before,
        "ok       business day: from 04:00 in Europe/Paris",
        "The last that has ended is 2026-11-21; 2026-11-22 ends at 2026-11-23 04:00 Europe/Paris (03:00 UTC)",
    );
    assert_says(&before, "ok       schedule: ", "after 04:00 Europe/Paris, which is 02:00 or 03:00 UTC");
    assert!(before.stdout.ends_with("Ready for a run, with no warnings.\n"), "{}", before.stdout);
    assert!(
        rows(&kitchen.restaurant, Database::Analytics, "SHOW TABLES").await.is_empty(),
        "it made a table"
    );

    kitchen.run_at(NOON, &[], 0);
    let after = kitchen.check(0);
    assert_says(&after, "ok       analytics_db: the tables", "up to date");
    assert_says(&after, "ok       analytics_db: no run is under way", "the lease is free");
    assert_says(&after, "ok       analytics_db: the last run, nightly 1, succeeded", "just now");
    assert_says(&after, "ok       analytics_db: published through", "2026-11-21");
    assert_says(&after, "ok       calendar: ", "Europe/Paris from 04:00, orders in Europe/Paris");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_user_who_may_write_is_warned_of() {
    let kitchen = Kitchen::new("writes").await.with_orders().await;
    let user = kitchen.restaurant.user("order_reader");
    kitchen.in_orders(&format!("GRANT INSERT, UPDATE (status) ON orders TO '{user}'@'%'")).await;
    let said = kitchen.check(0);
    assert_says(&said, "warning  order_db: the user ", "may write here: INSERT, UPDATE.");
    assert!(said.stdout.ends_with("Ready for a run, with 1 warning.\n"), "{}", said.stdout);

    let orders = kitchen.restaurant.database(Database::Orders);
    kitchen.in_orders(&format!("GRANT DELETE ON *.* TO '{user}'@'%'")).await;
    assert_says(&kitchen.check(0), "warning  order_db: the user ", "may write here: INSERT, UPDATE, DELETE.");
    kitchen.in_orders(&format!("GRANT ALL ON `{orders}`.* TO '{user}'@'%'")).await;
    assert_says(&kitchen.check(0), "warning  order_db: the user ", "may write here: ALL PRIVILEGES.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_grant_is_named_with_the_statement_that_gives_it() {
    let kitchen = Kitchen::new("grants").await.with_orders().await;
    let (reader, batch) =
        (kitchen.restaurant.user("order_reader"), kitchen.restaurant.user("analytics_batch"));
    let (orders, analytics) =
        (kitchen.restaurant.database(Database::Orders), kitchen.restaurant.database(Database::Analytics));
    kitchen
        .in_orders(&format!(
            "REVOKE SELECT ON `{orders}`.* FROM '{reader}'@'%'; GRANT SELECT ON `{orders}`.orders TO '{reader}'@'%'; \
             REVOKE DELETE, ALTER ON `{analytics}`.* FROM '{batch}'@'%'"
        ))
        .await;

    let said = kitchen.check(77);
    let problem = line(&said, "problem  order_db: ");
    assert!(problem.contains("lacks SELECT on order_items"), "{problem}");
    assert!(
        problem.ends_with(&format!("GRANT SELECT ON `{orders}`.`order_items` TO '{reader}'@'%'")),
        "{problem}"
    );
    let problem = line(&said, "problem  analytics_db: ");
    assert!(
        problem.ends_with(&format!("GRANT DELETE, ALTER ON `{analytics}`.* TO '{batch}'@'%'")),
        "{problem}"
    );

    // What it asks for is what is needed.
    for problem in said.stdout.lines().filter(|line| line.starts_with("problem")) {
        let (_, statement) = problem.split_once("run: ").unwrap();
        kitchen.in_orders(statement).await;
    }
    kitchen.check(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_on_columns_and_by_a_role_count() {
    let kitchen = Kitchen::new("roles").await.with_orders().await;
    let user = kitchen.restaurant.user("order_reader");
    let orders = kitchen.restaurant.database(Database::Orders);
    let role = kitchen.restaurant.user("reading");
    let by = if Server::shared().unwrap().engine() == Engine::MariaDb { "FOR" } else { "TO" };
    kitchen
        .in_orders(&format!(
            "REVOKE SELECT ON `{orders}`.* FROM '{user}'@'%'; CREATE ROLE '{role}'; \
             GRANT SELECT ON `{}`.* TO '{role}'; GRANT '{role}' TO '{user}'@'%'; \
             SET DEFAULT ROLE '{role}' {by} '{user}'@'%'",
            orders.replace('_', r"\_")
        ))
        .await;
    kitchen.check(0);

    kitchen
        .in_orders(&format!(
            "REVOKE '{role}' FROM '{user}'@'%'; GRANT SELECT ON order_items TO '{user}'@'%'; \
             GRANT SELECT (id, created_at, status) ON orders TO '{user}'@'%'"
        ))
        .await;
    assert_says(&kitchen.check(77), "problem  order_db: ", "lacks SELECT (total_amount) on orders");
    kitchen.in_orders(&format!("GRANT SELECT (total_amount) ON orders TO '{user}'@'%'")).await;
    kitchen.check(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_shape_is_a_problem() {
    let kitchen = Kitchen::new("shape").await.with_orders().await;
    kitchen
        .in_orders(
            "ALTER TABLE orders MODIFY total_amount DOUBLE, DROP COLUMN status; DROP TABLE order_items",
        )
        .await;
    let said = kitchen.check(65);
    assert_says(&said, "problem  order_db: orders.total_amount is double", "it must be decimal");
    assert_says(
        &said,
        "problem  order_db: orders.status is missing",
        "ask whoever keeps the ordering platform",
    );
    assert_says(&said, "problem  order_db: the table order_items is missing", "");
    // The other database is looked at all the same.
    assert_says(&said, "ok       analytics_db: the user ", "has what a run needs");
    assert!(said.stdout.ends_with("Not ready: 3 problems, no warnings.\n"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_and_a_timestamp_are_noticed() {
    let source = Source { created_at: CreatedAt::Timestamp, index_on_created_at: true, ..Source::default() };
    let kitchen = Kitchen::with("index", &source).await;
    let kitchen = kitchen.set("ANALYTICS__TIMEZONE", "Europe/Paris").set("ORDERS__TIMEZONE", "Europe/Paris");
    assert_says(&kitchen.check(0), "warning  order_db: there are no orders yet", "");

    let order = OrderRow::served(1, "2026-11-22 11:50:00", "10.00");
    kitchen.restaurant.insert(&[order], &[]).await.unwrap();
    let said = kitchen.check(0);
    assert_says(&said, "ok       order_db: the index created_at_status leads with created_at", "");
    assert_says(
        &said,
        "ok       order_db: the newest order",
        "(a TIMESTAMP, which is UTC), that is 2026-11-22 12:50 Europe/Paris",
    );
    assert_says(&said, "warning  order_db: ORDERS__TIMEZONE has no effect", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_zone_shows_in_the_newest_order() {
    let kitchen = Kitchen::new("zones").await.set("ANALYTICS__TIMEZONE", "Asia/Kathmandu");
    let order = OrderRow::served(1, "2026-11-22 11:55:00", "10.00");
    kitchen.restaurant.insert(&[order], &[]).await.unwrap();
    let said = kitchen.check(0);
    assert_says(&said, "warning  order_db: the newest order", "since ORDERS__TIMEZONE is not set");
    assert_says(&said, "warning  order_db: the newest order", "set ORDERS__TIMEZONE=UTC");

    let kitchen = kitchen.set("ORDERS__TIMEZONE", "UTC");
    let said = kitchen.check(0);
    assert_says(&said, "ok       order_db: the newest order", "2026-11-22 17:40 Asia/Kathmandu, 5 min ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_of_analytics_db_are_told_apart_by_age() {
    let kitchen = Kitchen::new("ages").await.with_orders().await;
    kitchen.in_analytics(&format!("{}{}", old_service::SCHEMA, old_service::ROWS)).await;
    let said = kitchen.check(0);
    assert_says(
        &said,
        "ok       analytics_db: holds tables of the old service",
        "daily_revenue_cache, hourly_order_cache, forecast_history. The first run adopts them",
    );

    kitchen.run_at(NOON, &["migrate"], 0);
    assert_says(&kitchen.check(0), "ok       analytics_db: the tables", "up to date");
    kitchen.in_analytics("INSERT INTO __diesel_schema_migrations (version) VALUES ('20301231000001')").await;
    assert_says(&kitchen.check(0), "warning  analytics_db: migrated further", "20301231000001");
    // As a run leaves it that was cut off after the last migration and before its note.
    kitchen.in_analytics("DELETE FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 2").await;
    assert_says(&kitchen.check(0), "ok       analytics_db: 1 migration pending", "applies first");
    kitchen.run_at(NOON, &["migrate"], 0);
    kitchen.in_analytics("DROP TABLE item_sales").await;
    assert_says(&kitchen.check(65), "problem  analytics_db: ", "are missing: item_sales");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_calendar_is_refused_as_a_run_would() {
    let kitchen = Kitchen::new("calendar").await.with_orders().await;
    kitchen.run_at(NOON, &[], 0);
    let kitchen = kitchen.set("ORDERS__TIMEZONE", "UTC");
    let said = kitchen.check(78);
    assert_says(
        &said,
        "problem  calendar: published days and settings disagree: 1 published day,",
        "--rebuild",
    );
    assert_says(&said, "problem  calendar: ", "settings say Europe/Paris from 04:00, orders in UTC");
    kitchen.run_at(NOON, &[], 78);
    kitchen.run_at(NOON, &["--rebuild"], 0);
    assert_says(&kitchen.check(0), "ok       calendar: ", "agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_and_the_last_run_are_told() {
    let kitchen = Kitchen::new("lease").await.with_orders().await;
    kitchen.run_at(NOON, &[], 0);
    kitchen
        .in_analytics(
            "UPDATE publication SET holder = 'somebody', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR; \
             UPDATE runs SET outcome = 'running', finished_at = NULL",
        )
        .await;
    let said = kitchen.check(0);
    assert_says(&said, "ok       analytics_db: a run is under way (somebody", "75");
    assert_says(&said, "ok       analytics_db: the last run, nightly 1, began just now", "is under way");

    kitchen.in_analytics("UPDATE publication SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR").await;
    let said = kitchen.check(0);
    assert_says(
        &said,
        "ok       analytics_db: no run is under way: the lease of somebody ran out",
        "takes it over",
    );
    assert_says(&said, "warning  analytics_db: the last run, nightly 1,", "must have been killed");

    kitchen.in_analytics("UPDATE runs SET outcome = 'failed', error = 'no disk\\nat all'").await;
    assert_says(
        &kitchen.check(0),
        "warning  analytics_db: the last run",
        "ended as failed just now: no disk at all",
    );
    let late = kitchen.run_at("2026-11-25T12:00:00Z", &["check"], 0);
    assert_says(
        &late,
        "warning  analytics_db: published only through 2026-11-21",
        "2026-11-24 ended 9 h ago",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_service_s_schedule_is_warned_of() {
    let kitchen = Kitchen::new("schedule").await.with_orders().await.set("SCHEDULER__RUN_TIME", "02:00");
    let said = kitchen.check(0);
    assert_says(&said, "warning  schedule: SCHEDULER__RUN_TIME", "2 h before the business day ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_only_reads() {
    let engine = Engine::from_environment().unwrap();
    let server = Server::start(engine, Options::default().with_query_log()).unwrap();
    let kitchen = Kitchen::on(&server, "reads", &Source::default()).await.with_orders().await;
    kitchen.run_at(NOON, &[], 0);
    let log = server.query_log().unwrap();
    let before = std::fs::read_to_string(&log).unwrap().len();
    kitchen.check(0);

    let all = std::fs::read_to_string(&log).unwrap();
    let said: Vec<&str> = all[before..]
        .lines()
        .filter_map(|line| {
            ["Query\t", "Prepare\t", "Execute\t"].iter().find_map(|kind| line.split_once(kind))
        })
        .map(|(_, statement)| statement)
        .collect();
    assert!(said.len() > 10, "{all}");
    for statement in said {
        assert!(READS.iter().any(|read| statement.starts_with(read)), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_told() {
    let kitchen = Kitchen::new("tls").await.with_orders().await;
    let said = kitchen.check(0);
    let kitchen = kitchen.set("ORDER_DATABASE__SSL_MODE", "required");
    // MySQL makes certificates for itself, MariaDB 10 does not.
    if Server::shared().unwrap().engine() == Engine::MySql {
        assert_says(&said, "ok       order_db: TLS with ", "certificate not verified");
        assert_says(&kitchen.check(0), "ok       order_db: TLS with ", "certificate not verified");
    } else {
        assert_says(&said, "ok       order_db: no TLS", "does not leave this machine");
        assert_says(&kitchen.check(78), "problem  order_db: TLS with ", "ORDER_DATABASE__SSL_MODE");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_does_not_hide_the_other() {
    let kitchen = Kitchen::new("away").await.with_orders().await;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nowhere.local_addr().unwrap().port().to_string();
    drop(nowhere);

    let kitchen = kitchen.set("ORDER_DATABASE__PORT", &port);
    let said = kitchen.check(69);
    assert_says(&said, "problem  order_db: no database answers at 127.0.0.1", "ORDER_DATABASE__HOST");
    assert_says(&said, "ok       analytics_db: the user ", "has what a run needs");

    let kitchen = kitchen.set("ANALYTICS_DATABASE__DATABASE", "no_such_database");
    let said = kitchen.check(69);
    assert_says(&said, "problem  analytics_db: ", "no_such_database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_a_matter_of_permission_and_is_not_repeated() {
    let kitchen = Kitchen::new("password").await.with_orders().await;
    let kitchen = kitchen.set("ANALYTICS_DATABASE__PASSWORD", "not-the-password");
    let said = kitchen.check(77);
    assert_says(&said, "problem  analytics_db: access denied for ", "ANALYTICS_DATABASE__PASSWORD");
    assert_says(&said, "ok       order_db: the user ", "may read both tables");
    for (name, value) in kitchen.restaurant.env_for_batch() {
        let is_secret = name.ends_with("PASSWORD");
        assert!(
            !is_secret || !format!("{}{}", said.stdout, said.stderr).contains(&value),
            "{name} is repeated"
        );
    }
    assert!(!format!("{}{}", said.stdout, said.stderr).contains("not-the-password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_judged_first() {
    let kitchen = Kitchen::new("settings").await.set("ANALYTICS__DAY_START", "noon");
    let said = kitchen.check(78);
    assert!(said.stdout.is_empty() && said.stderr.contains("ANALYTICS__DAY_START"), "{}", said.stderr);
    // A key that only a run reads would stop the run as well.
    let kitchen = Kitchen::new("settings").await.set("FORECASTING__MODEL", "oracle");
    assert!(kitchen.check(78).stderr.contains("FORECASTING__MODEL"));
}
