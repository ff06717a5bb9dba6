//! `/hourly`.

use std::fmt::Write as _;

use sandbox::databases::Restaurant;
use serde_json::json;

use crate::support::{body, column, opened, publish, run, start, text};

/// The 20th is published, with h orders of 1.50 in each hour h; of the 14th the old service left two hours.
async fn restaurant() -> Restaurant {
    let restaurant = opened("hourly").await;
    let mut insert = "INSERT INTO hourly_order_cache (date, hour, order_count, revenue) VALUES \
                      ('2026-11-14', 19, 36, NULL), ('2026-11-14', 12, NULL, NULL)"
        .to_owned();
    for hour in 0..24 {
        write!(insert, ", ('2026-11-20', {hour}, {hour}, {hour} * 1.5)").unwrap();
    }
    run(&restaurant, &insert).await;
    publish(&restaurant, &["2026-11-20"]).await;
    restaurant
}

#[tokio::test]
async fn seven_days_to_the_last_published_one_are_the_default() {
    let api = start(&restaurant().await);
    let body = body(&api, "/hourly").await;
    assert_eq!(body["total_records"], 26);
    let rows = &body["hourly_data"];
    assert_eq!(rows[0], json!({"date": "2026-11-14", "hour": 12, "order_count": 0, "revenue": null}));
    assert_eq!(rows[1], json!({"date": "2026-11-14", "hour": 19, "order_count": 36, "revenue": null}));
    assert_eq!(rows[2], json!({"date": "2026-11-20", "hour": 0, "order_count": 0, "revenue": "0.00"}));
    assert_eq!(rows[25], json!({"date": "2026-11-20", "hour": 23, "order_count": 23, "revenue": "34.50"}));
    assert_eq!(column(rows, "hour")[2..], (0..24).collect::<Vec<i32>>());
    assert_eq!(
        body["meta"]["missing_dates"],
        json!(["2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"])
    );
}

#[tokio::test]
async fn the_target_is_the_last_day_and_counts() {
    let api = start(&restaurant().await);
    let text = text(&api, "/hourly?days_back=1&target_date=2026-11-14").await;
    assert!(
        text.starts_with(
            "{\"hourly_data\":[{\"date\":\"2026-11-14\",\"hour\":12,\"order_count\":0,\"revenue\":null},\
             {\"date\":\"2026-11-14\",\"hour\":19,\"order_count\":36,\"revenue\":null}],\
             \"total_records\":2,\"meta\":{\"as_of\""
        ),
        "{text}"
    );
    assert_eq!(body(&api, "/hourly?days_back=1").await["total_records"], 24);
    let week = body(&api, "/hourly?days_back=92&target_date=2026-11-20").await;
    assert_eq!(week["total_records"], 26);
}

#[tokio::test]
async fn missing_are_ended_days_from_the_first_one_stored_on() {
    let api = start(&restaurant().await);
    let missing = async |query: &str| body(&api, query).await["meta"]["missing_dates"].clone();
    assert_eq!(missing("/hourly?target_date=2026-11-22&days_back=3").await, json!(["2026-11-21"]));
    assert_eq!(missing("/hourly?target_date=2026-11-15&days_back=30").await, json!(["2026-11-15"]));
    assert!(missing("/hourly?target_date=2026-11-13&days_back=7").await.is_null());
    assert!(missing("/hourly?days_back=1").await.is_null());
}

#[tokio::test]
async fn before_the_first_publication_the_days_of_the_old_service_are_shown() {
    let restaurant = crate::support::migrated("old_hours").await;
    run(&restaurant, sandbox::old_service::ROWS).await;
    let body = body(&start(&restaurant), "/hourly").await;
    assert_eq!(
        column(&body["hourly_data"], "date"),
        ["2026-01-10", "2026-01-10", "2026-01-12", "2026-01-12"]
    );
    assert_eq!(column(&body["hourly_data"], "order_count"), [25, 36, 20, 30]);
}

/// The 6th, 13th and 20th are Fridays.
#[tokio::test]
async fn an_hour_of_the_week_is_told_by_what_is_usual() {
    let restaurant = opened("heat").await;
    run(
        &restaurant,
        "INSERT INTO hourly_order_cache (date, hour, order_count, revenue) VALUES
         ('2026-10-16', 19, 100, 1000.00), ('2026-11-06', 19, 10, 150.00), ('2026-11-13', 19, 3, 20.05),
         ('2026-11-20', 19, 1, 10.00), ('2026-11-16', 2, 4, NULL), ('2026-11-16', 1, 0, 0)",
    )
    .await;
    publish(&restaurant, &["2026-10-16", "2026-11-06", "2026-11-13", "2026-11-16", "2026-11-20"]).await;
    let api = start(&restaurant);
    // Four weeks unless told otherwise: the Friday of October is left out. 180.05 / 3 = 60.0166…
    let heat_map = body(&api, "/hourly?group_by=weekday_hour").await;
    assert_eq!(
        heat_map["hours_of_the_week"],
        json!([
            {"weekday": "monday", "hour": 1, "average_orders": 0.0, "median_orders": 0.0, "average_revenue": "0.00", "days_counted": 1},
            {"weekday": "monday", "hour": 2, "average_orders": 4.0, "median_orders": 4.0, "average_revenue": null, "days_counted": 1},
            {"weekday": "friday", "hour": 19, "average_orders": 4.67, "median_orders": 3.0, "average_revenue": "60.02", "days_counted": 3}
        ])
    );
    assert_eq!(heat_map["total_records"], 3);
    let longer = body(&api, "/hourly?group_by=weekday_hour&days_back=92").await;
    assert_eq!(longer["hours_of_the_week"][2]["median_orders"], 6.5);
    assert_eq!(body(&api, "/hourly?group_by=hour").await["total_records"], 3);
}
