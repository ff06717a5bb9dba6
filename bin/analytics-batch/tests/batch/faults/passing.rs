//! What passes when somebody else has done: too many connections; a clock that jumps back; nights without a run.

use sandbox::databases::{Database, OrderRow};
use sandbox::server::Engine;

use super::{DAYS, NIGHT};
use crate::book::{Book, published_days};
use crate::running::Running;
use crate::state::lasting;
use crate::support::Kitchen;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_free_connection_is_waited_for() {
    let kitchen = Kitchen::new("crowd").await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    let user = kitchen.restaurant.user("analytics_batch");
    let limit = |most| format!("ALTER USER '{user}'@'%' WITH MAX_USER_CONNECTIONS {most}");
    let settings = kitchen.restaurant.env_for_batch();
    let setting = |name: &str| {
        let name = format!("ANALYTICS_DATABASE__{name}");
        settings.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap()
    };
    let options = mysql_async::OptsBuilder::default()
        .ip_or_hostname(setting("HOST"))
        .tcp_port(setting("PORT").parse().unwrap())
        .user(Some(user.clone()))
        .pass(Some(setting("PASSWORD")))
        .prefer_socket(false);
    // Before the connection: a server counts those of users who have a limit.
    kitchen.restaurant.run(Database::Analytics, &limit(1)).await.unwrap();
    let crowd = mysql_async::Conn::new(options).await.unwrap();
    let running = Running::start(&kitchen, NIGHT, &[]);
    running.has_logged("takes no connection now").await;
    running.has_logged("Attempt 2 follows").await;
    crowd.disconnect().await.unwrap();
    kitchen.restaurant.run(Database::Analytics, &limit(0)).await.unwrap();
    running.ends_with(&kitchen, 0).await;
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());
}

/// A build has work for three connections, and the account may have one.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_gives_fewer_connections_is_read_over_those() {
    let kitchen = Kitchen::new("few").await.set("ORDERS__SLICE", "100").set("ANALYTICS__RETRY_FOR", "2s");
    let book = Book::of("2024-01-01", 240);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    let user = kitchen.restaurant.user("order_reader");
    let limit = format!("ALTER USER '{user}'@'%' WITH MAX_USER_CONNECTIONS 1");
    kitchen.restaurant.run(Database::Orders, &limit).await.unwrap();
    for arguments in [&[] as &[&str], &["verify"]] {
        let run = kitchen.run_at("2024-08-28T01:00:00Z", arguments, 0);
        assert!(
            run.stderr.contains("read over 1 of the 3 connections that --jobs asks for"),
            "{}",
            run.stderr
        );
    }
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());
}

/// An account that may ask only so many questions an hour: as it connects, as it looks around, as it reads.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_used_up_its_questions_is_named() {
    // The limit is MySQL's and MariaDB's.
    if Engine::from_environment().unwrap() == Engine::OceanBase {
        return;
    }
    let kitchen =
        Kitchen::new("questions").await.set("ORDERS__SLICE", "100").set("ANALYTICS__RETRY_FOR", "1s");
    let book = Book::of("2024-01-01", 240);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    let user = kitchen.restaurant.user("order_reader");
    let night = "2024-08-28T01:00:00Z";
    for questions in [5, 12, 16] {
        let limit =
            format!("ALTER USER '{user}'@'%' WITH MAX_QUERIES_PER_HOUR {questions}; FLUSH USER_RESOURCES");
        kitchen.restaurant.run(Database::Orders, &limit).await.unwrap();
        let run = kitchen.run_at(night, &["--jobs", "1"], 69);
        assert!(run.stderr.contains("has exceeded the 'max_"), "{questions}: {}", run.stderr);
    }
    let limit = format!("ALTER USER '{user}'@'%' WITH MAX_QUERIES_PER_HOUR 0");
    kitchen.restaurant.run(Database::Orders, &limit).await.unwrap();
    kitchen.run_at(night, &[], 0);
    let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
    assert_eq!(published_days(&mut connection).await, book.whole_days());
}

/// A restaurant whose book ends with the day before [`NIGHT`].
async fn opened(hint: &str) -> (Kitchen, Book) {
    let kitchen = Kitchen::new(hint).await;
    let book = Book::of("2024-01-01", DAYS);
    book.enter(&kitchen.restaurant, &Book::default()).await;
    (kitchen, book)
}

/// A machine whose clock was set back runs again: no day is taken back, and no forecast is issued twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_changes_nothing() {
    let (kitchen, book) = opened("clock").await;
    kitchen.run_at(NIGHT, &[], 0);
    let before = lasting(&kitchen).await;
    for earlier in ["2024-02-07T23:59:59Z", "2024-02-01T12:00:00Z", "2023-12-31T23:00:00Z"] {
        let run = kitchen.run_at(earlier, &[], 0);
        assert!(run.stderr.contains("has not ended by this machine's clock"), "{}", run.stderr);
        assert_eq!(lasting(&kitchen).await, before, "{earlier}");
    }
    // What is entered then is found when the clock is right again.
    let id = i64::try_from(book.size().0).unwrap() + 1;
    kitchen.restaurant.insert(&[OrderRow::served(id, "2024-02-07 20:00:00", "5.00")], &[]).await.unwrap();
    kitchen.run_at("2024-02-01T12:00:00Z", &[], 0);
    kitchen.run_at(NIGHT, &[], 0);
    let sold = "SELECT d.order_count - SUM(h.order_count), d.total_revenue - SUM(h.revenue), d.order_count
                FROM daily_revenue_cache d JOIN hourly_order_cache h ON h.date = d.date
                WHERE d.date = '2024-02-07' GROUP BY d.date";
    let orders = book.whole_days()["2024-02-07"].split('|').next().unwrap().parse::<i64>().unwrap();
    assert_eq!(kitchen.published(sold).await, [format!("0|0.00|{}", orders + 1)]);
}

