//! kill -9 wherever a run can be: no reader ever sees half a day, and the next run ends as if nothing had happened.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use mysql_async::prelude::Queryable as _;
use sandbox::databases::Database;
use tokio::task::JoinHandle;

use crate::book::{Book, WholeDays, published_days};
use crate::running::{Obstacle, Running};
use crate::state::lasting;
use crate::support::Kitchen;

/// 31 days are one transaction of a first run, the others a second one.
const DAYS: u64 = 38;
const FIRST_NIGHT: &str = "2024-02-08T01:00:00Z";
/// In the second transaction.
const LATE_DAY: &str = "2024-02-05";

/// Where a run is killed: as it waits for a row that the test has locked, or at a moment that is anybody's guess.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// It waits for the row of this statement.
    At(&'static str),
    /// It waits for the row of the lease, first thing in its first publishing transaction.
    AtTheFence,
    /// It waits for its own row in the ledger, with everything done.
    AtTheEnd,
    /// So many milliseconds after its start.
    Guess(u64),
}

const RUNS: &str = "SELECT * FROM runs FOR UPDATE";
const MAP: &str = "SELECT * FROM source_days FOR UPDATE";
const LEASE: &str = "SELECT * FROM publication FOR UPDATE";
const DAILY: &str = "INSERT INTO daily_revenue_cache (date) VALUES ('2024-02-05')";
const HOURLY: &str = "INSERT INTO hourly_order_cache (date, hour) VALUES ('2024-02-05', 23)";
const ITEMS: &str = "INSERT INTO item_sales VALUES ('2024-02-05', 6, '', 0, 0)";
const LEDGER: &str =
    "INSERT INTO published_days (date, run_id, published_at, timezone, day_start, orders_timezone)
     VALUES ('2024-02-05', 0, NOW(6), '', '00:00', '')";
const FORECAST: &str = "INSERT INTO forecast_history (origin, forecast_type, forecast_date) VALUES ('2024-02-07', 'daily_revenue', '2024-02-20')";
const STANDING_DAILY: &str = "SELECT * FROM daily_revenue_cache WHERE date = '2024-02-05' FOR UPDATE";
const STANDING_HOUR: &str =
    "SELECT * FROM hourly_order_cache WHERE date = '2024-02-05' AND hour = 9 FOR UPDATE";
const STANDING_ITEM: &str = "SELECT * FROM item_sales WHERE date = '2024-02-05' AND item_id = 7 FOR UPDATE";
const STANDING_LEDGER: &str = "SELECT * FROM published_days WHERE date = '2024-02-05' FOR UPDATE";

/// A restaurant whose readers are watched.
struct Watched {
    kitchen: Kitchen,
    stop: Arc<AtomicBool>,
    reader: JoinHandle<u64>,
}

