//! Every list as CSV: the same rows as in JSON, read back by the `csv` crate.

use std::collections::BTreeMap;

use csv::Reader;
use reqwest::Client;
use sandbox::programs::Api;
use serde_json::Value;

use crate::docs::restaurant;
use crate::support::{body, run, start};

/// The rows of a list, by column.
type Rows = Vec<BTreeMap<String, String>>;

async fn csv(api: &Api, path: &str) -> Rows {
    let (status, headers, text) = api.get_text(&format!("/api/admin/analytics{path}")).await.unwrap();
    assert_eq!(
        (status, headers["content-type"].to_str().unwrap()),
        (200, "text/csv; charset=utf-8; header=present")
    );
    assert!(text.ends_with("\r\n"), "{text}");
    Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// An element of a JSON list as CSV has it.
fn flat(element: &Value) -> BTreeMap<String, String> {
    let mut columns = BTreeMap::new();
    for (name, value) in element.as_object().unwrap() {
        match value {
            Value::Object(inner) => {
                for (part, value) in inner {
                    columns.insert(format!("{name}_{part}"), cell(value));
                }
            }
            value => {
                columns.insert(name.clone(), cell(value));
            }
        }
    }
    columns
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn has_every_row_and_every_field_of_the_list() {
    let api = start(&restaurant("tables").await);
    for (path, list) in [
        ("/summary?", "daily_summaries"),
        ("/summary?group_by=week", "groups"),
        ("/top-items?", "top_items"),
        ("/top-items?start_date=2026-11-21&compare=previous", "top_items"),
        ("/items/7?", "days"),
        ("/items/7?group_by=month", "groups"),
        ("/dayparts?", "daypart_data"),
        ("/dayparts?group_by=total", "daypart_totals"),
        ("/hourly?target_date=2026-11-17", "hourly_data"),
        ("/hourly?target_date=2026-11-17&group_by=weekday_hour", "hours_of_the_week"),
        ("/forecast/daily?", "forecasts"),
        ("/forecast/hourly?forecast_date=2026-11-22", "forecasts"),
        ("/revisions?", "revisions"),
    ] {
        let rows: Rows = body(&api, path).await[list].as_array().unwrap().iter().map(flat).collect();
        assert!(!rows.is_empty(), "{path}");
        assert_eq!(csv(&api, &format!("{path}&format=csv")).await, rows, "{path}");
    }
}

#[tokio::test]
async fn measures_of_accuracy_are_a_row_each() {
    let api = start(&restaurant("measures").await);
    let rows = csv(&api, "/forecast/accuracy?format=csv").await;
    let figures = body(&api, "/forecast/accuracy").await;
    let measured: usize = figures["accuracy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["horizons"].as_array().unwrap().len())
        .sum();
    assert_eq!(rows.len(), measured);
    assert_eq!(rows[0]["forecast_type"], "daily_revenue");
    assert_eq!(rows[0]["wape"], figures["accuracy"][0]["horizons"][0]["wape"].to_string());
}

#[tokio::test]
async fn a_name_is_no_formula() {
    let restaurant = restaurant("formula").await;
    run(&restaurant, "UPDATE item_sales SET item_name = '=1+1, \"x\"', sales = -3.50 WHERE item_id = 9")
        .await;
    let rows = csv(&start(&restaurant), "/top-items?format=csv").await;
    let row = rows.iter().find(|row| row["item_id"] == "9").unwrap();
    assert_eq!((row["item_name"].as_str(), row["total_revenue"].as_str()), ("'=1+1, \"x\"", "-3.50"));
}

#[tokio::test]
async fn is_given_to_those_who_ask_for_it() {
    let api = start(&restaurant("accept").await);
    let kind = async |query: &str, accept: &str| {
        let url = format!("{}/api/admin/analytics/summary{query}", api.address());
        let response = Client::new().get(url).header("accept", accept).send().await.unwrap();
        response.headers()["content-type"].to_str().unwrap().split(';').next().unwrap().to_owned()
    };
    for (query, accept, expected) in [
        ("", "text/csv", "text/csv"),
        ("", "text/csv;q=0.9, application/json;q=0.1", "text/csv"),
        ("", "application/json, text/csv;q=0.5", "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/csv;q=0", "application/json"),
        ("", "*/*;q=0.1, text/csv;q=0.0", "application/json"),
        ("", "application/json;q=0, TEXT/CSV;q=0.2", "text/csv"),
        ("", "text/html", "application/json"),
        ("?format=csv", "application/json", "text/csv"),
        ("?format=json", "text/csv", "application/json"),
        ("?format=xml", "*/*", "application/problem+json"),
    ] {
        assert_eq!(kind(query, accept).await, expected, "{query} {accept}");
    }
    // In two fields as in one.
    let url = format!("{}/api/admin/analytics/summary", api.address());
    let request =
        Client::new().get(url).header("accept", "application/json;q=0.1").header("accept", "text/csv");
    let response = request.send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    // A range without days is a line of headings.
    let (_, _, empty) =
        api.get_text("/api/admin/analytics/summary?end_date=1999-01-01&format=csv").await.unwrap();
    assert_eq!(empty, "date,total_revenue,order_count,average_order_value,status\r\n");
}