/// Two days too early: what it publishes of days that are yet to come is put right by the nights after them.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_forward_is_healed_by_the_nights() {
    let (kitchen, book) = opened("early").await;
    kitchen.run_at(NIGHT, &[], 0);
    kitchen.run_at("2024-02-10T12:00:00Z", &[], 0);
    let mut id = i64::try_from(book.size().0).unwrap();
    for (day, night) in [("2024-02-08", "2024-02-09T01:00:00Z"), ("2024-02-09", "2024-02-10T01:00:00Z")] {
        id += 1;
        let order = OrderRow::served(id, &format!("{day} 20:00:00"), "5.00");
        kitchen.restaurant.insert(&[order], &[]).await.unwrap();
        let run = kitchen.run_at(night, &[], 0);
        let warned = run.stderr.contains("2024-02-09 is published and has not ended by this machine's clock");
        assert_eq!(warned, day == "2024-02-08", "{}", run.stderr);
        assert!(kitchen.days().await.contains(&format!("{day}|1|5.00|5.00")), "{:?}", kitchen.days().await);
    }
}

/// A year too early: of the days that it publishes without sales the next night takes back those that have not ended, and
/// publishes and forecasts from where it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_a_year_ahead_is_healed_by_the_next_night() {
    let (kitchen, book) = opened("year").await;
    kitchen.run_at(NIGHT, &[], 0);
    kitchen.run_at("2025-02-08T01:00:00Z", &[], 0);
    assert!(kitchen.days().await.contains(&"2025-02-07|0|0.00|0.00".to_owned()));
    let id = i64::try_from(book.size().0).unwrap() + 1;
    kitchen.restaurant.insert(&[OrderRow::served(id, "2024-02-08 20:00:00", "5.00")], &[]).await.unwrap();
    let run = kitchen.run_at("2024-02-09T01:00:00Z", &[], 0);
    assert!(run.stderr.contains("2025-02-07 is published and has not ended"), "{}", run.stderr);
    assert_eq!(kitchen.days().await.last().unwrap(), "2024-02-08|1|5.00|5.00");
    let stands = "SELECT (SELECT MAX(date) FROM published_days), forecast_origin FROM publication";
    assert_eq!(kitchen.published(stands).await, ["2024-02-08|2024-02-08"]);
}

/// The day of a pre-order stays published, since an order is of it: the nights look back from where they are all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_ahead_hides_no_order_that_is_served_late() {
    let (kitchen, book) = opened("late").await;
    let id = i64::try_from(book.size().0).unwrap();
    let late = OrderRow::served(id + 1, "2024-02-07 20:00:00", "5.00").with_status("READY");
    let ahead = OrderRow::served(id + 2, "2024-06-01 12:00:00", "7.00");
    kitchen.restaurant.insert(&[late, ahead], &[]).await.unwrap();
    kitchen.run_at(NIGHT, &[], 0);
    kitchen.run_at("2025-02-08T01:00:00Z", &[], 0);
    let serve = format!("UPDATE orders SET status = 'SERVED' WHERE id = {}", id + 1);
    kitchen.restaurant.run(Database::Orders, &serve).await.unwrap();
    kitchen.run_at("2024-02-09T01:00:00Z", &[], 0);
    let orders = book.whole_days()["2024-02-07"].split('|').next().unwrap().parse::<i64>().unwrap();
    let days = kitchen.days().await;
    let counted = days.iter().find(|day| day.starts_with("2024-02-07")).unwrap();
    assert!(counted.starts_with(&format!("2024-02-07|{}|", orders + 1)), "{counted}");
    assert_eq!(days.last().unwrap(), "2024-06-01|1|7.00|7.00");
}

/// Over the turn of a year, and over a leap day: the night after fills the week.
#[tokio::test(flavor = "multi_thread")]
async fn a_week_without_a_run_is_filled_by_the_next() {
    for (first, before, after) in [
        ("2023-12-01", "2023-12-27T01:00:00Z", "2024-01-04T01:00:00Z"),
        ("2024-02-01", "2024-02-26T01:00:00Z", "2024-03-05T01:00:00Z"),
    ] {
        let kitchen = Kitchen::new("week").await;
        // 31 and 3 days, 29 and 4 days.
        let book = Book::of(first, if first.starts_with("2023") { 34 } else { 33 });
        book.enter(&kitchen.restaurant, &Book::default()).await;
        kitchen.run_at(before, &[], 0);
        kitchen.run_at(after, &[], 0);
        let mut connection = kitchen.restaurant.admin(Database::Analytics).await.unwrap();
        assert_eq!(published_days(&mut connection).await, book.whole_days(), "{first}");
    }
}
