//! How near forecasts came, as they were issued: the rows that a run makes of them, worked by hand, and over nights.

use sandbox::databases::{Database, OrderRow};

use crate::book::Book;
use crate::running::{Obstacle, Running};
use crate::state::lasting;
use crate::support::Kitchen;

/// As `date|figure|horizon|…`.
const SCORES: &str = "
    SELECT date, forecast_type, horizon, origin, model, actual, forecast, upper_80, naive, absolute_error, naive_error,
           intervals, inside_80, inside_95
    FROM forecast_accuracy ORDER BY forecast_type, date, horizon";

/// Every score of a day from the forecasts as they stand, by one statement that shares nothing with the program.
/// The restaurant is in UTC from midnight. All days from the first on are published, so that the naive forecast is of
/// the nearest same weekday that is not after the origin, and the first ones have none.
const RECOMPUTED: &str = "
    SELECT f.forecast_date,
           IF(f.forecast_type LIKE 'hourly%', 'hourly_orders', f.forecast_type) AS figure,
           f.horizon, MIN(f.origin), MIN(f.model),
           SUM(y.value), SUM(f.forecast_value),
           IF(COUNT(*) = 1, MIN(f.upper_80), NULL),
           IF(COUNT(n.value) = COUNT(*), SUM(n.value), NULL),
           SUM(ABS(y.value - f.forecast_value)),
           IF(COUNT(n.value) = COUNT(*), SUM(ABS(y.value - n.value)), NULL),
           SUM(f.upper_95 > 0),
           SUM(f.upper_95 > 0 AND y.value BETWEEN f.lower_80 AND f.upper_80),
           SUM(f.upper_95 > 0 AND y.value BETWEEN f.lower_95 AND f.upper_95)
    FROM forecast_history f
    JOIN actuals y ON y.forecast_type = f.forecast_type AND y.date = f.forecast_date
    LEFT JOIN actuals n ON n.forecast_type = f.forecast_type
                       AND n.date = f.forecast_date - INTERVAL 7 * CEIL(f.horizon / 7) DAY
    WHERE f.generated_at < f.forecast_date + INTERVAL IF(f.horizon = 1, 1, 0) DAY
    GROUP BY f.forecast_date, figure, f.horizon
    ORDER BY figure, f.forecast_date, f.horizon";

/// Each published figure under the name of its forecast.
const ACTUALS: &str = "
    CREATE VIEW actuals AS
    SELECT p.date, 'daily_revenue' AS forecast_type, d.total_revenue AS value
    FROM published_days p JOIN daily_revenue_cache d ON d.date = p.date
    UNION ALL
    SELECT p.date, 'daily_orders', d.order_count FROM published_days p JOIN daily_revenue_cache d ON d.date = p.date
    UNION ALL
    SELECT p.date, CONCAT('hourly_', LPAD(h.hour, 2, '0')), h.order_count
    FROM published_days p JOIN hourly_order_cache h ON h.date = p.date";

async fn run_sql(kitchen: &Kitchen, script: &str) {
    kitchen.restaurant.run(Database::Analytics, script).await.unwrap();
}

/// Two weeks with one order a day: 10.00 on the 1st of January, 20.00 on the 2nd, and so on.
async fn two_weeks(hint: &str) -> Kitchen {
    let kitchen = Kitchen::new(hint).await;
    let orders: Vec<OrderRow> = (1..=14)
        .map(|day| OrderRow::served(day, &format!("2024-01-{day:02} 12:00:00"), &format!("{day}0.00")))
        .collect();
    kitchen.restaurant.insert(&orders, &[]).await.unwrap();
    kitchen
}

