//! `/forecast/accuracy`, and what the forecasts say of themselves. Measures are worked by hand from the rows.

use sandbox::databases::Restaurant;
use serde_json::{Value, json};

use crate::support::{body, column, opened, publish, run, start, text};

/// Four days, of which the 20th is not published, and the 19th has changed since it was scored.
async fn restaurant() -> Restaurant {
    let restaurant = opened("accuracy").await;
    publish(&restaurant, &["2026-11-18", "2026-11-19", "2026-11-21"]).await;
    run(
        &restaurant,
        "UPDATE published_days SET scored = date <> '2026-11-19';
         INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value) VALUES
         ('2026-11-18', 100.00, 12, 8.33), ('2026-11-19', 250.00, 20, 12.50), ('2026-11-21', 300.00, 30, 10.00);
         INSERT INTO forecast_accuracy (date, forecast_type, horizon, origin, model, actual, forecast,
             lower_80, upper_80, lower_95, upper_95, naive, absolute_error, naive_error, intervals, inside_80, inside_95)
         VALUES
         ('2026-11-18', 'daily_revenue', 1, '2026-11-17', 'ets', 100, 120, 105.5, 140, 90, 160, 90, 20, 10, 1, 0, 1),
         ('2026-11-19', 'daily_revenue', 1, '2026-11-18', 'ets', 999, 1, 1, 1, 1, 1, 1, 998, 998, 1, 0, 0),
         ('2026-11-21', 'daily_revenue', 1, '2026-11-20', 'theta', 300, 270, 200, 330, 150, 400, NULL, 30, NULL, 1, 1, 1),
         ('2026-11-18', 'daily_revenue', 2, '2026-11-16', 'ets', -100, 50, NULL, NULL, NULL, NULL, -80, 150, 20, 0, 0, 0),
         ('2026-11-21', 'daily_revenue', 2, '2026-11-19', 'ets', 300, 330, NULL, NULL, NULL, NULL, 310, 30, 10, 0, 0, 0),
         ('2026-11-21', 'daily_revenue', 7, '2026-11-14', 'ets', 300, 0, 0, 0, 0, 0, 200, 300, 100, 0, 0, 0),
         ('2026-11-21', 'daily_revenue', 30, '2026-10-22', 'ets', 300, 300, NULL, NULL, NULL, NULL, 300, 0, 0, 0, 0, 0),
         ('2026-11-18', 'hourly_orders', 1, '2026-11-17', 'ets', 12, 15, NULL, NULL, NULL, NULL, 12, 7, 6, 9, 7, 9)",
    )
    .await;
    restaurant
}

#[tokio::test]
async fn measures_are_sums_over_the_days_by_horizon() {
    let api = start(&restaurant().await);
    let body = body(&api, "/forecast/accuracy?days=4").await;
    let figures = &body["accuracy"];
    assert_eq!(column(figures, "forecast_type"), ["daily_revenue", "daily_orders", "hourly_orders"]);
    // WAPE (20+30)/400, bias (390−400)/400; MASE 20/10: of the 21st nobody knows what naive would have said. Two days
    // before, where more was given back than sold on one: (150+30)/(100+300), (380−200)/200 and 180/30.
    assert_eq!(
        figures[0]["horizons"],
        json!([
            {"horizon": 1, "days": 2, "wape": 0.125, "bias": -0.025, "mase": 2.0, "coverage_80": 0.5, "coverage_95": 1.0},
            {"horizon": 2, "days": 2, "wape": 0.45, "bias": 0.9, "mase": 6.0, "coverage_80": null, "coverage_95": null},
            {"horizon": 7, "days": 1, "wape": 1.0, "bias": -1.0, "mase": 3.0, "coverage_80": null, "coverage_95": null},
            {"horizon": 30, "days": 1, "wape": 0.0, "bias": 0.0, "mase": null, "coverage_80": null, "coverage_95": null},
        ])
    );
    assert_eq!(figures[1]["horizons"], json!([]));
    // 7/12, 3/12, 7/6 and 7/9, to four places.
    assert_eq!(
        figures[2]["horizons"],
        json!([{"horizon": 1, "days": 1, "wape": 0.5833, "bias": 0.25, "mase": 1.1667, "coverage_80": 0.7778, "coverage_95": 1.0}])
    );
}

