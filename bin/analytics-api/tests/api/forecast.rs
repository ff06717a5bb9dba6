//! `/forecast/daily` and `/forecast/hourly`.

use std::fmt::Write as _;

use sandbox::databases::Restaurant;
use serde_json::{Value, json};

use crate::support::{body, column, opened, run, start, start_at, text};

/// Issued on two nights, the 20th and the 21st; the day before each figure's horizon tells which.
async fn restaurant() -> Restaurant {
    let restaurant = opened("forecast").await;
    run(
        &restaurant,
        "UPDATE publication SET forecast_origin = '2026-11-21';
         INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, origin, horizon, model,
                                       lower_80, upper_80, lower_95, upper_95) VALUES
         ('daily_revenue', 2022.20, '2026-11-22', '2026-11-20', 2, 'old_night', NULL, NULL, NULL, NULL),
         ('daily_revenue', 1022.50, '2026-11-22', '2026-11-21', 1, 'weekday_level', 900, 1150.5, 800.25, 1300),
         ('daily_orders', 55.50, '2026-11-22', '2026-11-21', 1, 'weekday_level', NULL, NULL, NULL, NULL),
         ('daily_revenue', 1024.50, '2026-11-24', '2026-11-21', 3, 'weekday_level', NULL, NULL, NULL, NULL),
         ('daily_revenue', 0.00, '2026-11-23', '2026-11-21', 2, 'weekday_level', 0, 0, 0, 0);
         INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date) VALUES
         ('daily_revenue', 9999.99, '2026-11-22'), ('daily_revenue', 9999.99, '2026-11-25')",
    )
    .await;
    restaurant
}

/// 24 hourly forecasts for each of the days, worth the day of the month and, behind the point, the hour.
async fn insert_hours(restaurant: &Restaurant, origin: &str, days: &[&str]) {
    let mut insert = format!(
        "UPDATE publication SET forecast_origin = '{origin}'; INSERT INTO forecast_history \
         (forecast_type, forecast_value, forecast_date, origin, horizon, model, lower_80, upper_80) VALUES "
    );
    for (at, day) in days.iter().enumerate() {
        for hour in 0..24 {
            let comma = if at + hour == 0 { "" } else { ", " };
            let value = format!("{}.{hour:02}", &day[8..]);
            let horizon = at + 1;
            write!(
                insert,
                "{comma}('hourly_{hour:02}', {value}, '{day}', '{origin}', {horizon}, 'profile', 0, 99.5)"
            )
            .unwrap();
        }
    }
    run(restaurant, &insert).await;
}

/// The business days and hours of an answer, in its order.
fn slots(body: &Value) -> Vec<(String, u64)> {
    let slot =
        |row: &Value| (row["forecast_date"].as_str().unwrap().to_owned(), row["hour"].as_u64().unwrap());
    body["forecasts"].as_array().unwrap().iter().map(slot).collect()
}

fn days_and_hours(parts: &[(&str, &[u64])]) -> Vec<(String, u64)> {
    parts.iter().flat_map(|(day, hours)| hours.iter().map(|hour| ((*day).to_owned(), *hour))).collect()
}

#[tokio::test]
async fn the_newest_night_speaks_for_the_days_to_come() {
    let api = start(&restaurant().await);
    let text = text(&api, "/forecast/daily?limit=2").await;
    assert!(
        text.starts_with(
            "{\"forecasts\":[\
             {\"forecast_date\":\"2026-11-22\",\"forecast_value\":\"1022.50\",\"forecast_type\":\"daily_revenue\",\
             \"lower_80\":\"900.00\",\"upper_80\":\"1150.50\",\"lower_95\":\"800.25\",\"upper_95\":\"1300.00\",\
             \"horizon\":1,\"model\":\"weekday_level\"},\
             {\"forecast_date\":\"2026-11-23\",\"forecast_value\":\"0.00\",\"forecast_type\":\"daily_revenue\",\
             \"lower_80\":\"0.00\",\"upper_80\":\"0.00\",\"lower_95\":\"0.00\",\"upper_95\":\"0.00\",\
             \"horizon\":2,\"model\":\"weekday_level\"}],\
             \"total_forecasts\":2,\"forecast_origin\":\"2026-11-21\",\"model\":\"weekday_level\",\"stage\":null,\
             \"stage_reason\":null,\"recent_accuracy\":null,\"meta\":{\"as_of\":"
        ),
        "{text}"
    );
    let all = body(&api, "/forecast/daily").await;
    assert_eq!(column(&all["forecasts"], "forecast_value"), ["1022.50", "0.00", "1024.50"]);
    assert_eq!(all["forecasts"][2]["lower_95"], Value::Null);
}

