//! `/revisions`.

use serde_json::json;

use crate::support::{body, column, opened, run, start, text};

/// Two nights: one revised the 18th and the 19th and withdrew the 10th, the next the 19th again.
async fn api() -> sandbox::programs::Api {
    let restaurant = opened("revisions").await;
    run(
        &restaurant,
        "INSERT INTO runs (id, kind, version, holder, started_at, outcome) VALUES
         (3, 'rebuild', '3.0.0', 'a', '2026-11-21 03:10:00', 'succeeded');
         INSERT INTO revisions VALUES
         (5, '2026-11-18', 3, '2026-11-21 03:10:00', 'calendar', 10.00, 20.50, 1, 2, 10.00, 18.00, 2, 1),
         (5, '2026-11-19', 3, '2026-11-21 03:10:00', 'adopted', 30.00, 30.00, 3, 4, NULL, 28.00, 1, 0),
         (5, '2026-11-10', 3, '2026-11-21 03:10:00', 'withdrawn', 7.00, NULL, 1, NULL, 7.00, NULL, 1, 1),
         (7, '2026-11-19', 4, '2026-11-22 03:10:00.25', 'orders', 30.00, -1.50, 4, 5, 28.00, 12345678901234567.89, 3, 12)",
    )
    .await;
    start(&restaurant)
}

#[tokio::test]
async fn shows_the_newest_change_first_field_by_field() {
    let api = api().await;
    assert_eq!(
        text(&api, "/revisions?limit=1").await,
        "{\"revisions\":[{\"date\":\"2026-11-19\",\"revised_at\":\"2026-11-22T03:10:00.250Z\",\"cause\":\"orders\",\
         \"total_revenue\":{\"from\":\"30.00\",\"to\":\"-1.50\"},\"order_count\":{\"from\":4,\"to\":5},\
         \"item_sales\":{\"from\":\"28.00\",\"to\":\"12345678901234567.89\"},\"hours_changed\":3,\
         \"items_changed\":12,\"run_id\":4,\"run_kind\":null,\"generation\":7}],\"total_revisions\":1,\
         \"meta\":{\"as_of\":\"2026-11-22T03:10:00.250Z\",\"computed_through\":null,\"generation\":7,\
         \"timezone\":\"Europe/Paris\",\"day_start\":\"04:00\",\"currency\":\"EUR\",\"stale\":true}}"
    );
    let all = body(&api, "/revisions").await;
    assert_eq!(column(&all["revisions"], "date"), ["2026-11-19", "2026-11-19", "2026-11-18", "2026-11-10"]);
    let withdrawn = &all["revisions"][3];
    assert_eq!(withdrawn["total_revenue"], json!({"from": "7.00", "to": null}));
    assert_eq!(withdrawn["order_count"], json!({"from": 1, "to": null}));
    assert_eq!(withdrawn["run_kind"], "rebuild");
    assert_eq!(all["revisions"][1]["item_sales"], json!({"from": null, "to": "28.00"}));
}

#[tokio::test]
async fn a_range_is_one_of_business_days_and_both_its_ends_belong_to_it() {
    let api = api().await;
    let generations = async |query: &str| {
        let body = body(&api, &format!("/revisions?{query}")).await;
        assert_eq!(body["total_revisions"], body["revisions"].as_array().unwrap().len());
        column(&body["revisions"], "generation")
            .iter()
            .map(|number| number.as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(generations("start_date=2026-11-19").await, [7, 5]);
    assert_eq!(generations("start_date=2026-11-10&end_date=2026-11-18").await, [5, 5]);
    assert_eq!(generations("end_date=2026-11-09").await, [0_i64; 0]);
    for (query, parameter) in [
        ("limit=0", "limit"),
        ("limit=367", "limit"),
        ("start_date=2026-11-19&end_date=2026-11-18", "start_date"),
    ] {
        let (status, _, problem) = api.get(&format!("/api/admin/analytics/revisions?{query}")).await.unwrap();
        assert_eq!((status, &problem["parameter"]), (422, &json!(parameter)), "{query}");
    }
}