#[tokio::test]
async fn each_day_shows_what_was_said_the_night_and_the_week_before() {
    let api = start(&restaurant().await);
    let body = body(&api, "/forecast/accuracy?days=4").await;
    let revenue = &body["accuracy"][0]["days"];
    assert_eq!(column(revenue, "date"), ["2026-11-18", "2026-11-19", "2026-11-21"]);
    assert_eq!(column(revenue, "actual"), ["100.00", "250.00", "300.00"]);
    assert_eq!(
        revenue[0]["horizon_1"],
        json!({"forecast_value": "120.00", "lower_80": "105.50", "upper_80": "140.00", "lower_95": "90.00",
               "upper_95": "160.00", "model": "ets", "origin": "2026-11-17"})
    );
    assert_eq!(column(revenue, "horizon_1")[1], &Value::Null, "of figures that stand no more");
    assert_eq!(revenue[2]["horizon_1"]["forecast_value"], "270.00");
    assert_eq!(revenue[2]["horizon_7"]["upper_95"], "0.00");
    assert_eq!(column(revenue, "horizon_7")[..2], [&Value::Null, &Value::Null]);
    let hours = &body["accuracy"][2]["days"];
    assert_eq!(column(hours, "actual"), ["12.00", "20.00", "30.00"]);
    assert_eq!(hours[0]["horizon_1"]["forecast_value"], "15.00");
    assert_eq!(hours[0]["horizon_1"]["lower_80"], Value::Null);
    assert_eq!((&body["total_days"], &body["meta"]["missing_dates"]), (&json!(3), &json!(["2026-11-20"])));
}

#[tokio::test]
async fn days_are_those_up_to_the_last_published_one() {
    let api = start(&restaurant().await);
    let one = body(&api, "/forecast/accuracy?days=1").await;
    assert_eq!(column(&one["accuracy"][0]["days"], "date"), ["2026-11-21"]);
    assert_eq!(one["accuracy"][0]["horizons"][0]["days"], 1);
    assert_eq!(body(&api, "/forecast/accuracy").await["total_days"], 3);
    assert_eq!(body(&api, "/forecast/accuracy?days=366").await["total_days"], 3);
}

#[tokio::test]
async fn before_anything_is_published_there_is_nothing_to_judge() {
    let api = start(&crate::support::migrated("fresh").await);
    let text = text(&api, "/forecast/accuracy").await;
    assert!(
        text.starts_with(
            "{\"accuracy\":[{\"forecast_type\":\"daily_revenue\",\"horizons\":[],\"days\":[]},\
             {\"forecast_type\":\"daily_orders\",\"horizons\":[],\"days\":[]},\
             {\"forecast_type\":\"hourly_orders\",\"horizons\":[],\"days\":[]}],\"total_days\":0,\"meta\":{"
        ),
        "{text}"
    );
    let daily = body(&api, "/forecast/daily").await;
    for field in ["model", "stage", "stage_reason", "recent_accuracy"] {
        assert_eq!(daily[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn forecasts_name_their_model_and_its_recent_error() {
    let restaurant = restaurant().await;
    run(
        &restaurant,
        "UPDATE publication SET forecast_origin = '2026-11-21', forecast_stage = 'provisional',
             forecast_reason = '20 days since the first open day, full from 56';
         INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, origin, horizon, model) VALUES
         ('daily_revenue', 500, '2026-11-22', '2026-11-21', 1, 'combination'),
         ('hourly_13', 5, '2026-11-22', '2026-11-21', 1, 'weekday_level')",
    )
    .await;
    let api = start(&restaurant);
    let daily = body(&api, "/forecast/daily").await;
    assert_eq!(daily["model"], "combination");
    assert_eq!(daily["stage"], "provisional");
    assert_eq!(daily["stage_reason"], "20 days since the first open day, full from 56");
    assert_eq!(
        daily["recent_accuracy"],
        json!({"horizon": 1, "days": 2, "wape": 0.125, "bias": -0.025, "mase": 2.0, "coverage_80": 0.5, "coverage_95": 1.0})
    );
    let hourly = body(&api, "/forecast/hourly").await;
    assert_eq!((&hourly["model"], &hourly["stage"]), (&json!("weekday_level"), &json!("provisional")));
    assert_eq!(hourly["recent_accuracy"]["wape"], 0.5833);
}

#[tokio::test]
async fn too_little_history_is_said_with_the_reason() {
    let restaurant = opened("young").await;
    run(
        &restaurant,
        "UPDATE publication SET forecast_stage = 'none', forecast_reason = 'no day is published yet'",
    )
    .await;
    let daily = body(&start(&restaurant), "/forecast/daily").await;
    assert_eq!((&daily["total_forecasts"], &daily["model"]), (&json!(0), &Value::Null));
    assert_eq!(
        (&daily["stage"], &daily["stage_reason"]),
        (&json!("none"), &json!("no day is published yet"))
    );
}
