//! A read-only analytics_db: for a while, as a primary is that gives way to another, and for good.

use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Options, Server};

use super::{DAYS, NIGHT};
use crate::book::{Book, published_days};
use crate::running::Running;
use crate::support::Kitchen;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_writes_is_waited_for_and_then_named() {
    let server = Server::start(Engine::from_environment().unwrap(), Options::default()).unwrap();
    let kitchen = Kitchen::on(&server, "readonly", &Source::default()).await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NIGHT, &["migrate"], 0);
    kitchen.restaurant.run(Database::Analytics, "SET GLOBAL read_only = ON").await.unwrap();

    let impatient = kitchen.set("ANALYTICS__RETRY_FOR", "1s");
    let finished = impatient.run_at(NIGHT, &[], 69);
    for said in ["read-only", "ANALYTICS_DATABASE__HOST", "in 1s (ANALYTICS__RETRY_FOR)"] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    assert_eq!(impatient.days().await, [""; 0]);

    let kitchen = impatient.set("ANALYTICS__RETRY_FOR", "2m");
    let running = Running::start(&kitchen, NIGHT, &[]);
    running.has_logged("Attempt 2 follows").await;
    kitchen.restaurant.run(Database::Analytics, "SET GLOBAL read_only = OFF").await.unwrap();
    running.ends_with(&kitchen, 0).await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());
}