/// Issues a forecast of revenue by hand.
async fn issue(kitchen: &Kitchen, date: &str, horizon: u32, value: &str, bounds: &str, generated_at: &str) {
    run_sql(
        kitchen,
        &format!(
            "INSERT INTO forecast_history (forecast_type, forecast_date, origin, horizon, model, forecast_value,
                                           lower_80, upper_80, lower_95, upper_95, generated_at)
             VALUES ('daily_revenue', '{date}', '{date}' - INTERVAL {horizon} DAY, {horizon}, 'hand', {value},
                     {bounds}, '{generated_at}')"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_held_against_its_day_if_it_was_made_in_time() {
    let kitchen = two_weeks("hand").await;
    kitchen.run_at("2024-01-15T03:00:00Z", &["migrate"], 0);
    // The 14th took 140.00, the 13th 130.00; a week before it was 70.00 and 60.00. No day is closed.
    issue(&kitchen, "2024-01-14", 1, "150", "145, 160, 100, 200", "2024-01-14 23:59:59").await;
    issue(&kitchen, "2024-01-14", 2, "120.50", "100, 140, 90, 150", "2024-01-13 23:59:59").await;
    issue(&kitchen, "2024-01-14", 7, "0", "0, 0, 0, 0", "2024-01-08 03:00:00").await;
    // The 14th is two weeks after the 31st, which nobody knows.
    issue(&kitchen, "2024-01-14", 8, "130", "NULL, NULL, NULL, NULL", "2024-01-07 03:00:00").await;
    // When these were made the day was over, or had begun and they were not the night's; or nobody knows when.
    issue(&kitchen, "2024-01-13", 1, "130", "1, 2, 1, 2", "2024-01-14 00:00:00").await;
    issue(&kitchen, "2024-01-13", 2, "130", "1, 2, 1, 2", "2024-01-13 00:00:00").await;
    run_sql(
        &kitchen,
        "INSERT INTO forecast_history (forecast_type, forecast_date, forecast_value, generated_at)
         VALUES ('daily_revenue', '2024-01-12', 120, '2024-01-01 00:00:00')",
    )
    .await;

    kitchen.run_at("2024-01-15T03:00:00Z", &[], 0);

    assert_eq!(
        kitchen.published(SCORES).await,
        [
            "2024-01-14|daily_revenue|1|2024-01-13|hand|140.00|150.00|160.00|70.00|10.00|70.00|1|0|1",
            "2024-01-14|daily_revenue|2|2024-01-12|hand|140.00|120.50|140.00|70.00|19.50|70.00|1|1|1",
            "2024-01-14|daily_revenue|7|2024-01-07|hand|140.00|0.00|0.00|70.00|140.00|70.00|0|0|0",
            "2024-01-14|daily_revenue|8|2024-01-06|hand|140.00|130.00|-|-|10.00|-|0|0|0",
        ]
    );
    let unscored = "SELECT COUNT(*), SUM(scored) FROM published_days";
    assert_eq!(kitchen.published(unscored).await, ["14|14"]);
}

/// Late orders change a day's own scores and what naive would have said a week later.
#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_that_changes_a_day_changes_what_hangs_on_it_and_nothing_else() {
    let kitchen = two_weeks("rerun").await;
    kitchen.run_at("2024-01-15T03:00:00Z", &["migrate"], 0);
    for (date, made) in
        [("2024-01-07", "2024-01-06"), ("2024-01-13", "2024-01-12"), ("2024-01-14", "2024-01-13")]
    {
        issue(&kitchen, date, 2, "100", "90, 110, 80, 120", made).await;
    }
    kitchen.run_at("2024-01-15T03:00:00Z", &[], 0);
    let of_the_13th =
        "2024-01-13|daily_revenue|2|2024-01-11|hand|130.00|100.00|110.00|60.00|30.00|70.00|1|0|0";
    assert_eq!(
        kitchen.published(SCORES).await,
        [
            "2024-01-07|daily_revenue|2|2024-01-05|hand|70.00|100.00|110.00|-|30.00|-|1|0|0",
            of_the_13th,
            "2024-01-14|daily_revenue|2|2024-01-12|hand|140.00|100.00|110.00|70.00|40.00|70.00|1|0|0",
        ]
    );

    let late = [OrderRow::served(15, "2024-01-07 20:00:00", "35.00")];
    kitchen.restaurant.insert(&late, &[]).await.unwrap();
    let generation = "SELECT generation FROM publication";
    let before: u64 = kitchen.published(generation).await[0].parse().unwrap();
    kitchen.run_at("2024-01-15T04:00:00Z", &["--date", "2024-01-07"], 0);

    let changed = [
        "2024-01-07|daily_revenue|2|2024-01-05|hand|105.00|100.00|110.00|-|5.00|-|1|1|1",
        of_the_13th,
        "2024-01-14|daily_revenue|2|2024-01-12|hand|140.00|100.00|110.00|105.00|40.00|35.00|1|0|0",
    ];
    assert_eq!(kitchen.published(SCORES).await, changed);
    // The day, the forecast that is made of it, the scores; and from then on nothing.
    let after: u64 = kitchen.published(generation).await[0].parse().unwrap();
    assert_eq!(after, before + 3);
    kitchen.run_at("2024-01-15T05:00:00Z", &["--date", "2024-01-07"], 0);
    assert_eq!(kitchen.published(generation).await, [after.to_string()]);
    assert_eq!(kitchen.published(SCORES).await, changed);
}

