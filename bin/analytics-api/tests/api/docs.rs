//! docs/api.md and docs/api/ show what the program answers.

use reqwest::Client;
use sandbox::databases::Restaurant;
use serde_json::Value;

use crate::support::{opened, publish, run, start};

const PAGES: [&str; 5] = [
    include_str!("../../../../docs/api.md"),
    include_str!("../../../../docs/api/changes.md"),
    include_str!("../../../../docs/api/forecasts.md"),
    include_str!("../../../../docs/api/items.md"),
    include_str!("../../../../docs/api/sales.md"),
];

/// The requests of the pages, each with the answer shown below it.
fn examples() -> Vec<(&'static str, Value)> {
    let fenced = |text: &'static str, fence: &str| {
        text.split_once(fence)
            .and_then(|(_, rest)| rest.split_once("\n```"))
            .map(|(inside, rest)| (inside.trim(), rest))
    };
    let mut examples = Vec::new();
    for mut rest in PAGES {
        while let Some((request, after)) = fenced(rest, "```http\n") {
            let (answer, after) = fenced(after, "```json\n").unwrap();
            examples.push((request.strip_prefix("GET ").unwrap(), serde_json::from_str(answer).unwrap()));
            rest = after;
        }
    }
    examples
}

/// The restaurant of the pages.
pub(crate) async fn restaurant(hint: &str) -> Restaurant {
    let restaurant = opened(hint).await;
    run(
        &restaurant,
        "INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value) VALUES
         ('2026-11-17', 1640.00, 82, 20.00), ('2026-11-18', 0, 0, 0),
         ('2026-11-20', 2410.75, 118, 20.43), ('2026-11-21', 3105.20, 149, 20.84);
         INSERT INTO hourly_order_cache (date, hour, order_count) VALUES
         ('2026-11-17', 12, 34), ('2026-11-17', 19, 48);
         INSERT INTO hourly_order_cache (date, hour, order_count, revenue) VALUES
         ('2026-11-21', 8, 11, 98.40), ('2026-11-21', 12, 40, 712.30), ('2026-11-21', 13, 29, 560.00),
         ('2026-11-21', 19, 38, 1004.50), ('2026-11-21', 20, 31, 730.00);
         INSERT INTO item_sales (date, item_id, item_name, quantity, sales) VALUES
         ('2026-11-20', 7, 'Margherita', 26, 312.00), ('2026-11-20', 12, 'Espresso', 58, 145.00),
         ('2026-11-21', 7, 'Margherita (large)', 35, 420.00), ('2026-11-21', 9, 'Calzone', 12, 162.00);
         INSERT INTO forecast_history (forecast_type, forecast_date, origin, horizon, model, forecast_value,
                                       lower_80, upper_80, lower_95, upper_95) VALUES
         ('daily_revenue', '2026-11-22', '2026-11-21', 1, 'weekday_level', 1985.40, 1702.15, 2268.65, 1552.20, 2418.60),
         ('hourly_13', '2026-11-22', '2026-11-21', 1, 'weekday_level', 14.25, 9.10, 19.40, 6.35, 22.15);
         UPDATE publication SET forecast_origin = '2026-11-21', forecast_stage = 'full';
         INSERT INTO forecast_accuracy (date, forecast_type, horizon, origin, model, actual, forecast, lower_80, upper_80,
             lower_95, upper_95, naive, absolute_error, naive_error, intervals, inside_80, inside_95) VALUES
         ('2026-11-20', 'daily_revenue', 1, '2026-11-19', 'weekday_level', 2410.75, 2590.10, 2300.40, 2879.80, 2105.65,
             3074.55, 2201.00, 179.35, 209.75, 1, 1, 1),
         ('2026-11-21', 'daily_revenue', 1, '2026-11-20', 'weekday_level', 3105.20, 2980.60, 2655.25, 3305.95, 2440.10,
             3521.10, 3360.40, 124.60, 255.20, 1, 1, 1),
         ('2026-11-21', 'hourly_orders', 1, '2026-11-20', 'weekday_level', 149.00, 143.20, NULL, NULL, NULL, NULL,
             158.00, 38.60, 47.00, 12, 10, 12);
         INSERT INTO revisions VALUES
         (6, '2026-11-17', 1, '2026-11-21 03:10:00', 'adopted', 1622.50, 1640.00, 81, 82, NULL, 1588.00, 1, 0),
         (7, '2026-11-20', 1, '2026-11-22 03:10:00.25', 'orders', 2391.25, 2410.75, 117, 118, 2342.00, 2361.50, 1, 2);
         INSERT INTO runs (kind, version, holder, started_at, finished_at, outcome, first_day, last_day, days_planned,
                           days_changed, orders_read, lines_read, rows_changed, duration_ms, generation, forecast_stage)
         VALUES ('nightly', '3.0.0', 'a', '2026-11-22 03:10:00', '2026-11-22 03:10:04.5', 'succeeded', '2026-11-15',
                 '2026-11-21', 7, 2, 884, 2310, 61, 4500, 7, 'full');
         INSERT INTO suspicions VALUES (1, '2026-11-18', 'daily_orders', 'nothing', 0, 112.40, 84.10, 139.75)",
    )
    .await;
    publish(&restaurant, &["2026-11-18", "2026-11-20", "2026-11-21"]).await;
    run(&restaurant, "UPDATE published_days SET scored = TRUE").await;
    restaurant
}

#[tokio::test]
async fn each_answer_on_the_pages_is_the_program_s() {
    let api = start(&restaurant("docs").await);
    let client = Client::new();
    let examples = examples();
    assert_eq!(examples.len(), 18);
    for (path, shown) in examples {
        let request = client.get(format!("{}{path}", api.address())).header("x-request-id", "panel-0042");
        let answer: Value =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        assert_eq!(shown, answer, "GET {path}");
    }
}

/// As the OpenAPI document tells of them, which other tests hold against the answers.
#[tokio::test]
async fn the_columns_of_each_table_are_on_the_page() {
    let (_, _, document) = start(&opened("columns").await).get("/openapi.json").await.unwrap();
    let mut tables = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let content = &operations["get"]["responses"]["200"]["content"]["text/csv"];
        let Some(about) = content["schema"]["description"].as_str() else { continue };
        for (of, columns) in about.lines().filter_map(|line| line.split_once(": ")) {
            let line = format!("| {} |", columns.trim_end_matches('.'));
            let path = path.trim_start_matches("/api/admin/analytics");
            let is_told =
                PAGES[0].lines().any(|row| row.starts_with(&format!("| `{path}` |")) && row.ends_with(&line));
            assert!(is_told, "{path}: {of}: {line}");
            tables += 1;
        }
    }
    assert_eq!(tables, 15);
}
