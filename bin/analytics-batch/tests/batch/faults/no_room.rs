//! A full disk under analytics_db.
//!
//! No test can fill a disk without a disk of its own. A tablespace that may not grow is full in the same way. MySQL
//! refuses the statement; MariaDB ends, and a server that has ended is another fault.

use mysql_async::prelude::Queryable as _;
use sandbox::databases::{Database, Source};
use sandbox::server::{Engine, Options, Server};

use super::NIGHT;
use crate::book::{Book, published_days};
use crate::support::Kitchen;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_run_with_every_published_day_whole() {
    let engine = Engine::from_environment().unwrap();
    if engine == Engine::MariaDb {
        return;
    }
    let options = Options::default()
        .argument("--innodb-file-per-table=OFF")
        .argument("--innodb-data-file-path=ibdata1:12M:autoextend:max:40M");
    let server = Server::start(engine, options).unwrap();
    let kitchen = Kitchen::on(&server, "full", &Source::default()).await;
    // A year: more than the pages hold that the tables have already.
    let book = Book::of("2023-02-08", 365);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NIGHT, &["migrate"], 0);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    connection.query_drop("CREATE TABLE ballast (piece LONGBLOB)").await.unwrap();
    for size in [500_000, 60_000] {
        let piece = format!("INSERT INTO ballast VALUES (REPEAT('x', {size}))");
        while connection.query_drop(&*piece).await.is_ok() {}
    }

    let finished = kitchen.run_at(NIGHT, &[], 69);
    for said in ["analytics_db has no room left", "Free space", "run again"] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("Attempt"), "what lasts is not tried again: {}", finished.stderr);
    let whole = book.whole_days();
    for (date, day) in published_days(&mut connection).await {
        assert_eq!(whole[&date], day);
    }

    connection.query_drop("DROP TABLE ballast").await.unwrap();
    kitchen.run_at(NIGHT, &[], 0);
    assert_eq!(published_days(&mut connection).await, whole);
}
