//! A migrated analytics_db to fill, and the program in front of it at a fixed time.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sandbox::databases::{Database, Restaurant};
use sandbox::programs::{Api, Batch};
use sandbox::server::{Engine, Server};
use serde_json::Value;

/// 13:00 in Paris: with a day start of 04:00, the business day in progress is 2026-11-22 and the last ended one
/// 2026-11-21.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

/// What a run writes about itself.
const PUBLICATION: &str = "UPDATE publication SET generation = 7, published_at = '2026-11-22 03:10:00.250000', \
    timezone = 'Europe/Paris', day_start = '04:00:00', currency = 'EUR'";

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_analytics-api"))
}

/// A restaurant whose analytics_db has every table and no row.
pub(crate) async fn migrated(hint: &str) -> Restaurant {
    let restaurant = Server::shared().unwrap().restaurant(hint).await.unwrap();
    migrate(&restaurant).await;
    restaurant
}

/// A restaurant whose analytics_db names its calendar, Europe/Paris from 04:00, and has no days.
pub(crate) async fn opened(hint: &str) -> Restaurant {
    let restaurant = migrated(hint).await;
    run(&restaurant, PUBLICATION).await;
    restaurant
}

/// Makes the tables as `analytics-batch migrate` does.
pub(crate) async fn migrate(restaurant: &Restaurant) {
    let mut script = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, \
        run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);\n"
        .to_owned();
    for folder in migrations() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let version = name.split('_').next().unwrap().replace('-', "");
        script.push_str(&fs::read_to_string(folder.join("up.sql")).unwrap());
        write!(script, "\nINSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');\n").unwrap();
    }
    script.push_str("INSERT INTO publication (name) VALUES ('analytics');");
    run(restaurant, &script).await;
}

fn migrations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/analytics_db");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Runs a script on analytics_db as root.
pub(crate) async fn run(restaurant: &Restaurant, script: &str) {
    restaurant.run(Database::Analytics, script).await.unwrap();
}

/// Enters days into the ledger of published days.
pub(crate) async fn publish(restaurant: &Restaurant, days: &[&str]) {
    let rows: Vec<String> = days
        .iter()
        .map(|day| format!("('{day}', 1, '2026-11-22 03:10:00', 'Europe/Paris', '04:00:00', 'Europe/Paris')"))
        .collect();
    let columns = "date, run_id, published_at, timezone, day_start, orders_timezone";
    run(restaurant, &format!("INSERT INTO published_days ({columns}) VALUES {}", rows.join(","))).await;
}

/// The program, with its clock fixed.
pub(crate) fn start_at(restaurant: &Restaurant, now: &str) -> Api {
    start_with(restaurant, &[("SERVER__NOW", now)])
}

/// The program, with its clock fixed at [`NOW`].
pub(crate) fn start(restaurant: &Restaurant) -> Api {
    start_at(restaurant, NOW)
}

/// The program, with these settings beside those of its database. It keeps no answers unless it is told to: most tests
/// write rows behind its back.
pub(crate) fn start_with(restaurant: &Restaurant, settings: &[(&str, &str)]) -> Api {
    let kept_apart = [("SERVER__CACHE_MIB", "0"), ("SERVER__REFRESH", "1m")];
    let own = kept_apart.iter().chain(settings).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Api::start(program(), restaurant.env_for_api().into_iter().chain(own)).unwrap()
}

/// The program as a command, for runs that are to fail.
pub(crate) fn command(restaurant: &Restaurant) -> Batch {
    Batch::new(program()).with(restaurant.env_for_api())
}

/// The body of a path under `/api/admin/analytics`, which must be there.
pub(crate) async fn body(api: &Api, path: &str) -> Value {
    let (status, _, body) = api.get(&format!("/api/admin/analytics{path}")).await.unwrap();
    assert_eq!(status, 200, "{path}: {body}\n{}", api.log());
    body
}

/// As [`body`], as it came: field order counts.
pub(crate) async fn text(api: &Api, path: &str) -> String {
    let (status, _, body) = api.get_text(&format!("/api/admin/analytics{path}")).await.unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// One field of each element of a list.
pub(crate) fn column<'a>(list: &'a Value, field: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().map(|element| &element[field]).collect()
}

/// The program's log, once it holds this text: it comes through a pipe, and so after the answer.
pub(crate) async fn log_with(api: &Api, text: &str) -> String {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        let log = api.log();
        if log.contains(text) {
            return log;
        }
        assert!(Instant::now() < give_up, "{text:?} was not logged:\n{log}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a query of the API's user waits for a locked table.
pub(crate) async fn until_blocked(restaurant: &Restaurant) {
    let user = restaurant.user("analytics_api");
    let sessions = Engine::from_environment().unwrap().processlist();
    let waiting =
        format!("SELECT COUNT(*) FROM {sessions} WHERE user = '{user}' AND state LIKE 'Waiting for%'");
    let give_up = Instant::now() + Duration::from_secs(20);
    while restaurant.query(Database::Analytics, &waiting).await.unwrap()[0][0].as_deref() == Some("0") {
        assert!(Instant::now() < give_up, "the request never came to the table");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