#[tokio::test]
async fn seven_days_are_the_default_and_thirty_the_most() {
    let restaurant = opened("thirty").await;
    let days: Vec<String> = (1..=30)
        .map(|day| format!("('daily_revenue', {day}, '2026-12-{day:02}', '2026-11-30', {day}, 'm')"))
        .collect();
    let columns = "forecast_type, forecast_value, forecast_date, origin, horizon, model";
    let script = format!(
        "UPDATE publication SET forecast_origin = '2026-11-30';
         INSERT INTO forecast_history ({columns}) VALUES {}",
        days.join(",")
    );
    run(&restaurant, &script).await;
    let api = start(&restaurant);
    assert_eq!(body(&api, "/forecast/daily").await["total_forecasts"], 7);
    assert_eq!(body(&api, "/forecast/daily?limit=30").await["total_forecasts"], 30);
}

#[tokio::test]
async fn a_day_is_to_come_until_its_end() {
    let restaurant = restaurant().await;
    // The 22nd ends at 04:00 in Paris, which is 03:00 UTC.
    let before = body(&start_at(&restaurant, "2026-11-23T02:59:59Z"), "/forecast/daily").await;
    assert_eq!(column(&before["forecasts"], "forecast_date"), ["2026-11-22", "2026-11-23", "2026-11-24"]);
    let after = body(&start_at(&restaurant, "2026-11-23T03:00:00Z"), "/forecast/daily").await;
    assert_eq!(column(&after["forecasts"], "forecast_date"), ["2026-11-23", "2026-11-24"]);
}

#[tokio::test]
async fn adopted_forecasts_are_served_once_a_date_and_only_before_the_first_of_ours() {
    let restaurant = crate::support::migrated("adopted").await;
    run(&restaurant, sandbox::old_service::ROWS).await;
    let now = "2026-01-13T09:00:00Z";
    let daily = body(&start_at(&restaurant, now), "/forecast/daily").await;
    assert_eq!(column(&daily["forecasts"], "forecast_date"), ["2026-01-13", "2026-01-14"]);
    assert_eq!(column(&daily["forecasts"], "forecast_value"), ["1060.00", "1100.00"]);
    assert_eq!(column(&daily["forecasts"], "model"), [&Value::Null, &Value::Null]);
    assert_eq!(daily["forecast_origin"], Value::Null);
    let hourly = body(&start_at(&restaurant, now), "/forecast/hourly?forecast_date=2026-01-13").await;
    assert_eq!(slots(&hourly), days_and_hours(&[("2026-01-13", &[12])]));
    assert_eq!(hourly["forecasts"][0]["forecast_value"], "22.50");

    // One daily forecast of ours, far away, silences the daily ones of the old service, and not its hourly ones.
    let ours =
        "INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, origin, horizon, model)
                VALUES ('daily_revenue', 1, '2026-02-01', '2026-01-12', 20, 'm');
                UPDATE publication SET forecast_origin = '2026-01-12'";
    run(&restaurant, ours).await;
    let api = start_at(&restaurant, now);
    let daily = body(&api, "/forecast/daily").await;
    assert_eq!(column(&daily["forecasts"], "forecast_date"), ["2026-02-01"]);
    let hourly = body(&api, "/forecast/hourly?forecast_date=2026-01-13").await;
    assert_eq!(hourly["total_forecasts"], 1);
    run(&restaurant, "UPDATE forecast_history SET forecast_date = '2026-01-01' WHERE origin IS NOT NULL")
        .await;
    assert_eq!(body(&api, "/forecast/daily").await["total_forecasts"], 0);
}

