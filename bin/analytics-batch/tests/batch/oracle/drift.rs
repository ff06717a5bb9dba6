//! Figures that would vanish: left alone and reported, until somebody says that it is right.

use jiff::civil::Date;
use sandbox::databases::{Database, OrderRow};

use super::book::Book;
use super::facts::{adopted_and_published, assert_same, published};
use super::wall_clock::Rules;
use crate::support::Kitchen;

const NOW: &str = "2024-05-21T01:00:00Z";

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// Two orders a day from 2024-05-01 to 2024-05-20.
fn book() -> Book {
    let mut book = Book::default();
    for id in 1..=40 {
        let created_at = format!("2024-05-{:02} {:02}:00:00", (id + 1) / 2, 12 + id % 2);
        book.orders.push(OrderRow::served(id, &created_at, &format!("{id}.50")));
    }
    book
}

async fn opened() -> (Kitchen, Book) {
    let kitchen = Kitchen::new("drift").await;
    let mut book = book();
    book.store(&kitchen).await;
    (kitchen, book)
}

fn utc() -> Rules {
    Rules::new("UTC", 0, "UTC")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_day_whose_orders_vanish_is_left_alone_until_that_is_said_to_be_right() {
    let (kitchen, mut book) = opened().await;
    kitchen.run_at(NOW, &[], 0);
    let before = published(&kitchen).await;
    // The 18th and, far back, the 3rd.
    book.delete(&kitchen, &[5, 6, 35, 36]).await;

    // A night comes by the 18th only.
    let night = kitchen.run_at(NOW, &[], 65);
    assert!(
        night.stdout.contains("2024-05-18") && night.stdout.contains("--allow-empty"),
        "{}",
        night.stdout
    );
    assert!(!night.stdout.contains("2024-05-03"), "{}", night.stdout);
    assert_same(&before, &published(&kitchen).await, "the night");
    for arguments in
        [&["--date", "2024-05-03"][..], &["--from", "2024-05-01", "--to", "2024-05-20"], &["--rebuild"]]
    {
        kitchen.run_at(NOW, arguments, 65);
        assert_same(&before, &published(&kitchen).await, &format!("{arguments:?}"));
    }

    kitchen.run_at(NOW, &["--date", "2024-05-03", "--allow-empty"], 0);
    kitchen.run_at(NOW, &["--allow-empty"], 0);
    assert_same(&book.facts(&utc(), date("2024-05-20")), &published(&kitchen).await, "allowed");
    kitchen.run_at(NOW, &["--from", "2024-05-01", "--to", "2024-05-20"], 0);
}

/// The source is purged of its first days, and then an order of one of them is entered.
#[tokio::test(flavor = "multi_thread")]
async fn a_purged_day_is_not_reduced_to_the_one_order_that_turns_up() {
    let (kitchen, mut book) = opened().await;
    kitchen.run_at(NOW, &[], 0);
    let mut expected = published(&kitchen).await;
    book.delete(&kitchen, &(1..=10).collect::<Vec<_>>()).await;
    book.orders.push(OrderRow::served(41, "2024-05-03 12:00:00", "1.00"));
    book.store(&kitchen).await;

    let night = kitchen.run_at(NOW, &[], 65);
    assert!(night.stdout.contains("2024-05-03") && night.stdout.contains("--date"), "{}", night.stdout);
    assert_same(&expected, &published(&kitchen).await, "the night");

    kitchen.run_at(NOW, &["--date", "2024-05-03"], 0);
    let day = date("2024-05-03");
    expected.insert(day, book.facts(&utc(), date("2024-05-20"))[&day].clone());
    assert_same(&expected, &published(&kitchen).await, "rerun");
    kitchen.run_at(NOW, &[], 0);
    assert_same(&expected, &published(&kitchen).await, "the night after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_before_the_first_order_is_published_only_when_that_is_said_to_be_right() {
    let (kitchen, book) = opened().await;
    kitchen.run_at(NOW, &[], 0);
    let before = published(&kitchen).await;
    let refused = kitchen.run_at(NOW, &["--from", "2024-04-29", "--to", "2024-05-02"], 65);
    assert!(refused.stdout.contains("2024-04-29, 2024-04-30"), "{}", refused.stdout);
    assert_same(&before, &published(&kitchen).await, "refused");

    kitchen.run_at(NOW, &["--from", "2024-04-29", "--to", "2024-05-02", "--allow-empty"], 0);
    let found = published(&kitchen).await;
    assert_eq!(found.keys().next(), Some(&date("2024-04-29")));
    assert_eq!(found[&date("2024-04-30")][0], "day|0|0.00|0.00");
    let since_first = found.range(date("2024-05-01")..).map(|(day, rows)| (*day, rows.clone())).collect();
    assert_same(&book.facts(&utc(), date("2024-05-20")), &since_first, "allowed");
}

/// The first order before `ANALYTICS__FIRST_DAY` is a stray one, in the first build and in any night.
#[tokio::test(flavor = "multi_thread")]
async fn orders_before_the_configured_first_day_are_not_taken_for_the_first() {
    let (kitchen, mut book) = opened().await;
    let kitchen = kitchen.set("ANALYTICS__FIRST_DAY", "2024-05-01");
    let expected = book.facts(&utc(), date("2024-05-20"));
    book.orders.push(OrderRow::served(41, "1970-01-01 00:00:00", "1.00"));
    book.store(&kitchen).await;
    kitchen.run_at(NOW, &[], 0);
    assert_same(&expected, &published(&kitchen).await, "the first build");
    book.orders.push(OrderRow::served(42, "1999-12-31 12:00:00", "1.00"));
    book.store(&kitchen).await;
    kitchen.run_at(NOW, &[], 0);
    kitchen.run_at(NOW, &[], 0);
    assert_same(&expected, &published(&kitchen).await, "the nights after");
}

/// What the old service left: days before the source's first order stand as they are, days that the source holds are
/// computed again, a day on which the source has nothing is reported.
#[tokio::test(flavor = "multi_thread")]
async fn adopted_rows_are_kept_where_the_source_holds_nothing() {
    let (kitchen, mut book) = opened().await;
    book.delete(&kitchen, &[9, 10]).await;
    let old_tables = sandbox::old_service::SCHEMA;
    kitchen.restaurant.run(Database::Analytics, old_tables).await.unwrap();
    kitchen
        .restaurant
        .run(
            Database::Analytics,
            "INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value) VALUES
               ('2024-04-20', 11.00, 2, 5.50), ('2024-05-04', 1.00, 1, 1.00), ('2024-05-05', 9.00, 3, 3.00);
             INSERT INTO hourly_order_cache (date, hour, order_count) VALUES
               ('2024-04-20', 12, 2), ('2024-05-04', 3, 1), ('2024-05-05', 12, 3)",
        )
        .await
        .unwrap();

    let first = kitchen.run_at(NOW, &[], 65);
    assert!(first.stdout.contains("2024-05-05") && !first.stdout.contains("2024-04-20"), "{}", first.stdout);
    let mut expected = book.facts(&utc(), date("2024-05-20"));
    let before_source = vec!["day|2|11.00|5.50".to_owned(), "hour 12|2|-".to_owned()];
    expected.insert(date("2024-04-20"), before_source);
    expected.insert(date("2024-05-05"), vec!["day|3|9.00|3.00".to_owned(), "hour 12|3|-".to_owned()]);
    let found = || async {
        let mut found = adopted_and_published(&kitchen).await;
        found.values_mut().for_each(|rows| rows.sort_unstable());
        found
    };
    assert_same(&expected, &found().await, "adopted");
    let ledger = kitchen.published("SELECT date FROM published_days ORDER BY date").await;
    assert_eq!(ledger.len(), 19);
    assert!(!ledger.contains(&"2024-05-05".to_owned()));

    kitchen.run_at(NOW, &["--date", "2024-05-05", "--allow-empty"], 0);
    expected.insert(date("2024-05-05"), book.facts(&utc(), date("2024-05-20"))[&date("2024-05-05")].clone());
    assert_same(&expected, &found().await, "allowed");
    kitchen.run_at(NOW, &[], 0);
    assert_same(&expected, &found().await, "the night after");
}
