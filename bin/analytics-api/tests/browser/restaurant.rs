//! The sample restaurant as of one moment, and the program in front of it.

use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::{Api, Batch};
use sandbox::sample::{self, Sample};
use sandbox::server::Server;
use serde_json::Value;
use tokio::sync::OnceCell;

/// 13:00 in Paris on a Sunday. The last ended business day is Saturday, 2026-11-21.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

/// Enough for a comparison of thirteen weeks with those before.
const DAYS: u64 = 190;

/// Mornings on which the batch has run, so that there are forecasts that days can be held against.
const NIGHTS: u64 = 14;

/// What the platform enters late, so that the last run corrects a day that stood.
const CORRECTION: &str = "UPDATE orders SET total_amount = total_amount + 14.50 \
    WHERE status = 'SERVED' AND created_at >= '2026-11-19 19:00:00' ORDER BY id LIMIT 3";

/// The last published business day.
pub(crate) fn last_day() -> NaiveDate {
    "2026-11-21".parse().unwrap()
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_analytics-api"))
}

/// The batch as `make build` leaves it: for a package's tests, cargo builds only that package's programs.
pub(crate) fn batch(restaurant: &Restaurant) -> Batch {
    let batch = program().ancestors().nth(2).unwrap().join("release/analytics-batch");
    assert!(batch.is_file(), "{} is not there: `make build` builds it", batch.display());
    let calendar = [
        ("ANALYTICS__TIMEZONE", sample::TIMEZONE),
        ("ANALYTICS__DAY_START", sample::DAY_START),
        ("ANALYTICS__CURRENCY", sample::CURRENCY),
    ];
    let calendar = calendar.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Batch::new(batch).with(restaurant.env_for_batch()).with(calendar)
}

/// Runs the batch, which must succeed.
pub(crate) fn run(batch: &Batch, arguments: &[&str]) {
    let run = batch.run(arguments).unwrap();
    assert_eq!(run.code, Some(0), "{arguments:?}\n{}{}", run.stdout, run.stderr);
}

/// The restaurant of all tests that only look.
pub(crate) async fn published() -> &'static Restaurant {
    static PUBLISHED: OnceCell<Restaurant> = OnceCell::const_new();
    PUBLISHED
        .get_or_init(|| async {
            let restaurant = Server::shared().unwrap().restaurant("browser").await.unwrap();
            let sample = Sample { seed: 20_260, first: last_day() - Days::new(DAYS - 1), last: last_day() };
            sample::fill(&restaurant, &sample, sample.first, |_, _| {}).await.unwrap();
            let batch = batch(&restaurant);
            let now: DateTime<Utc> = NOW.parse().unwrap();
            for nights in (0..NIGHTS).rev() {
                if nights == 0 {
                    restaurant.run(Database::Orders, CORRECTION).await.unwrap();
                }
                let morning = now - Days::new(nights) - TimeDelta::hours(6);
                run(&batch, &["--now", &morning.to_rfc3339()]);
            }
            restaurant
        })
        .await
}

/// The program in front of a restaurant at [`NOW`], with these settings besides.
pub(crate) fn start(restaurant: &Restaurant, settings: &[(&str, &str)]) -> Api {
    let own = [("SERVER__NOW", NOW)];
    let own = own.iter().chain(settings).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Api::start(program(), restaurant.env_for_api().into_iter().chain(own)).unwrap()
}

/// The program in front of the sample.
pub(crate) async fn start_published() -> Api {
    start(published().await, &[])
}

/// What the API answers a client that is no browser.
pub(crate) async fn answer(api: &Api, path: &str) -> Value {
    let (status, _, body) = api.get(&format!("/api/admin/analytics{path}")).await.unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    body
}
