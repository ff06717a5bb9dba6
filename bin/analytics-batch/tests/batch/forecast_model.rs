//! `FORECASTING__MODEL`: the model that was asked for is served under its name, and what cannot be is said.

use sandbox::databases::OrderRow;

use crate::support::Kitchen;

const DAILY: &str = "SELECT forecast_type, model, MIN(forecast_value), MAX(forecast_value), COUNT(*)
                     FROM forecast_history WHERE forecast_type LIKE 'daily%' GROUP BY 1, 2 ORDER BY 1";

/// An order at noon of each of these days of March 2024, of ten times the day's number.
async fn kitchen(hint: &str, days: impl Iterator<Item = i64>) -> Kitchen {
    let kitchen = Kitchen::new(hint).await;
    let order =
        |day| OrderRow::served(day, &format!("2024-03-{day:02} 12:00:00"), &format!("{}.00", 10 * day));
    kitchen.restaurant.insert(&days.map(order).collect::<Vec<_>>(), &[]).await.unwrap();
    kitchen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_of_the_old_service_is_served_with_its_own_settings() {
    let kitchen = kitchen("old-method", 1..=20).await;
    let kitchen = kitchen.set("FORECASTING__MODEL", "moving_average").set("MOVING_AVERAGE_WINDOW", "3");
    let finished = kitchen.run_at("2024-03-21T00:30:00Z", &[], 0);
    assert!(finished.stdout.contains("30 days of revenue by moving_average, 30 days"), "{}", finished.stdout);
    // (1 · 180 + 2 · 190 + 3 · 200) / 6, and one order a day.
    assert_eq!(
        kitchen.published(DAILY).await,
        ["daily_orders|moving_average|1.00|1.00|30", "daily_revenue|moving_average|193.33|193.33|30"]
    );
    let said = kitchen.run_at("2024-03-21T00:30:00Z", &["check"], 0).stdout;
    assert!(
        said.contains("warning  forecast: by the old service's moving_average, whatever its errors"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_cannot_be_fitted_yet_gives_way_to_naive_and_says_so() {
    // Open on three Fridays: exponential smoothing needs ten open days.
    let kitchen = kitchen("unfit", [1, 8, 15].into_iter()).await.set("FORECASTING__MODEL", "ets");
    let finished = kitchen.run_at("2024-03-16T00:30:00Z", &[], 0);
    assert!(
        finished.stdout.contains("by seasonal_naive, since ets cannot be fitted yet, from 2024-03-15"),
        "{}",
        finished.stdout
    );
    assert!(finished.stderr.contains("FORECASTING__MODEL=ets cannot be fitted"), "{}", finished.stderr);
    let models = kitchen.published("SELECT DISTINCT model FROM forecast_history").await;
    assert_eq!(models, ["seasonal_naive"]);
}
