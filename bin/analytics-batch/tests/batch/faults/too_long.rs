//! A statement on the source that takes too long: the server itself ends it.

use super::{DAYS, NIGHT};
use crate::book::Book;
use crate::running::{Obstacle, Running};
use crate::support::Kitchen;

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_takes_too_long_is_ended_and_the_setting_named() {
    let kitchen = Kitchen::new("long").await.set("ORDER_DATABASE__STATEMENT_TIMEOUT", "1s");
    Book::of("2024-01-01", DAYS).enter(&kitchen.restaurant, &Book::default()).await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NIGHT, &[]);
    obstacle.is_met_by(1).await;
    let finished = running.ends_with(&kitchen, 69).await;
    for said in ["took longer than ORDER_DATABASE__STATEMENT_TIMEOUT", "ORDERS__SLICE"] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    // To try it again would ask the same of a server that is busy.
    assert!(!finished.stderr.contains("Attempt"), "{}", finished.stderr);
    obstacle.removed().await;
    kitchen.run_at(NIGHT, &[], 0);
}
