//! Days that somebody should look at: a run says so in every way that it has, and does not fail. The restaurant is in
//! UTC from midnight; what was forecast is written by hand, so that what is far from it can be told by hand.

use sandbox::databases::{Database, OrderRow};
use serde_json::json;

use crate::support::Kitchen;

/// Just after 20 January.
const NOW: &str = "2024-01-21T03:00:00Z";

const FOUND: &str = "SELECT date, forecast_type, reason, actual, forecast, lower_95, upper_95, run_id
                     FROM suspicions ORDER BY run_id, date, forecast_type";

/// Ten orders of 10.00 a day from the 1st to the 20th, but one on the 18th and none on the 19th.
async fn kitchen(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await;
    let days = (1..=20).filter(|day| *day != 19);
    let orders: Vec<OrderRow> = days
        .flat_map(|day| (0..if day == 18 { 1 } else { 10 }).map(move |nth| (day, nth)))
        .zip(1..)
        .map(|((day, nth), id)| {
            OrderRow::served(id, &format!("2024-01-{day:02} {:02}:00:00", 10 + nth), "10.00")
        })
        .collect();
    kitchen.restaurant.insert(&orders, &[]).await.unwrap();
    kitchen.run_at(NOW, &["migrate"], 0);
    kitchen
}

/// A forecast of ten orders, 7 to 13 at 95 %, and of the same times ten in revenue, made the night before.
async fn forecast(kitchen: &Kitchen, date: &str) {
    analytics(kitchen, &said(date, "daily_orders", 10, "10, 7, 13", "1")).await;
    analytics(kitchen, &said(date, "daily_revenue", 10, "100, 70, 130", "1")).await;
}

fn said(date: &str, figure: &str, hour: u8, values: &str, horizon: &str) -> String {
    format!(
        "INSERT INTO forecast_history (forecast_type, forecast_date, origin, horizon, model, generated_at,
                                       forecast_value, lower_95, upper_95)
         VALUES ('{figure}', '{date}', '{date}' - INTERVAL {horizon} DAY, {horizon}, 'hand',
                 '{date} {hour:02}:00:00' - INTERVAL {horizon} - 1 DAY, {values})"
    )
}

async fn analytics(kitchen: &Kitchen, script: &str) {
    kitchen.restaurant.run(Database::Analytics, script).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn days_far_from_their_forecasts_are_told_of_once_and_fail_nothing() {
    let kitchen = kitchen("odd").await;
    for date in ["2024-01-17", "2024-01-18", "2024-01-19", "2024-01-20"] {
        forecast(&kitchen, date).await;
    }
    let finished = kitchen.run_at(NOW, &["--format", "json"], 0);
    // 10 of 10 are as expected; 1 is under 7 × 7 / 10. Without orders the revenue is not worth a word.
    assert_eq!(
        kitchen.published(FOUND).await,
        [
            "2024-01-18|daily_orders|far_below|1.00|10.00|7.00|13.00|1",
            "2024-01-18|daily_revenue|far_below|10.00|100.00|70.00|130.00|1",
            "2024-01-19|daily_orders|nothing|0.00|10.00|7.00|13.00|1",
        ]
    );
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!((&report["outcome"], &report["problems"]), (&json!("succeeded"), &json!([])));
    assert_eq!(
        report["suspicions"][2],
        json!({"date": "2024-01-19", "forecast_type": "daily_orders", "reason": "nothing", "actual": "0.00",
               "forecast_value": "10.00", "lower_95": "7.00", "upper_95": "13.00"})
    );
    let told = "daily_orders of 2024-01-19 came to 0.00, far from the 10.00 that were forecast (7.00 to 13.00 at 95 %)";
    let warned = finished.stderr.lines().find(|line| line.contains(told)).unwrap();
    assert!(warned.contains("WARN") && warned.contains("calendar import"), "{warned}");

    // A night later it is known, and the day has not changed.
    let finished = kitchen.run_at("2024-01-21T04:00:00Z", &[], 0);
    assert!(!finished.stdout.contains("Suspicious"), "{}", finished.stdout);
    // Nine more orders of 400.00 turn up: the orders are in order, and the revenue is above 100 + 3 × 30.
    let late: Vec<_> =
        (0..9).map(|nth| OrderRow::served(500 + nth, "2024-01-18 20:00:00", "400.00")).collect();
    kitchen.restaurant.insert(&late, &[]).await.unwrap();
    let finished = kitchen.run_at("2024-01-21T05:00:00Z", &[], 0);
    let told = "Suspicious: daily_revenue of 2024-01-18 came to 3610.00, far from the 100.00 that were forecast \
                (70.00 to 130.00 at 95 %).";
    assert_eq!(
        finished.stdout.lines().filter(|line| line.starts_with("Suspicious")).collect::<Vec<_>>(),
        [told]
    );
    assert_eq!(
        kitchen.published("SELECT run_id, COUNT(*) FROM suspicions GROUP BY run_id").await,
        ["1|3", "3|1"]
    );
}

/// A closure, a holiday and an event explain what an opening out of habit does not; neither does a forecast that was
/// made when the day was over.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_explained_or_was_never_forecast_is_not_suspicious() {
    for (effect, found) in [("closed", 0), ("event", 0), ("open", 1)] {
        let kitchen = kitchen("explained").await;
        forecast(&kitchen, "2024-01-19").await;
        let special = format!("INSERT INTO special_days VALUES ('2024-01-19', 'fair', '', '{effect}')");
        analytics(&kitchen, &special).await;
        kitchen.run_at(NOW, &[], 0);
        assert_eq!(kitchen.published(FOUND).await.len(), found, "{effect}");
    }
    let kitchen = kitchen("unsaid").await;
    let late = said("2024-01-19", "daily_orders", 10, "10, 7, 13", "1")
        .replace("- INTERVAL 1 - 1 DAY", "+ INTERVAL 1 DAY");
    analytics(&kitchen, &late).await;
    kitchen.run_at(NOW, &[], 0);
    assert!(kitchen.published(FOUND).await.is_empty());
}

/// The forecast of a week before expected the restaurant to be open, and that of the night before knew better.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_forecast_counts() {
    let kitchen = kitchen("last").await;
    analytics(&kitchen, &said("2024-01-19", "daily_orders", 10, "10, 7, 13", "7")).await;
    analytics(&kitchen, &said("2024-01-19", "daily_orders", 10, "0, 0, 0", "1")).await;
    kitchen.run_at(NOW, &[], 0);
    assert!(kitchen.published(FOUND).await.is_empty());
}

/// The days are published and the forecast is made; the ledger and the exit code say what is not done, and the next
/// run does it.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_judged_is_by_the_next_run() {
    let kitchen = kitchen("later").await;
    forecast(&kitchen, "2024-01-19").await;
    let trigger = "CREATE TRIGGER no_words BEFORE INSERT ON suspicions FOR EACH ROW
                   SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no words'";
    analytics(&kitchen, trigger).await;
    kitchen.run_at(NOW, &[], 70);
    let standing = "SELECT (SELECT COUNT(*) FROM published_days), (SELECT SUM(judged) FROM published_days),
                           forecast_origin FROM publication";
    assert_eq!(kitchen.published(standing).await, ["20|0|2024-01-20"]);
    analytics(&kitchen, "DROP TRIGGER no_words").await;
    kitchen.run_at("2024-01-21T04:00:00Z", &[], 0);
    assert_eq!(kitchen.published(FOUND).await, ["2024-01-19|daily_orders|nothing|0.00|10.00|7.00|13.00|2"]);
    assert_eq!(kitchen.published(standing).await, ["20|20|2024-01-20"]);
}
