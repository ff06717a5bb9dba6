//! `--dry-run` says and does nothing; `--format json` says the same as the text; `--lookback` and `--now`.

use rstest::rstest;
use sandbox::databases::Database;
use sandbox::old_service;

use crate::book::Book;
use crate::state::everything;
use crate::support::Kitchen;

const NOW: &str = "2024-01-17T01:00:00Z";

async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await;
    Book::of("2024-01-01", 16).enter(&kitchen.restaurant, &Book::default()).await;
    kitchen
}

fn json(stdout: &str) -> serde_json::Value {
    serde_json::from_str(stdout).unwrap()
}

/// Not a table is made, nor a lease taken.
#[tokio::test(flavor = "multi_thread")]
async fn on_an_empty_database_it_plans_everything_and_makes_nothing() {
    let kitchen = kitchen("dry").await;
    let finished = kitchen.run_at(NOW, &["--dry-run"], 0);
    let said = "A nightly run would compute every day from the source's first SERVED order to 2024-01-16.";
    assert!(finished.stdout.contains(said), "{}", finished.stdout);
    assert!(finished.stdout.contains("every order, because no run has finished yet"), "{}", finished.stdout);
    assert!(finished.stderr.contains("migrations"), "{}", finished.stderr);
    assert_eq!(everything(&kitchen).await, [""; 0]);

    let report = json(&kitchen.run_at(NOW, &["--dry-run", "--format", "json"], 0).stdout);
    assert_eq!((&report["dry_run"], &report["outcome"]), (&true.into(), &"planned".into()));
    assert_eq!(report["last_day"], "2024-01-16");
    assert!(report["run_id"].is_null() && report["generation"].is_null(), "{report}");
    assert_eq!(everything(&kitchen).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_old_services_tables_it_changes_nothing() {
    let kitchen = kitchen("dryold").await;
    let old = format!("{}{}", old_service::SCHEMA, old_service::ROWS);
    kitchen.restaurant.run(Database::Analytics, &old).await.unwrap();
    let before = everything(&kitchen).await;
    kitchen.run_at(NOW, &["--dry-run"], 0);
    assert_eq!(everything(&kitchen).await, before);
}

#[rstest]
#[case::nightly(&[], "A nightly run would compute 2024-01-10 to 2024-01-17 (8 days).")]
#[case::lookback(&["--lookback", "2"], "A nightly run would compute 2024-01-15 to 2024-01-17 (3 days).")]
#[case::a_day(&["--date", "2024-01-03"], "A range run would compute 2024-01-03.")]
#[case::a_range(&["--from", "2024-01-03", "--to", "2024-01-05"], "A range run would compute 2024-01-03 to 2024-01-05 (3 days).")]
#[case::rebuild(&["--rebuild"], "A rebuild run would compute 2024-01-01 to 2024-01-17 (17 days).")]
#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_a_run_then_does(#[case] arguments: &[&str], #[case] said: &str) {
    let kitchen = kitchen("drysaid").await;
    kitchen.run_at(NOW, &[], 0);
    let later = "2024-01-18T01:00:00Z";
    let before = everything(&kitchen).await;
    let dry = [arguments, &["--dry-run"]].concat();
    let finished = kitchen.run_at(later, &dry, 0);
    assert!(finished.stdout.contains(said), "{}", finished.stdout);
    assert_eq!(everything(&kitchen).await, before);

    let planned = json(&kitchen.run_at(later, &[dry, vec!["--format", "json"]].concat(), 0).stdout);
    let done = json(&kitchen.run_at(later, &[arguments, &["--format", "json"]].concat(), 0).stdout);
    for key in ["kind", "first_day", "last_day", "days_planned", "reading"] {
        assert_eq!(planned[key], done[key], "{key}");
    }
    assert_eq!((&done["dry_run"], &done["outcome"]), (&false.into(), &"succeeded".into()));
}

/// A dry run tells of no problem that the run itself would refuse for.
#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_lease_and_waits_for_none() {
    let kitchen = kitchen("dryheld").await;
    kitchen.run_at(NOW, &["migrate"], 0);
    let held = "UPDATE publication SET holder = 'other', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR";
    kitchen.restaurant.run(Database::Analytics, held).await.unwrap();
    kitchen.run_at(NOW, &["--dry-run"], 0);
    assert_eq!(
        kitchen.published("SELECT holder, COUNT(*) FROM publication GROUP BY holder").await,
        ["other|1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_has_what_the_text_says_and_the_ledger_notes() {
    let kitchen = kitchen("json").await;
    let finished = kitchen.run_at(NOW, &["--format", "json"], 0);
    let report = json(&finished.stdout);
    assert_eq!(finished.stdout.lines().count(), 1);
    assert_eq!((&report["kind"], &report["outcome"]), (&"nightly".into(), &"succeeded".into()));
    assert_eq!((&report["first_day"], &report["last_day"]), (&"2024-01-01".into(), &"2024-01-16".into()));
    assert_eq!((&report["days_planned"], &report["problems"]), (&16.into(), &serde_json::json!([])));
    assert_eq!(report["days_changed"].as_array().unwrap().len(), 16);
    let ledger = kitchen
        .published(
            "SELECT id, first_day, last_day, days_planned, days_changed, orders_read, lines_read, rows_changed,
                    duration_ms, generation, forecast FROM runs",
        )
        .await;
    let text = |key: &str| report[key].as_str().map_or_else(|| report[key].to_string(), str::to_owned);
    let keys = ["run_id", "first_day", "last_day", "days_planned"].map(text).join("|");
    let counts = ["orders_read", "lines_read", "rows_changed", "duration_ms", "generation", "forecast"]
        .map(text)
        .join("|");
    assert_eq!(ledger, [format!("{keys}|16|{counts}")]);

    let again = kitchen.run_at(NOW, &[], 0).stdout;
    let generation = text("generation");
    for said in [
        "Run 2 (nightly) succeeded in ".to_owned(),
        "2024-01-10 to 2024-01-16 (7 days).".to_owned(),
        "Changed 0 rows of 0 days.".to_owned(),
        format!("Published figures are at generation {generation}."),
        "Forecast: ".to_owned(),
    ] {
        assert!(again.contains(&said), "{said}: {again}");
    }
}
