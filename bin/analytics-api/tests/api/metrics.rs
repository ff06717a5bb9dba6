//! `/metrics`: of the published figures. What is counted of requests is tested in `requests`.

use sandbox::programs::Api;
use sandbox::server::{Engine, Options, Server};

use crate::support::{migrate, opened, publish, run, start};

/// What the process counts of itself and of its requests.
const ITS_OWN: [&str; 7] = [
    "analytics_http_",
    "analytics_auth_",
    "analytics_cache_",
    "analytics_pool_",
    "analytics_panics_",
    "analytics_build_",
    "process_",
];

/// The samples of the published figures, without comments.
async fn samples(api: &Api) -> Vec<String> {
    let (status, headers, text) = api.get_text("/metrics").await.unwrap();
    assert_eq!(status, 200, "{text}");
    assert_eq!(headers["content-type"], "text/plain; version=0.0.4");
    let of_the_figures = |line: &&str| !ITS_OWN.iter().any(|prefix| line.starts_with(prefix));
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.filter(of_the_figures).map(ToOwned::to_owned).collect()
}

/// 20 and 21 November are published, at 03:10:00.25; it is 12:00. Of the last run that ended 1790000000 is no time: it
/// finished on 2026-11-22 at 03:10:04.5, which is 1795317004.5.
#[tokio::test]
async fn tells_how_fresh_the_figures_are_and_how_the_last_run_went() {
    let restaurant = opened("metrics").await;
    publish(&restaurant, &["2026-11-19", "2026-11-20"]).await;
    run(
        &restaurant,
        "INSERT INTO runs (id, kind, version, holder, started_at, finished_at, duration_ms, outcome) VALUES
         (1, 'nightly', '3.0.0', 'a', '2026-11-22 03:09:00', '2026-11-22 03:10:00', 60000, 'succeeded'),
         (2, 'nightly', '3.0.0', 'b', '2026-11-22 03:10:00', '2026-11-22 03:10:04.5', 4500, 'incomplete'),
         (3, 'nightly', '3.0.0', 'c', '2026-11-22 04:00:00', NULL, NULL, 'running');
         INSERT INTO suspicions VALUES
         (1, '2026-11-18', 'daily_orders', 'nothing', 0, 100, 70, 130),
         (2, '2026-11-19', 'daily_orders', 'far_below', 3, 100, 70, 130),
         (2, '2026-11-19', 'daily_revenue', 'far_below', 30, 1000, 700, 1300),
         (2, '2026-11-20', 'daily_orders', 'nothing', 0, 100, 70, 130);
         UPDATE publication SET holder = 'c', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR",
    )
    .await;
    assert_eq!(
        samples(&start(&restaurant)).await,
        [
            // From 03:10:00.25 to 12:00: 8 h 49 min 59.75 s.
            "analytics_as_of_age_seconds 31799.75",
            // The 21st has ended and is not published.
            "analytics_computed_through_lag_days 1",
            "analytics_database_up 1",
            "analytics_generation 7",
            "analytics_last_run_duration_seconds 4.5",
            "analytics_last_run_outcome{outcome=\"abandoned\"} 0",
            "analytics_last_run_outcome{outcome=\"failed\"} 0",
            "analytics_last_run_outcome{outcome=\"incomplete\"} 1",
            "analytics_last_run_outcome{outcome=\"interrupted\"} 0",
            "analytics_last_run_outcome{outcome=\"succeeded\"} 0",
            "analytics_last_run_suspicious_days 2",
            // `date -u -d '2026-11-22 03:10:04.5' +%s.%N`
            "analytics_last_run_timestamp_seconds 1795317004.5",
            "analytics_last_success_timestamp_seconds 1795317000",
            "analytics_lease_held 1",
            "analytics_published_days 2",
            "analytics_stale 1",
        ]
    );
}

#[tokio::test]
async fn answers_without_its_database_with_what_it_last_read() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let restaurant = server.restaurant("watched").await.unwrap();
    let api = start(&restaurant);
    // Nothing was ever read.
    assert_eq!(samples(&api).await, ["analytics_database_up 0", "analytics_stale 1"]);

    migrate(&restaurant).await;
    publish(&restaurant, &["2026-11-21"]).await;
    // A lease that has run out is held by nobody.
    let publication = "UPDATE publication SET holder = 'a', expires_at = UTC_TIMESTAMP(6), generation = 7, published_at = '2026-11-22 03:10:00',
                       timezone = 'Europe/Paris', day_start = '04:00:00'";
    run(&restaurant, publication).await;
    let well = [
        "analytics_as_of_age_seconds 31800",
        "analytics_computed_through_lag_days 0",
        "analytics_database_up 1",
        "analytics_generation 7",
        "analytics_lease_held 0",
        "analytics_published_days 1",
        "analytics_stale 0",
    ];
    assert_eq!(samples(&api).await, well);
    server.kill().unwrap();
    let dead = well.map(|line| line.replace("_up 1", "_up 0"));
    assert_eq!(samples(&api).await, dead);
    server.restart().unwrap();
    assert_eq!(samples(&api).await, well);
}
