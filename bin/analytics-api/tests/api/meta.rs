//! `meta`: what every answer says about itself.

use serde_json::json;

use crate::support::{body, migrated, opened, publish, start, start_at};

const LISTS: [(&str, &str, &str); 5] = [
    ("/summary", "daily_summaries", "total_records"),
    ("/top-items", "top_items", "total_items"),
    ("/hourly", "hourly_data", "total_records"),
    ("/forecast/daily", "forecasts", "total_forecasts"),
    ("/forecast/hourly", "forecasts", "total_forecasts"),
];

#[tokio::test]
async fn stale_begins_six_hours_after_the_end_of_a_day_that_is_not_published() {
    let restaurant = opened("stale").await;
    publish(&restaurant, &["2026-11-19", "2026-11-20"]).await;
    // The 21st ends on the 22nd at 04:00 in Paris, 03:00 UTC.
    for (now, stale) in [
        ("2026-11-22T03:00:00Z", false),
        ("2026-11-22T08:59:59Z", false),
        ("2026-11-22T09:00:00Z", true),
        ("2026-11-25T00:00:00Z", true),
    ] {
        let api = start_at(&restaurant, now);
        for (path, ..) in LISTS {
            assert_eq!(body(&api, path).await["meta"]["stale"], stale, "{path} at {now}");
        }
        let (status, _, health) = api.get("/health").await.unwrap();
        assert_eq!((status, &health["stale"]), (200, &json!(stale)), "{now}");
        assert_eq!(health["status"], if stale { "degraded" } else { "ok" });
    }
}

#[tokio::test]
async fn freshness_is_a_setting() {
    let restaurant = opened("fresh").await;
    publish(&restaurant, &["2026-11-20"]).await;
    let stale = async |now: &str| {
        let settings = [("SERVER__NOW", now), ("ANALYTICS__FRESHNESS", "90m")];
        body(&crate::support::start_with(&restaurant, &settings), "/summary").await["meta"]["stale"].clone()
    };
    assert_eq!(stale("2026-11-22T04:29:59Z").await, false);
    assert_eq!(stale("2026-11-22T04:30:00Z").await, true);
}

#[tokio::test]
async fn with_tables_and_nothing_in_them_every_list_is_empty() {
    let api = start(&migrated("empty").await);
    for (path, list, total) in LISTS {
        let body = body(&api, path).await;
        assert_eq!((&body[list], &body[total]), (&json!([]), &json!(0)), "{path}");
        assert_eq!(
            body["meta"],
            json!({"as_of": null, "computed_through": null, "generation": 0, "timezone": null, "day_start": null, "currency": null, "stale": true}),
            "{path}"
        );
    }
}
