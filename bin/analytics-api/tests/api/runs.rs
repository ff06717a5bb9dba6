//! `/batch/runs`.

use sandbox::programs::Api;
use serde_json::{Value, json};

use crate::support::{body, column, opened, run, start};

/// A run of each outcome, the newest under way.
async fn api() -> Api {
    let restaurant = opened("runs").await;
    run(
        &restaurant,
        "INSERT INTO runs (id, kind, version, holder, started_at, finished_at, outcome, failure, error) VALUES
         (1, 'nightly', '3.0.0', 'a', '2026-11-17 03:00:00', '2026-11-17 03:00:01', 'succeeded', NULL, NULL),
         (2, 'nightly', '3.0.0', 'b', '2026-11-18 03:00:00', '2026-11-18 03:00:01', 'incomplete', NULL,
             'the source holds no order of 2026-11-10\nthe figures of 2026-11-11 do not fit'),
         (3, 'rebuild', '3.0.0', 'c', '2026-11-19 03:00:00', '2026-11-19 03:00:01', 'failed', 'database_unavailable',
             'order_db failed: db-7.internal:3306 said no to batch@10.0.0.9'),
         (4, 'range', '3.0.0', 'd', '2026-11-20 03:00:00', NULL, 'abandoned', NULL, NULL),
         (5, 'nightly', '3.0.0', 'e', '2026-11-21 03:00:00', '2026-11-21 03:00:01', 'interrupted', 'interrupted',
             'interrupted by SIGTERM'),
         (6, 'nightly', '3.0.0', 'f', '2026-11-21 04:00:00', '2026-11-21 04:00:01', 'failed', NULL,
             'said db-7.internal before failures had a kind'),
         (7, 'nightly', '3.0.0', 'g', '2026-11-22 03:00:00', NULL, 'running', NULL, NULL);
         INSERT INTO suspicions VALUES
         (1, '2026-11-16', 'daily_revenue', 'far_above', 9000, 1000, 700, 1300.5),
         (2, '2026-11-17', 'daily_orders', 'nothing', 0, 100, 70, 130),
         (2, '2026-11-16', 'daily_orders', 'far_below', 3, 100, 70, 130)",
    )
    .await;
    start(&restaurant)
}

#[tokio::test]
async fn each_outcome_is_told_and_nothing_that_only_the_log_may_hold() {
    let answer = body(&api().await, "/batch/runs").await;
    let told: Vec<(i64, &str, usize, Option<&str>)> = answer["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            let problems = run["problems"].as_array().unwrap().len();
            (run["id"].as_i64().unwrap(), run["outcome"].as_str().unwrap(), problems, run["error"].as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (7, "running", 0, None),
            (6, "failed", 0, Some("It failed. The log of analytics-batch says why.")),
            (5, "interrupted", 0, Some("It was told to stop, or another run took its place.")),
            (
                4,
                "abandoned",
                0,
                Some(
                    "It ended without a word: it was killed, or its machine was. The next run went on from there."
                )
            ),
            (
                3,
                "failed",
                0,
                Some(
                    "A database did not answer, or was lost on the way. The log of analytics-batch says which."
                )
            ),
            (2, "incomplete", 2, None),
            (1, "succeeded", 0, None),
        ]
    );
    assert_eq!(answer["runs"][5]["problems"][1], "the figures of 2026-11-11 do not fit");
    for internal in ["db-7", "10.0.0.9", "SIGTERM", "holder"] {
        assert!(!answer.to_string().contains(internal), "{internal}");
    }
    assert_eq!(answer["total_runs"], 7);
}

#[tokio::test]
async fn suspicions_stand_with_the_run_that_found_them() {
    let api = api().await;
    let answer = body(&api, "/batch/runs").await;
    let found = |run: usize| {
        column(&answer["runs"][run]["suspicions"], "date").into_iter().cloned().collect::<Vec<Value>>()
    };
    assert_eq!(found(5), ["2026-11-16", "2026-11-17"]);
    assert_eq!(
        answer["runs"][6]["suspicions"],
        json!([{"date": "2026-11-16", "forecast_type": "daily_revenue", "reason": "far_above", "actual": "9000.00",
                "forecast_value": "1000.00", "lower_95": "700.00", "upper_95": "1300.50"}])
    );
    assert!(found(0).is_empty());
}

#[tokio::test]
async fn thirty_runs_are_the_default_and_100_the_most() {
    let restaurant = opened("many").await;
    let rows: Vec<String> = (1..=101)
        .map(|id| format!("({id}, 'nightly', '3.0.0', 'a', '2026-11-22 03:00:00', 'succeeded')"))
        .collect();
    run(
        &restaurant,
        &format!(
            "INSERT INTO runs (id, kind, version, holder, started_at, outcome) VALUES {}",
            rows.join(",")
        ),
    )
    .await;
    let api = start(&restaurant);
    let default = body(&api, "/batch/runs").await;
    assert_eq!((default["total_runs"].as_i64(), default["runs"][29]["id"].as_i64()), (Some(30), Some(72)));
    assert_eq!(body(&api, "/batch/runs?limit=100").await["total_runs"], 100);
    for limit in ["0", "101", "all"] {
        let path = format!("/api/admin/analytics/batch/runs?limit={limit}");
        let (status, _, problem) = api.get(&path).await.unwrap();
        assert_eq!((status, &problem["parameter"]), (422, &json!("limit")), "{limit}");
    }
}