/// Twelve nights of real forecasts.
#[tokio::test(flavor = "multi_thread")]
async fn every_night_scores_what_its_day_was_forecast() {
    const DAYS: u64 = 48;
    let kitchen = Kitchen::new("twelve").await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    for night in 6..18 {
        kitchen.run_at(&format!("2024-02-{night:02}T03:10:00Z"), &[], 0);
    }
    run_sql(&kitchen, ACTUALS).await;
    let scores = kitchen.published(SCORES).await;
    assert_eq!(scores, kitchen.published(RECOMPUTED).await);
    // 11 days were forecast: at 1 to 11 days ahead as they came, in days and orders; hours at 1 to 7.
    let daily = 11 * 12 / 2;
    let hourly = 28 + 4 * 7;
    assert_eq!(scores.len(), 2 * daily + hourly);
    // A night scores the days that it publishes, whatever lies behind.
    let finished = kitchen.run_at("2024-02-18T03:10:00Z", &["--format", "json", "--lookback", "1"], 0);
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(report["days_scored"], 1);
}

/// Tables of before the scores: the next run makes up for all days, however many, and only once.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_after_an_upgrade_scores_all_that_was_issued() {
    const DAYS: u64 = 78;
    let kitchen = Kitchen::new("upgraded").await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at("2024-02-01T03:10:00Z", &[], 0);
    kitchen.run_at("2024-03-18T03:10:00Z", &[], 0);
    let scored = kitchen.published(SCORES).await;
    assert!(!scored.is_empty());
    run_sql(&kitchen, "DELETE FROM forecast_accuracy; UPDATE published_days SET scored = FALSE").await;
    let finished = kitchen.run_at("2024-03-18T03:20:00Z", &["--format", "json"], 0);
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    // The first night's forecasts were for 30 days; those of the second are for days to come.
    assert_eq!(report["days_scored"], 30);
    assert_eq!(kitchen.published(SCORES).await, scored);
    let finished = kitchen.run_at("2024-03-18T03:30:00Z", &["--format", "json"], 0);
    assert!(finished.stdout.contains("\"days_scored\":0"), "{}", finished.stdout);
}

/// Killed between the published day and its scores, or in the midst of them.
#[tokio::test(flavor = "multi_thread")]
async fn scores_that_a_killed_run_left_out_are_made_by_the_next() {
    const FIRST: &str = "2024-02-16T03:10:00Z";
    const SECOND: &str = "2024-02-17T03:10:00Z";
    let book = Book::of("2024-01-01", 47);
    let prepare = async |hint: &str| {
        let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", "2s");
        book.enter(&kitchen.restaurant, &Book::default()).await;
        kitchen.run_at(FIRST, &[], 0);
        kitchen
    };
    let undisturbed = prepare("undisturbed").await;
    undisturbed.run_at(SECOND, &[], 0);
    let expected = lasting(&undisturbed).await;
    assert!(!undisturbed.published(SCORES).await.is_empty());

    let forecast = "INSERT INTO forecast_history (origin, forecast_type, forecast_date)
                    VALUES ('2024-02-16', 'daily_revenue', '2024-02-20')";
    let score = "INSERT INTO forecast_accuracy (date, forecast_type, horizon, origin, actual, forecast, absolute_error,
                                                intervals, inside_80, inside_95)
                 VALUES ('2024-02-16', 'daily_revenue', 1, '2024-02-15', 0, 0, 0, 0, 0, 0)";
    for row in [forecast, score] {
        let kitchen = prepare("cut").await;
        let mut obstacle = Obstacle::row(&kitchen, row).await;
        let running = Running::start(&kitchen, SECOND, &[]);
        obstacle.is_met_by(1).await;
        running.killed().await;
        obstacle.removed().await;
        // The day is published and says that it is not scored.
        let marks = "SELECT COUNT(*), SUM(scored) FROM published_days WHERE date = '2024-02-16'";
        assert_eq!(kitchen.published(marks).await, ["1|0"], "{row}");
        Running::start(&kitchen, SECOND, &[]).ends_with(&kitchen, 0).await;
        assert_eq!(lasting(&kitchen).await, expected, "{row}");
    }
}

