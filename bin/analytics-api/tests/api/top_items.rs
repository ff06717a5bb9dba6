//! `/top-items`.

use rstest::rstest;
use sandbox::databases::Restaurant;
use serde_json::{Value, json};

use crate::support::{body, column, opened, publish, run, start, text};

/// Over both days: item 1 sold 7 for 37.00, item 2 sold 4 for 48.40 (one was returned), item 3 sold 5 for 12.00.
async fn restaurant() -> Restaurant {
    let restaurant = opened("items").await;
    run(
        &restaurant,
        "INSERT INTO item_sales (date, item_id, item_name, quantity, sales) VALUES
         ('2026-11-18', 1, 'Soup', 3, 15.00), ('2026-11-18', 2, 'Stew', 5, 60.50), ('2026-11-18', 3, '🍕', 5, 12.00),
         ('2026-11-20', 1, 'Tomato soup', 4, 22.00), ('2026-11-20', 2, 'Stew', -1, -12.10)",
    )
    .await;
    publish(&restaurant, &["2026-11-18", "2026-11-20"]).await;
    restaurant
}

fn ids(body: &Value) -> Vec<&Value> {
    column(&body["top_items"], "item_id")
}

#[tokio::test]
async fn an_item_is_one_row_under_its_latest_name() {
    let api = start(&restaurant().await);
    let text = text(&api, "/top-items").await;
    // Of 97.40 altogether.
    assert!(
        text.starts_with(
            "{\"top_items\":[\
             {\"item_id\":1,\"item_name\":\"Tomato soup\",\"total_quantity\":7,\"total_revenue\":\"37.00\",\
             \"rank\":1,\"share_percent\":38.0},\
             {\"item_id\":3,\"item_name\":\"🍕\",\"total_quantity\":5,\"total_revenue\":\"12.00\",\
             \"rank\":2,\"share_percent\":12.3},\
             {\"item_id\":2,\"item_name\":\"Stew\",\"total_quantity\":4,\"total_revenue\":\"48.40\",\
             \"rank\":3,\"share_percent\":49.7}],\
             \"total_items\":3,\"meta\":{\"as_of\":"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn sorts_by_quantity_or_revenue_and_ties_by_id() {
    let api = start(&restaurant().await);
    let by_revenue = body(&api, "/top-items?sort_by=revenue").await;
    assert_eq!(ids(&by_revenue), [2, 1, 3]);
    assert_eq!(by_revenue["top_items"][0]["total_revenue"], "48.40");
    // On the first day items 2 and 3 sold 5 each.
    let first_day = body(&api, "/top-items?end_date=2026-11-18&sort_by=quantity").await;
    assert_eq!(ids(&first_day), [2, 3, 1]);
    assert_eq!(first_day["top_items"][2]["item_name"], "Soup");
    let best = body(&api, "/top-items?limit=1&sort_by=revenue").await;
    assert_eq!((ids(&best), &best["total_items"]), (vec![&json!(2)], &json!(1)));
}

#[tokio::test]
async fn a_range_counts_only_its_days() {
    let api = start(&restaurant().await);
    let last_day = body(&api, "/top-items?start_date=2026-11-19").await;
    assert_eq!(
        last_day["top_items"],
        json!([
            {"item_id": 1, "item_name": "Tomato soup", "total_quantity": 4, "total_revenue": "22.00",
             "rank": 1, "share_percent": 222.2},
            {"item_id": 2, "item_name": "Stew", "total_quantity": -1, "total_revenue": "-12.10",
             "rank": 2, "share_percent": -122.2},
        ])
    );
    let nothing = body(&api, "/top-items?start_date=2026-11-19&end_date=2026-11-19").await;
    assert_eq!((&nothing["top_items"], &nothing["total_items"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn names_the_ended_days_that_are_not_published() {
    let api = start(&restaurant().await);
    let missing = async |query: &str| body(&api, query).await["meta"]["missing_dates"].clone();
    assert_eq!(missing("/top-items").await, json!(["2026-11-19", "2026-11-21"]));
    assert_eq!(missing("/top-items?start_date=2020-01-01&end_date=2026-11-20").await, json!(["2026-11-19"]));
    assert!(missing("/top-items?end_date=2026-11-18").await.is_null());
    assert!(missing("/top-items?end_date=2026-11-17").await.is_null());
}

#[tokio::test]
async fn ten_items_are_the_default() {
    let restaurant = opened("ten").await;
    let rows: Vec<String> =
        (1..=120).map(|id| format!("('2026-11-20', {id}, 'Dish {id}', {id}, {}.05)", 200 - id)).collect();
    run(&restaurant, &format!("INSERT INTO item_sales VALUES {}", rows.join(","))).await;
    publish(&restaurant, &["2026-11-20"]).await;
    let api = start(&restaurant);
    let default = body(&api, "/top-items").await;
    assert_eq!(ids(&default), [120, 119, 118, 117, 116, 115, 114, 113, 112, 111]);
    assert_eq!(body(&api, "/top-items?limit=100").await["total_items"], 100);
    assert_eq!(ids(&body(&api, "/top-items?limit=3&sort_by=revenue").await), [1, 2, 3]);
}

/// On the 20th item 1 sold 4 for 22.00 and item 2 gave 1 back for 12.10; on the 18th 3 for 15.00 and 5 for 60.50, and
/// item 3 sold 5 for 12.00: 87.50 together.
#[tokio::test]
async fn items_are_held_against_what_they_sold_before() {
    let restaurant = restaurant().await;
    run(&restaurant, "INSERT INTO item_sales VALUES ('2026-11-20', 4, 'Cake', 2, 8.00)").await;
    let api = start(&restaurant);
    let days = "start_date=2026-11-20&end_date=2026-11-21";
    let answer = body(&api, &format!("/top-items?{days}&compare=previous&sort_by=revenue")).await;
    assert_eq!(
        answer["comparison"],
        json!({"compare": "previous", "start_date": "2026-11-18", "end_date": "2026-11-19",
               "days_expected": 2, "days_counted": 1})
    );
    // Of 17.90 together, and of 87.50.
    assert_eq!(
        answer["top_items"],
        json!([
            {"item_id": 1, "item_name": "Tomato soup", "total_quantity": 4, "total_revenue": "22.00",
             "rank": 1, "share_percent": 122.9, "rank_change": 1,
             "previous": {"total_quantity": 3, "total_revenue": "15.00", "rank": 2, "share_percent": 17.1},
             "change": {"total_quantity": 1, "total_revenue": "7.00"},
             "change_percent": {"total_quantity": 33.3, "total_revenue": 46.7}},
            {"item_id": 4, "item_name": "Cake", "total_quantity": 2, "total_revenue": "8.00",
             "rank": 2, "share_percent": 44.7, "rank_change": null,
             "previous": {"total_quantity": 0, "total_revenue": "0.00", "rank": null, "share_percent": null},
             "change": {"total_quantity": 2, "total_revenue": "8.00"},
             "change_percent": {"total_quantity": null, "total_revenue": null}},
            {"item_id": 2, "item_name": "Stew", "total_quantity": -1, "total_revenue": "-12.10",
             "rank": 3, "share_percent": -67.6, "rank_change": -2,
             "previous": {"total_quantity": 5, "total_revenue": "60.50", "rank": 1, "share_percent": 69.1},
             "change": {"total_quantity": -6, "total_revenue": "-72.60"},
             "change_percent": {"total_quantity": -120.0, "total_revenue": -120.0}},
        ])
    );
    // The missing days are those of the range, and not of what it is held against.
    assert_eq!(answer["meta"]["missing_dates"], json!(["2026-11-21"]));
}

#[rstest]
#[case("compare=week_ago&start_date=2026-11-20", "2026-11-13", "2026-11-14", 0)]
#[case("compare=year_ago&start_date=2026-11-20", "2025-11-21", "2025-11-22", 0)]
// From the first published day to the last that has ended, four days.
#[case("compare=previous", "2026-11-14", "2026-11-17", 0)]
#[tokio::test]
async fn without_a_base_nothing_is_compared(
    #[case] query: &str,
    #[case] first: &str,
    #[case] last: &str,
    #[case] days: usize,
) {
    let api = start(&restaurant().await);
    let answer = body(&api, &format!("/top-items?{query}")).await;
    let comparison = &answer["comparison"];
    assert_eq!((&comparison["start_date"], &comparison["end_date"]), (&json!(first), &json!(last)));
    assert_eq!((&comparison["days_expected"], &comparison["days_counted"]), (&json!(days), &json!(days)));
    for item in answer["top_items"].as_array().unwrap() {
        assert!(item["rank"].is_number(), "{item}");
        for field in ["rank_change", "previous", "change", "change_percent"] {
            assert!(item.as_object().unwrap()[field].is_null(), "{field}: {item}");
        }
    }
}