impl Watched {
    /// On tables that are there but empty. Every day must at all times be one of `versions`, or not be there.
    async fn new(hint: &str, versions: Vec<WholeDays>) -> Self {
        let kitchen = Kitchen::new(hint).await.set("ANALYTICS__LEASE", "2s");
        kitchen.run_at(FIRST_NIGHT, &["migrate"], 0);
        let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let reader = tokio::spawn(async move {
            connection.query_drop("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.unwrap();
            let mut by_generation: HashMap<u64, WholeDays> = HashMap::new();
            let mut looks = 0;
            while !stopped.load(Ordering::Relaxed) {
                connection.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT").await.unwrap();
                let generation: u64 =
                    connection.query_first("SELECT generation FROM publication").await.unwrap().unwrap();
                let days = published_days(&mut connection).await;
                connection.query_drop("COMMIT").await.unwrap();
                for (date, day) in &days {
                    assert!(
                        versions.iter().any(|whole| whole.get(date) == Some(day)),
                        "half a day: {date} {day}"
                    );
                }
                // What an answer says that it was made from is what it was made from.
                let seen = by_generation.entry(generation).or_insert_with(|| days.clone());
                assert_eq!(*seen, days, "two contents of generation {generation}");
                looks += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            connection.disconnect().await.unwrap();
            looks
        });
        Self { kitchen, stop, reader }
    }

    /// Starts the batch and kills it.
    async fn kill(&self, moment: Moment, now: &str, arguments: &[&str]) {
        let kitchen = &self.kitchen;
        match moment {
            Moment::At(row) => {
                let mut obstacle = Obstacle::row(kitchen, row).await;
                let running = Running::start(kitchen, now, arguments);
                obstacle.is_met_by(1).await;
                running.killed().await;
                obstacle.removed().await;
            }
            Moment::AtTheFence => {
                let held = Obstacle::table(kitchen, Database::Analytics, "daily_revenue_cache").await;
                self.kill_at_the_second(held, LEASE, now, arguments).await;
            }
            Moment::AtTheEnd => {
                let held = Obstacle::row(kitchen, FORECAST).await;
                self.kill_at_the_second(held, RUNS, now, arguments).await;
            }
            Moment::Guess(milliseconds) => {
                let running = Running::start(kitchen, now, arguments);
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                running.killed().await;
            }
        }
    }

    /// Holds the batch at an obstacle until the row of another can be locked, and kills it there.
    async fn kill_at_the_second(&self, mut held: Obstacle, row: &str, now: &str, arguments: &[&str]) {
        let running = Running::start(&self.kitchen, now, arguments);
        held.is_met_by(1).await;
        let mut obstacle = Obstacle::row(&self.kitchen, row).await;
        held.removed().await;
        obstacle.is_met_by(1).await;
        running.killed().await;
        obstacle.removed().await;
    }

    /// Ends the watching; gives what the reader has to say, if anything.
    async fn ends(self) {
        self.stop.store(true, Ordering::Relaxed);
        assert!(self.reader.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_killed_anywhere_is_finished_by_the_next() {
    let moments = [
        Moment::At(RUNS),
        Moment::At(MAP),
        Moment::AtTheFence,
        Moment::At(DAILY),
        Moment::At(HOURLY),
        Moment::At(ITEMS),
        Moment::At(LEDGER),
        Moment::At(FORECAST),
        Moment::AtTheEnd,
        Moment::Guess(40),
        Moment::Guess(120),
    ];
    let book = Book::of("2024-01-01", DAYS);
    let undisturbed = Kitchen::new("whole").await;
    book.enter(&undisturbed.restaurant, &Book::default()).await;
    undisturbed.run_at(FIRST_NIGHT, &["migrate"], 0);
    undisturbed.run_at(FIRST_NIGHT, &[], 0);
    let expected = lasting(&undisturbed).await;
    let mut connection = undisturbed.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());

    let killed = futures_util::stream::iter(moments).map(|moment| {
        let (book, expected) = (&book, &expected);
        async move {
            let watched = Watched::new("killed", vec![book.whole_days()]).await;
            book.enter(&watched.kitchen.restaurant, &Book::default()).await;
            watched.kill(moment, FIRST_NIGHT, &[]).await;
            Running::start(&watched.kitchen, FIRST_NIGHT, &[]).ends_with(&watched.kitchen, 0).await;
            assert_eq!(lasting(&watched.kitchen).await, *expected, "{moment:?}");
            watched.ends().await;
        }
    });
    killed.buffer_unordered(4).collect::<Vec<()>>().await;
}

/// Orders that came late change days that stand: each is the old one or the new one, and no mixture.
#[tokio::test(flavor = "multi_thread")]
async fn a_night_killed_anywhere_is_finished_by_the_next_run() {
    const LOOKBACK: [&str; 2] = ["--lookback", "8"];
    const SECOND_NIGHT: &str = "2024-02-08T03:00:00Z";
    let moments = [
        Moment::At(STANDING_DAILY),
        Moment::At(STANDING_HOUR),
        Moment::At(STANDING_ITEM),
        Moment::At(STANDING_LEDGER),
        Moment::Guess(100),
    ];
    let before = Book::of("2024-01-01", DAYS);
    let after = before.with_late_orders(DAYS - 8);
    let prepare = async |kitchen: &Kitchen| {
        before.enter(&kitchen.restaurant, &Book::default()).await;
        kitchen.run_at(FIRST_NIGHT, &[], 0);
        after.enter(&kitchen.restaurant, &before).await;
    };
    let undisturbed = Kitchen::new("nights").await;
    prepare(&undisturbed).await;
    undisturbed.run_at(SECOND_NIGHT, &LOOKBACK, 0);
    let expected = lasting(&undisturbed).await;
    let mut connection = undisturbed.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, after.whole_days());

    let killed = futures_util::stream::iter(moments).map(|moment| {
        let (before, after, prepare, expected) = (&before, &after, &prepare, &expected);
        async move {
            let watched = Watched::new("night", vec![before.whole_days(), after.whole_days()]).await;
            prepare(&watched.kitchen).await;
            watched.kill(moment, SECOND_NIGHT, &LOOKBACK).await;
            if let Moment::At(_) = moment {
                // One day a transaction: those before stand already.
                let mut connection = watched.kitchen.restaurant.admin(Database::Analytics).await.unwrap();
                let (standing, new) = (published_days(&mut connection).await, after.whole_days());
                let old: Vec<&String> = new.keys().filter(|date| standing[*date] != new[*date]).collect();
                assert_eq!(old, [LATE_DAY, "2024-02-06", "2024-02-07"], "{moment:?}");
            }
            Running::start(&watched.kitchen, SECOND_NIGHT, &LOOKBACK).ends_with(&watched.kitchen, 0).await;
            assert_eq!(lasting(&watched.kitchen).await, *expected, "{moment:?}");
            watched.ends().await;
        }
    });
    killed.buffer_unordered(4).collect::<Vec<()>>().await;
}

/// Before there is a table, and while they are being made.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_an_empty_database_killed_at_any_moment_is_finished_by_the_next() {
    let book = Book::of("2024-01-01", DAYS);
    let undisturbed = Kitchen::new("made").await;
    book.enter(&undisturbed.restaurant, &Book::default()).await;
    undisturbed.run_at(FIRST_NIGHT, &[], 0);
    let expected = lasting(&undisturbed).await;

    let killed = futures_util::stream::iter([10, 25, 40, 60, 80]).map(|milliseconds| {
        let (book, expected) = (&book, &expected);
        async move {
            let kitchen = Kitchen::new("unmade").await.set("ANALYTICS__LEASE", "2s");
            book.enter(&kitchen.restaurant, &Book::default()).await;
            let running = Running::start(&kitchen, FIRST_NIGHT, &[]);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            running.killed().await;
            Running::start(&kitchen, FIRST_NIGHT, &[]).ends_with(&kitchen, 0).await;
            assert_eq!(lasting(&kitchen).await, *expected, "{milliseconds}");
        }
    });
    killed.buffer_unordered(5).collect::<Vec<()>>().await;
}