/// In New York the 14th has not ended yet, and the forecast for the 13th was made before that began.
#[tokio::test(flavor = "multi_thread")]
async fn another_calendar_judges_anew_and_forgets_days_that_are_none() {
    let kitchen = two_weeks("moved").await.set("ORDERS__TIMEZONE", "UTC");
    kitchen.run_at("2024-01-15T03:00:00Z", &["migrate"], 0);
    issue(&kitchen, "2024-01-13", 2, "100", "90, 110, 80, 120", "2024-01-13 04:59:59").await;
    issue(&kitchen, "2024-01-14", 2, "100", "90, 110, 80, 120", "2024-01-13 03:00:00").await;
    kitchen.run_at("2024-01-15T03:00:00Z", &[], 0);
    assert_eq!(
        kitchen.published(SCORES).await,
        ["2024-01-14|daily_revenue|2|2024-01-12|hand|140.00|100.00|110.00|70.00|40.00|70.00|1|0|0"]
    );
    let kitchen = kitchen.set("ANALYTICS__TIMEZONE", "America/New_York");
    kitchen.run_at("2024-01-15T04:00:00Z", &["--rebuild"], 0);
    assert_eq!(
        kitchen.published(SCORES).await,
        ["2024-01-13|daily_revenue|2|2024-01-11|hand|130.00|100.00|110.00|60.00|30.00|70.00|1|0|0"]
    );
}

/// The days and the forecast stand, and the ledger says which part failed. The next run makes up for it.
#[tokio::test(flavor = "multi_thread")]
async fn scores_that_fail_hold_up_nothing_else() {
    let kitchen = two_weeks("fails").await;
    kitchen.run_at("2024-01-15T03:00:00Z", &["migrate"], 0);
    issue(&kitchen, "2024-01-14", 2, "100", "90, 110, 80, 120", "2024-01-13 03:00:00").await;
    let trigger = "CREATE TRIGGER no_scores BEFORE INSERT ON forecast_accuracy FOR EACH ROW
                   SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no scores'";
    run_sql(&kitchen, trigger).await;
    kitchen.run_at("2024-01-15T03:00:00Z", &[], 70);
    let ledger =
        "SELECT outcome, days_changed, forecast LIKE '30 days of revenue by % accuracy failed:%no scores%'
                  FROM runs WHERE kind = 'nightly'";
    assert_eq!(kitchen.published(ledger).await, ["incomplete|14|1"]);
    let standing =
        "SELECT (SELECT COUNT(*) FROM published_days), (SELECT COUNT(*) FROM published_days WHERE scored),
                           forecast_origin FROM publication";
    assert_eq!(kitchen.published(standing).await, ["14|0|2024-01-14"]);
    run_sql(&kitchen, "DROP TRIGGER no_scores").await;
    kitchen.run_at("2024-01-15T03:30:00Z", &[], 0);
    assert_eq!(
        kitchen.published(SCORES).await,
        ["2024-01-14|daily_revenue|2|2024-01-12|hand|140.00|100.00|110.00|70.00|40.00|70.00|1|0|0"]
    );
}

/// What a new restaurant is told.
#[tokio::test(flavor = "multi_thread")]
async fn the_stage_is_published_with_its_reason() {
    const STAGE: &str = "SELECT forecast_stage, forecast_reason, forecast_origin FROM publication";
    let kitchen = Kitchen::new("stages").await;
    kitchen.run_at("2024-01-01T03:10:00Z", &[], 0);
    assert_eq!(kitchen.published(STAGE).await, ["none|no day is published yet|-"]);
    let book = Book::of("2024-01-01", 60);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    for (now, stage) in [
        ("2024-01-14T03:10:00Z", "none|13 days since the first open day; forecasts begin with 14|-"),
        ("2024-01-15T03:10:00Z", "provisional|14 days since the first open day, full from 56|2024-01-14"),
        ("2024-02-26T03:10:00Z", "full|-|2024-02-25"),
    ] {
        kitchen.run_at(now, &[], 0);
        assert_eq!(kitchen.published(STAGE).await, [stage]);
    }
}
