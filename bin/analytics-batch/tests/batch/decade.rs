//! What `sandbox bench-api --cold` fills the tables with fits them as they are now: here for eight days.

use chrono::Days;
use sandbox::databases::Source;
use sandbox::decade::{LAST, fill_analytics, fill_orders, now};

use crate::support::Kitchen;

#[tokio::test]
async fn the_ten_years_of_the_bench_fit_the_tables() {
    let kitchen = Kitchen::with("decade", &Source::default()).await.set("ANALYTICS__TIMEZONE", "UTC");
    let first = LAST - Days::new(7);
    fill_orders(&kitchen.restaurant, first).await.unwrap();
    kitchen.run_at(&now(), &[], 0);
    fill_analytics(&kitchen.restaurant, first).await.unwrap();

    // A day 300 items, and 30 scores of revenue and of orders and 7 of the hours; a night 228 forecasts (60 and 24 hours
    // of 7 days) and 7 of the old service's, but for the last night, of which the batch's own runs forecast nothing yet;
    // a run, two days revised and one suspicious.
    let expected = [
        ("published_days WHERE scored AND judged", 8),
        ("item_sales", 8 * 300),
        ("item_sales_rollups WHERE unit = 'year'", 300),
        ("forecast_accuracy", 8 * 67),
        ("forecast_history", 7 * (228 + 7)),
        ("runs", 8 + 1),
        ("revisions", 8 * 2),
        ("suspicions", 8),
    ];
    for (rows, count) in expected {
        let found = kitchen.published(&format!("SELECT COUNT(*) FROM {rows}")).await;
        assert_eq!(found, [count.to_string()], "{rows}");
    }
}