#[tokio::test]
async fn hourly_starts_with_the_hour_in_progress() {
    let restaurant = opened("hours").await;
    insert_hours(&restaurant, "2026-11-21", &["2026-11-22", "2026-11-23"]).await;
    let api = start(&restaurant);
    let body = body(&api, "/forecast/hourly").await;
    // 13:00 in Paris; the business day ends with its hours 0 to 3, which the next day's wall clock shows.
    assert_eq!(
        slots(&body),
        days_and_hours(&[
            ("2026-11-22", &[13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3]),
            ("2026-11-23", &[4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ])
    );
    assert_eq!(body["total_forecasts"], 24);
    assert_eq!(
        text(&api, "/forecast/hourly").await.split_once("},").unwrap().0,
        "{\"forecasts\":[{\"hour\":13,\"forecast_value\":\"22.13\",\"forecast_date\":\"2026-11-22\",\
         \"lower_80\":\"0.00\",\"upper_80\":\"99.50\",\"lower_95\":null,\"upper_95\":null,\
         \"horizon\":1,\"model\":\"profile\""
    );
}

#[tokio::test]
async fn hourly_of_a_day_is_by_hour() {
    let restaurant = opened("day").await;
    insert_hours(&restaurant, "2026-11-21", &["2026-11-22", "2026-11-23"]).await;
    let api = start(&restaurant);
    let day = body(&api, "/forecast/hourly?forecast_date=2026-11-23").await;
    let hours: Vec<u64> = (0..24).collect();
    assert_eq!(slots(&day), days_and_hours(&[("2026-11-23", &hours)]));
    assert_eq!(day["forecasts"][7]["forecast_value"], "23.07");
    // A day that nobody has forecast.
    assert_eq!(body(&api, "/forecast/hourly?forecast_date=2027-01-01").await["total_forecasts"], 0);
}

#[tokio::test]
async fn hourly_keeps_to_the_business_day_where_clocks_change() {
    let restaurant = opened("clocks").await;
    // 01:30 on the morning when 02:00 becomes 03:00: hour 1 of the business day of the 28th, which has an hour 2 all
    // the same.
    insert_hours(&restaurant, "2026-03-27", &["2026-03-28", "2026-03-29"]).await;
    let spring = body(&start_at(&restaurant, "2026-03-29T00:30:00Z"), "/forecast/hourly").await;
    let next: Vec<u64> = (4..24).chain([0]).collect();
    assert_eq!(slots(&spring), days_and_hours(&[("2026-03-28", &[1, 2, 3]), ("2026-03-29", &next)]));

    // 02:30 for the second time on the morning when 03:00 becomes 02:00.
    insert_hours(&restaurant, "2026-10-23", &["2026-10-24", "2026-10-25"]).await;
    let autumn = body(&start_at(&restaurant, "2026-10-25T01:30:00Z"), "/forecast/hourly").await;
    let next: Vec<u64> = (4..24).chain([0, 1]).collect();
    assert_eq!(slots(&autumn), days_and_hours(&[("2026-10-24", &[2, 3]), ("2026-10-25", &next)]));
}

#[tokio::test]
async fn hourly_is_right_to_the_minute_in_a_45_minute_zone() {
    let restaurant = opened("kathmandu").await;
    run(&restaurant, "UPDATE publication SET timezone = 'Asia/Kathmandu', day_start = '00:00:00'").await;
    insert_hours(&restaurant, "2026-11-21", &["2026-11-22", "2026-11-23"]).await;
    // UTC+05:45: midnight is at 18:15 UTC.
    let before = body(&start_at(&restaurant, "2026-11-22T18:14:59Z"), "/forecast/hourly").await;
    let to_22: Vec<u64> = (0..23).collect();
    assert_eq!(slots(&before), days_and_hours(&[("2026-11-22", &[23]), ("2026-11-23", &to_22)]));
    let after = body(&start_at(&restaurant, "2026-11-22T18:15:00Z"), "/forecast/hourly").await;
    let all: Vec<u64> = (0..24).collect();
    assert_eq!(slots(&after), days_and_hours(&[("2026-11-23", &all)]));
    assert_eq!(after["meta"]["timezone"], json!("Asia/Kathmandu"));
}
