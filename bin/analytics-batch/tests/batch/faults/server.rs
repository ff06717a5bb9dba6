//! kill -9 of the database server in the midst of a run, and its restart.

use rstest::rstest;
use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Options, Server};

use super::{DAYS, NIGHT};
use crate::book::{Book, published_days};
use crate::running::{Obstacle, Running};
use crate::state::lasting;
use crate::support::Kitchen;

/// Where the run is when the server is killed.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Reading,
    Publishing,
    Forecasting,
}

/// Both databases are on it, so that source and lease are lost together; recovery takes longer than the lease lasts.
#[rstest]
#[case(Phase::Reading)]
#[case(Phase::Publishing)]
#[case(Phase::Forecasting)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_restarted_is_waited_for(#[case] phase: Phase) {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let kitchen = Kitchen::on(&server, "restart", &Source::default()).await.set("ANALYTICS__LEASE", "2s");
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NIGHT, &["migrate"], 0);

    let mut obstacle = match phase {
        Phase::Reading => Obstacle::orders(&kitchen).await,
        Phase::Publishing => {
            Obstacle::row(&kitchen, "INSERT INTO hourly_order_cache (date, hour) VALUES ('2024-01-08', 3)")
                .await
        }
        Phase::Forecasting => Obstacle::table(&kitchen, Database::Analytics, "forecast_history").await,
    };
    let running = Running::start(&kitchen, NIGHT, &[]);
    obstacle.is_met_by(1).await;
    server.kill().unwrap();
    running.has_logged("Attempt 3 follows").await;
    server.restart().unwrap();

    let finished = running.ends_with(&kitchen, 0).await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days(), "{}", finished.stderr);
    assert_eq!(
        kitchen.published("SELECT outcome, days_changed FROM runs").await,
        [format!("succeeded|{DAYS}")]
    );
    let after = lasting(&kitchen).await;
    let undisturbed = Kitchen::new("calm").await;
    book.enter(&undisturbed.restaurant, &Book::default()).await;
    undisturbed.run_at(NIGHT, &["migrate"], 0);
    undisturbed.run_at(NIGHT, &[], 0);
    assert_eq!(after, lasting(&undisturbed).await);
}
