//! What every test here starts from: a fresh pair of databases and the program under test.

use sandbox::databases::{Database, Restaurant, Source};
use sandbox::programs::{Batch, Finished};
use sandbox::server::Server;

/// A restaurant of its own and the batch pointed at it.
pub(crate) struct Kitchen {
    pub(crate) restaurant: Restaurant,
    pub(crate) batch: Batch,
}

impl Kitchen {
    /// On the shared server, with source tables of this shape.
    pub(crate) async fn with(hint: &str, source: &Source) -> Self {
        let server = Server::shared().unwrap();
        Self::on(server, hint, source).await
    }

    /// On the shared server, with source tables as DESIGN shows them.
    pub(crate) async fn new(hint: &str) -> Self {
        Self::with(hint, &Source::default()).await
    }

    /// On a server of the test's own.
    pub(crate) async fn on(server: &Server, hint: &str, source: &Source) -> Self {
        let restaurant = server.restaurant_with(hint, source).await.unwrap();
        let batch = Batch::new(env!("CARGO_BIN_EXE_analytics-batch")).with(restaurant.env_for_batch());
        Self { restaurant, batch }
    }

    /// Adds a setting.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.batch = self.batch.set(name, value);
        self
    }

    /// Runs the batch at a moment, and expects this exit code.
    #[track_caller]
    pub(crate) fn run_at(&self, now: &str, arguments: &[&str], code: i32) -> Finished {
        let all = [arguments, &["--now", now]].concat();
        let finished = self.batch.run(&all).unwrap();
        assert_eq!(finished.code, Some(code), "{arguments:?}\n{}\n{}", finished.stdout, finished.stderr);
        self.assert_no_secret_in(&finished);
        finished
    }

    /// No password stands in what the batch said.
    #[track_caller]
    pub(crate) fn assert_no_secret_in(&self, finished: &Finished) {
        let settings = self.restaurant.env_for_batch();
        for (name, secret) in settings.iter().filter(|(name, _)| name.ends_with("PASSWORD")) {
            assert!(!finished.stdout.contains(secret), "{name} on standard output");
            assert!(!finished.stderr.contains(secret), "{name} in the log");
        }
    }

    /// Rows of a query on analytics_db, each as its values joined by `|`, NULL as `-`.
    pub(crate) async fn published(&self, query: &str) -> Vec<String> {
        rows(&self.restaurant, Database::Analytics, query).await
    }

    /// The daily rows, as `date|orders|revenue|average`.
    pub(crate) async fn days(&self) -> Vec<String> {
        self.published(
            "SELECT date, order_count, total_revenue, average_order_value FROM daily_revenue_cache ORDER BY date",
        )
        .await
    }
}

/// Rows of a query, each as its values joined by `|`, NULL as `-`.
pub(crate) async fn rows(restaurant: &Restaurant, database: Database, query: &str) -> Vec<String> {
    let rows = restaurant.query(database, query).await.unwrap();
    rows.into_iter()
        .map(|row| row.into_iter().map(|value| value.unwrap_or("-".to_owned())).collect::<Vec<_>>().join("|"))
        .collect()
}
