//! `backtest` over the published days says what the nightly run would have issued, and only reads.

use std::fs;

use sandbox::programs::{Batch, Finished};
use tempfile::TempDir;

use crate::book::Book;
use crate::state::everything;
use crate::support::Kitchen;

const FIRST: &str = "2024-01-01";

/// Days up to the night whose forecasts are compared, and up to the end, a week later.
const DAYS: (u64, u64) = (40, 47);

/// The mornings after them.
const MORNINGS: (&str, &str) = ("2024-02-10T01:00:00Z", "2024-02-17T01:00:00Z");

/// The batch with the settings of analytics_db alone.
fn onlooker(kitchen: &Kitchen) -> Batch {
    let settings = kitchen.restaurant.env_for_batch().into_iter();
    Batch::new(env!("CARGO_BIN_EXE_analytics-batch"))
        .with(settings.filter(|(name, _)| name.starts_with("ANALYTICS_DATABASE__")))
}

#[track_caller]
fn backtest(kitchen: &Kitchen, arguments: &[&str], code: i32) -> Finished {
    let finished = onlooker(kitchen).run(&[&["backtest"], arguments].concat()).unwrap();
    assert_eq!(finished.code, Some(code), "{}\n{}", finished.stdout, finished.stderr);
    kitchen.assert_no_secret_in(&finished);
    finished
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fold_is_what_the_night_issued() {
    let kitchen = Kitchen::new("backtest").await;
    let (known, whole) = (Book::of(FIRST, DAYS.0), Book::of(FIRST, DAYS.1));
    known.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(MORNINGS.0, &[], 0);
    // As the file of predictions has them, numbers without trailing zeros.
    let plain = |column: &str| format!("TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {column}))");
    let numbers =
        ["forecast_value", "lower_80", "upper_80", "lower_95", "upper_95"].map(plain).join(", ',', ");
    let issued = kitchen
        .published(&format!(
            "SELECT CONCAT(IF(forecast_type LIKE 'hourly%',
                       CONCAT('hourly_orders,2024-02-09 23:00:00,', forecast_date, ' ', RIGHT(forecast_type, 2), ':00:00'),
                       CONCAT(forecast_type, ',2024-02-09,', forecast_date)), ',', {numbers})
             FROM forecast_history WHERE horizon <= 7 ORDER BY 1"
        ))
        .await;
    assert_eq!(issued.len(), 7 * 26);

    whole.enter(&kitchen.restaurant, &known).await;
    kitchen.run_at(MORNINGS.1, &[], 0);
    let before = everything(&kitchen).await;
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.csv");
    let found =
        backtest(&kitchen, &["--folds", "1", "--format", "json", "--predictions", out.to_str().unwrap()], 0);
    assert_eq!(everything(&kitchen).await, before);

    let text = fs::read_to_string(out).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    // All but the truth and the model.
    let brief: Vec<String> = rows.iter().map(|row| [&row[..3], &row[4..9]].concat().join(",")).collect();
    assert_eq!(brief, issued);
    assert!(rows.iter().all(|row| row[9] == "auto"));

    // The truths are what was published of the week after.
    let truths = |id: &str| -> Vec<f64> {
        rows.iter().filter(|row| row[0] == id).map(|row| row[3].parse().unwrap()).collect()
    };
    let days = kitchen
        .published("SELECT order_count, total_revenue FROM daily_revenue_cache WHERE date > '2024-02-09' ORDER BY date")
        .await;
    let days: Vec<(f64, f64)> = days
        .iter()
        .map(|row| row.split_once('|').unwrap())
        .map(|(orders, revenue)| (orders.parse().unwrap(), revenue.parse().unwrap()))
        .collect();
    assert_eq!(truths("daily_orders"), days.iter().map(|(orders, _)| *orders).collect::<Vec<_>>());
    assert_eq!(truths("daily_revenue"), days.iter().map(|(_, revenue)| *revenue).collect::<Vec<_>>());
    let hours = truths("hourly_orders");
    let by_day: Vec<f64> = hours.chunks(24).map(|hours| hours.iter().sum()).collect();
    assert_eq!(by_day, truths("daily_orders"));

    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let brief = |row: &serde_json::Value| (row["figure"].to_string(), row["points"].to_string());
    let figures: Vec<_> = found["rows"].as_array().unwrap().iter().map(brief).collect();
    let expected = [("daily_orders", 7), ("daily_revenue", 7), ("hourly_orders", 168)];
    assert_eq!(figures, expected.map(|(figure, points)| (format!("\"{figure}\""), points.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_s_lease_is_no_hindrance_and_gaps_are_named() {
    let kitchen = Kitchen::new("backtested").await;
    Book::of(FIRST, DAYS.1).enter(&kitchen.restaurant, &Book::default()).await;
    let nothing = backtest(&kitchen, &[], 65).stderr;
    assert!(nothing.contains("analytics-batch check"), "{nothing}");
    kitchen.run_at(MORNINGS.1, &["migrate"], 0);
    let nothing = backtest(&kitchen, &[], 65).stderr;
    assert!(nothing.contains("no day is published in analytics_db"), "{nothing}");

    kitchen.run_at(MORNINGS.1, &[], 0);
    kitchen
        .published("UPDATE publication SET holder = 'other', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR")
        .await;
    kitchen.published("DELETE FROM published_days WHERE date = '2024-02-08'").await;
    let gap = backtest(&kitchen, &["--folds", "2", "--step", "1", "--model", "seasonal_naive"], 0);
    assert!(gap.stderr.contains("2024-02-08 is not published: no night forecasts from it"), "{}", gap.stderr);
    assert!(gap.stdout.contains("1 fold was skipped"), "{}", gap.stdout);
    let short = backtest(&kitchen, &["--folds", "60", "--step", "1"], 0);
    assert!(short.stderr.contains("too few for 20 of 60 folds"), "{}", short.stderr);
    assert!(short.stderr.contains("2024-01-10 by auto: "), "{}", short.stderr);
}
