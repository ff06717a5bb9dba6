//! `/items/{item_id}`.

use sandbox::databases::Restaurant;
use serde_json::json;

use crate::support::{body, column, opened, publish, run, start};

/// Published are the 10th, 16th to 18th and 20th of November 2026, a Tuesday, Monday to Wednesday, and Friday. The soup
/// was renamed; on the 17th it was not sold, and on the 18th one came back.
async fn restaurant() -> Restaurant {
    let restaurant = opened("item").await;
    run(
        &restaurant,
        "INSERT INTO item_sales (date, item_id, item_name, quantity, sales) VALUES
         ('2026-11-10', 1, 'Soup', 2, 10.00), ('2026-11-16', 1, 'Soup', 3, 15.00),
         ('2026-11-17', 2, 'Stew', 5, 60.50), ('2026-11-18', 1, 'Soup', -1, -5.00),
         ('2026-11-20', 1, 'Tomato soup', 4, 22.00)",
    )
    .await;
    publish(&restaurant, &["2026-11-10", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-20"]).await;
    restaurant
}

#[tokio::test]
async fn a_published_day_without_the_item_is_a_day_of_none() {
    let api = start(&restaurant().await);
    let answer = body(&api, "/items/1?start_date=2026-11-16").await;
    let day = |date: &str, quantity: i64, item_sales: &str| json!({"date": date, "quantity": quantity, "item_sales": item_sales, "status": "complete"});
    assert_eq!(
        answer["days"],
        json!([
            day("2026-11-20", 4, "22.00"),
            day("2026-11-18", -1, "-5.00"),
            day("2026-11-17", 0, "0.00"),
            day("2026-11-16", 3, "15.00"),
        ])
    );
    assert_eq!((&answer["item_id"], &answer["item_name"]), (&json!(1), &json!("Tomato soup")));
    assert_eq!((&answer["first_sold"], &answer["last_sold"]), (&json!("2026-11-10"), &json!("2026-11-20")));
    // From the 16th to the 21st, of which the 19th and the 21st are not published.
    assert_eq!(
        answer["totals"],
        json!({"quantity": 6, "item_sales": "32.00", "days_sold": 2, "days_expected": 6, "days_counted": 4})
    );
    assert_eq!(answer["meta"]["missing_dates"], json!(["2026-11-19", "2026-11-21"]));
    assert_eq!(answer["total_records"], 4);
}

#[tokio::test]
async fn days_are_put_together() {
    let api = start(&restaurant().await);
    let weeks = body(&api, "/items/1?group_by=week").await;
    assert_eq!(
        weeks["groups"],
        json!([
            {"group": "2026-W47", "start_date": "2026-11-16", "end_date": "2026-11-21", "quantity": 6,
             "item_sales": "32.00", "days_sold": 2, "days_expected": 6, "days_counted": 4},
            {"group": "2026-W46", "start_date": "2026-11-10", "end_date": "2026-11-15", "quantity": 2,
             "item_sales": "10.00", "days_sold": 1, "days_expected": 6, "days_counted": 1},
        ])
    );
    assert!(weeks["days"].is_null());
    let months = body(&api, "/items/1?group_by=month").await;
    assert_eq!(column(&months["groups"], "item_sales"), [&json!("42.00")]);
    let days = body(&api, "/items/2?limit=5").await;
    assert_eq!(column(&days["days"], "date"), ["2026-11-20", "2026-11-18", "2026-11-17"]);
    assert_eq!(column(&days["days"], "quantity"), [0, 0, 5]);
}

#[tokio::test]
async fn an_item_that_was_never_sold_is_not_found() {
    let api = start(&restaurant().await);
    let (status, headers, problem) = api.get("/api/admin/analytics/items/3?format=csv").await.unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (404, "application/problem+json"));
    assert_eq!(problem["code"], "not_found");
    assert_eq!(
        problem["detail"],
        "Item 3 was not sold on any published day. /top-items lists those that were."
    );
    // It was sold, and not in the range.
    let before = body(&api, "/items/2?end_date=2026-11-10").await;
    assert_eq!((&before["item_name"], &before["totals"]["quantity"]), (&json!("Stew"), &json!(0)));
}
