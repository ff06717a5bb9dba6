//! Bad parameters, and those that are let pass.

use crate::support::{body, migrated, start};

#[tokio::test]
async fn a_bad_parameter_is_named_with_what_was_given_and_what_is_legal() {
    let api = start(&migrated("bad").await);
    let date = "a date such as 2026-01-31";
    for (query, parameter, given, legal) in [
        ("/summary?start_date=2026-02-30", "start_date", "2026-02-30", date),
        ("/summary?end_date=yesterday", "end_date", "yesterday", date),
        ("/summary?end_date=", "end_date", "\"\"", date),
        ("/summary?start_date=2026-11-02&end_date=2026-11-01", "start_date", "2026-11-02", "after"),
        ("/summary?limit=0", "limit", "\"0\"", "from 1 to 3660"),
        ("/summary?limit=3661", "limit", "3661", "from 1 to 3660"),
        ("/summary?limit=ten", "limit", "ten", "from 1 to 3660"),
        ("/top-items?start_date=1.1.2026", "start_date", "1.1.2026", date),
        ("/top-items?start_date=2026-11-02&end_date=2026-11-01", "start_date", "2026-11-02", "after"),
        ("/top-items?limit=101", "limit", "101", "from 1 to 100"),
        ("/top-items?limit=-1", "limit", "-1", "from 1 to 100"),
        ("/top-items?sort_by=name", "sort_by", "name", "quantity or revenue"),
        ("/top-items?compare=yesterday", "compare", "yesterday", "previous or week_ago or year_ago"),
        ("/items/seven", "item_id", "seven", "a whole number"),
        ("/items/07", "item_id", "07", "a whole number"),
        ("/items/9223372036854775808", "item_id", "9223372036854775808", "a whole number"),
        ("/items/7?group_by=year", "group_by", "year", "day or week or month or weekday"),
        ("/items/7?limit=3661", "limit", "3661", "from 1 to 3660"),
        ("/dayparts?group_by=hour", "group_by", "hour", "day or total"),
        ("/dayparts?days_back=93", "days_back", "93", "from 1 to 92"),
        ("/hourly?target_date=2026-13-01", "target_date", "2026-13-01", date),
        ("/hourly?days_back=0", "days_back", "\"0\"", "from 1 to 92"),
        ("/hourly?days_back=93", "days_back", "93", "from 1 to 92"),
        ("/forecast/daily?limit=0", "limit", "\"0\"", "from 1 to 30"),
        ("/forecast/daily?limit=31", "limit", "31", "from 1 to 30"),
        ("/forecast/accuracy?days=0", "days", "\"0\"", "from 1 to 366"),
        ("/forecast/accuracy?days=367", "days", "367", "from 1 to 366"),
        ("/forecast/accuracy?days=all", "days", "all", "from 1 to 366"),
        ("/forecast/hourly?forecast_date=tomorrow", "forecast_date", "tomorrow", date),
        ("/forecast/hourly?forecast_date=0000-00-00", "forecast_date", "0000-00-00", date),
    ] {
        let (status, headers, problem) = api.get(&format!("/api/admin/analytics{query}")).await.unwrap();
        assert_eq!(status, 422, "{query}: {problem}");
        assert_eq!(headers["content-type"], "application/problem+json", "{query}");
        assert_eq!(problem["type"], "urn:restaurant-analytics:problem:invalid_parameter", "{query}");
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&422.into(), &"invalid_parameter".into()),
            "{query}"
        );
        assert_eq!(problem["parameter"], parameter, "{query}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains(parameter) && detail.contains(given) && detail.contains(legal),
            "{query}: {detail}"
        );
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_of_two_the_last_counts() {
    let api = start(&migrated("odd").await);
    for query in [
        "/summary?colour=red&limit=5",
        "/summary?limit=0&limit=5",
        "/summary?",
        "/summary?&&limit=5&",
        "/summary?start%5Fdate=2026-01-01",
        "/top-items?sort_by=revenue&limit=100",
        "/hourly?days_back=92",
        "/summary?start_date=1000-01-01&end_date=9999-12-31",
        "/hourly?target_date=1000-01-01&days_back=92",
        "/forecast/hourly?forecast_date=9999-12-31",
        "/summary?x=%ff%fe",
    ] {
        body(&api, query).await;
    }
    let (status, _, problem) = api.get("/api/admin/analytics/summary?limit=5&limit=0").await.unwrap();
    assert_eq!(status, 422, "{problem}");
}
