//! Published days against the source: what drifts is named, day by day and figure by figure, and mended by a repair.
//!
//! Figures to expect are counted by hand from the orders below, or by the oracle.

use jiff::Timestamp;
use jiff::civil::Date;
use rstest::rstest;
use sandbox::databases::{Database, LineRow, OrderRow, Source};
use serde_json::{Value, json};

use super::book::Book;
use super::facts::{assert_same, published};
use super::hard_rows::{EXTRA_STATUSES, draw};
use super::wall_clock::Rules;
use crate::running::{Obstacle, Running};
use crate::state::everything;
use crate::support::Kitchen;

const NOW: &str = "2024-05-21T01:00:00Z";

/// Two orders a day from 2024-05-01 to 2024-05-20: of 2 × nth − 1 and 2 × nth, each of as many euros as its id, and of
/// one line.
fn book() -> Book {
    let mut book = Book::default();
    for id in 1..=40 {
        let created_at = format!("2024-05-{:02} {:02}:00:00", (id + 1) / 2, 12 + id % 2);
        book.orders.push(OrderRow::served(id, &created_at, &format!("{id}.00")));
        book.lines.push(LineRow::new(id, id, 1 + id % 3, "Soup", 1, "1.00"));
    }
    book
}

async fn opened(index_on_created_at: bool) -> (Kitchen, Book) {
    let kitchen = Kitchen::with("verify", &Source { index_on_created_at, ..Source::default() }).await;
    let mut book = book();
    book.store(&kitchen).await;
    kitchen.run_at(NOW, &[], 0);
    (kitchen, book)
}

fn last() -> Date {
    "2024-05-20".parse().unwrap()
}

fn utc() -> Rules {
    Rules::new("UTC", 0, "UTC")
}

fn verified(kitchen: &Kitchen, arguments: &[&str], code: i32) -> Value {
    let all = [&["verify", "--format", "json"], arguments].concat();
    serde_json::from_str(&kitchen.run_at(NOW, &all, code).stdout).unwrap()
}

/// The days that drifted, each as `date kind: figure published>source, …`.
fn drift(days: &Value) -> Vec<String> {
    let shown = |figures: &Value, name: &Value| match &figures[name.as_str().unwrap()] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let told = |day: &Value| {
        let names = day["differs"].as_array().unwrap().iter();
        let figures: Vec<_> = names
            .map(|name| {
                let [here, there] = ["published", "source"].map(|side| shown(&day[side], name));
                format!("{} {here}>{there}", name.as_str().unwrap())
            })
            .collect();
        format!("{} {}: {}", day["date"].as_str().unwrap(), day["kind"].as_str().unwrap(), figures.join(", "))
    };
    days.as_array().unwrap().iter().map(told).collect()
}

/// What every row of the ledger of published days says, without those of `days`.
async fn ledger_but(kitchen: &Kitchen, days: &[&str]) -> Vec<String> {
    let rows = kitchen.published("SELECT * FROM published_days ORDER BY date").await;
    rows.into_iter().filter(|row| !days.iter().any(|day| row.starts_with(day))).collect()
}

#[rstest]
#[case::utc(41, "UTC", 0, None)]
#[case::paris_from_four(42, "Europe/Paris", 4, None)]
#[case::paris_written_in_utc(43, "Europe/Paris", 4, Some("UTC"))]
#[case::kathmandu_from_noon(44, "Asia/Kathmandu", 12, Some("UTC"))]
#[case::lord_howe_written_in_santiago(45, "Australia/Lord_Howe", 2, Some("America/Santiago"))]
#[tokio::test(flavor = "multi_thread")]
async fn hard_orders_do_not_drift_by_themselves(
    #[case] seed: u64,
    #[case] zone: &str,
    #[case] day_start: i8,
    #[case] written_in: Option<&str>,
    #[values(false, true)] index_on_created_at: bool,
) {
    let extra_statuses = EXTRA_STATUSES.map(str::to_owned).into();
    let source = Source { index_on_created_at, extra_statuses, ..Source::default() };
    let mut kitchen = Kitchen::with("verify", &source)
        .await
        .set("ANALYTICS__TIMEZONE", zone)
        .set("ANALYTICS__DAY_START", &format!("{day_start:02}:00"))
        .set("ORDERS__SLICE", "100");
    if let Some(written_in) = written_in {
        kitchen = kitchen.set("ORDERS__TIMEZONE", written_in);
    }
    let rules = Rules::new(zone, day_start, written_in.unwrap_or(zone));
    let date = |text: &str| text.parse::<Date>().unwrap();
    let (first, last) = (date("2024-09-20"), date("2024-11-02"));
    let mut book = draw(seed, 800, &rules, (first, last), &[date("2024-10-06"), date("2024-10-27")]);
    book.store(&kitchen).await;
    let now: Timestamp = rules.start_of(last.tomorrow().unwrap());
    kitchen.run_at(&now.to_string(), &[], 0);
    let days = published(&kitchen).await.len();
    let before = everything(&kitchen).await;
    for jobs in ["1", "5"] {
        let finished = kitchen.run_at(&now.to_string(), &["verify", "--format", "json", "--jobs", jobs], 0);
        let report: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(report["days_agreeing"], json!(days), "{report}");
        assert_eq!((&report["outcome"], &report["orders_read"]), (&json!("agrees"), &json!(800)), "{report}");
    }
    // An order that turns SERVED, wherever it lies, is missed on its day, which the oracle knows.
    let day_of =
        |order: &&OrderRow| rules.day_of(&order.created_at).filter(|day| (first..=last).contains(day));
    let ready = book.orders.iter().find(|order| order.status == "READY" && day_of(order).is_some());
    let (id, day) = ready.map(|order| (order.id, day_of(&order).unwrap())).unwrap();
    book.serve(&kitchen, &[id]).await;
    let finished = kitchen.run_at(&now.to_string(), &["verify", "--format", "json"], 65);
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let named: Vec<_> = report["drift"].as_array().unwrap().iter().map(|day| &day["date"]).collect();
    assert_eq!(named, [&json!(day.to_string())]);
    assert_eq!(everything(&kitchen).await, before, "verifying writes nothing");
    kitchen.run_at(&now.to_string(), &["verify", "--repair"], 0);
    assert_same(&book.facts(&rules, last), &published(&kitchen).await, zone);
}

/// Days from the 14th on are within the lookback of a week.
#[rstest]
#[case::deleted("DELETE FROM orders WHERE id = 5", &["2024-05-03 shrunk: order_count 2>1, total_revenue 11.00>6.00"])]
#[case::total("UPDATE orders SET total_amount = 6.50 WHERE id = 6", &["2024-05-03 changed: total_revenue 11.00>11.50"])]
#[case::cancelled("UPDATE orders SET status = 'READY' WHERE id = 6",
    &["2024-05-03 shrunk: order_count 2>1, total_revenue 11.00>5.00, highest_order_id 6>5"])]
#[case::cancelled_of_late("UPDATE orders SET status = 'READY' WHERE id = 39",
    &["2024-05-20 changed: order_count 2>1, total_revenue 79.00>40.00"])]
#[case::inserted("INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id)
                  VALUES (60, '2024-05-03 20:00:00', 'SERVED', 1, 7.25, 1)",
    &["2024-05-03 changed: order_count 2>3, total_revenue 11.00>18.25, highest_order_id 6>60"])]
// Below the ids that any run looks at again.
#[case::inserted_out_of_reach("INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id)
                               VALUES (-5, '2024-05-03 20:00:00', 'SERVED', 1, 7.25, 1)",
    &["2024-05-03 changed: order_count 2>3, total_revenue 11.00>18.25"])]
#[case::moved("UPDATE orders SET created_at = '2024-05-11 09:00:00' WHERE id = 6",
    &["2024-05-03 shrunk: order_count 2>1, total_revenue 11.00>5.00, highest_order_id 6>5",
      "2024-05-11 changed: order_count 2>3, total_revenue 43.00>49.00"])]
#[case::replaced("UPDATE orders SET id = 70 WHERE id = 6", &["2024-05-03 changed: highest_order_id 6>70"])]
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_to_an_order_is_named_and_mended(
    #[case] change: &str,
    #[case] expected: &[&str],
    #[values(false, true)] index_on_created_at: bool,
) {
    let (kitchen, _) = opened(index_on_created_at).await;
    let unrelated = "ALTER TABLE order_items DROP FOREIGN KEY order_items_ibfk_1";
    kitchen.restaurant.run(Database::Orders, unrelated).await.unwrap();
    kitchen.restaurant.run(Database::Orders, change).await.unwrap();
    let before = everything(&kitchen).await;
    let found = verified(&kitchen, &[], 65);
    assert_eq!(drift(&found["drift"]), expected);
    assert_eq!((&found["outcome"], &found["repair"]), (&json!("drifted"), &Value::Null));
    assert_eq!(everything(&kitchen).await, before, "verifying writes nothing");
    verified(&kitchen, &["--from", "2024-05-04", "--to", "2024-05-10"], 0);

    let days: Vec<&str> = expected.iter().map(|day| &day[..10]).collect();
    let others = ledger_but(&kitchen, &days).await;
    let mended = verified(&kitchen, &["--repair"], 0);
    assert_eq!(
        (&mended["outcome"], drift(&mended["drift"])),
        (&json!("repaired"), expected.iter().map(|day| (*day).to_owned()).collect())
    );
    assert_eq!(mended["repair"]["run"]["kind"], "repair");
    for told in [&mended["repair"]["days_repaired"], &mended["repair"]["run"]["days_changed"]] {
        assert_eq!(*told, json!(days));
    }
    assert_eq!(ledger_but(&kitchen, &days).await, others, "other days are not touched");
    let ledger =
        kitchen.published("SELECT kind, outcome, days_planned, days_changed FROM runs ORDER BY id").await;
    assert_eq!(ledger[1..], [format!("repair|succeeded|{0}|{0}", days.len())]);
    // As the source has it, by its own count.
    let orders = "SELECT DATE(created_at), COUNT(*), SUM(total_amount), MAX(id) FROM orders WHERE status = 'SERVED' GROUP BY 1 ORDER BY 1";
    let source = crate::support::rows(&kitchen.restaurant, Database::Orders, orders).await;
    let figures = "SELECT date, order_count, total_revenue, highest_order_id
                   FROM daily_revenue_cache JOIN published_days USING (date) ORDER BY date";
    assert_eq!(kitchen.published(figures).await, source);
    verified(&kitchen, &[], 0);
    // Nothing more to do: no run, no new generation.
    let state = everything(&kitchen).await.len();
    assert_eq!(verified(&kitchen, &["--repair"], 0)["outcome"], "agrees");
    assert_eq!(everything(&kitchen).await.len(), state);
}

/// A night leaves alone an older day that an order turns up of and that others are gone from; a repair does not.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_night_would_not_shrink_is_repaired() {
    let (kitchen, mut book) = opened(false).await;
    book.delete(&kitchen, &[5, 6]).await;
    book.orders.push(OrderRow::served(41, "2024-05-03 12:00:00", "1.00"));
    book.store(&kitchen).await;
    kitchen.run_at(NOW, &[], 65);
    let told = kitchen.run_at(NOW, &["verify"], 65).stdout;
    assert!(told.contains("2024-05-03 would shrink: order_count 2 published, 1 in the source"), "{told}");
    kitchen.run_at(NOW, &["verify", "--repair"], 0);
    assert_same(&book.facts(&utc(), last()), &published(&kitchen).await, "repaired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_orders_any_more_is_emptied_only_if_that_is_said_to_be_right() {
    let (kitchen, mut book) = opened(false).await;
    let before = published(&kitchen).await;
    book.delete(&kitchen, &[5, 6]).await;
    let expected = ["2024-05-03 emptied: order_count 2>0, total_revenue 11.00>0.00, highest_order_id 6>null"];
    assert_eq!(drift(&verified(&kitchen, &[], 65)["drift"]), expected);
    let left = verified(&kitchen, &["--repair"], 65);
    assert_eq!((drift(&left["drift"]), &left["repair"]), (expected.map(str::to_owned).into(), &Value::Null));
    assert_same(&before, &published(&kitchen).await, "left alone");
    let told = kitchen.run_at(NOW, &["verify", "--repair"], 65).stdout;
    assert!(told.contains("--allow-empty"), "{told}");
    verified(&kitchen, &["--repair", "--allow-empty"], 0);
    assert_same(&book.facts(&utc(), last()), &published(&kitchen).await, "allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_was_purged_of_cannot_be_verified_and_stays() {
    let (kitchen, mut book) = opened(false).await;
    let before = published(&kitchen).await;
    // The first four days, and one order of the fifth.
    book.delete(&kitchen, &(1..=9).collect::<Vec<_>>()).await;
    let unknown = |day: u32, reason: &str| json!({"date": format!("2024-05-{day:02}"), "reason": reason});
    let mut expected: Vec<Value> = (1..=4).map(|day| unknown(day, "purged")).collect();
    expected.push(unknown(5, "purged_in_part"));
    for arguments in [&[][..], &["--repair"], &["--repair", "--allow-empty"]] {
        let found = verified(&kitchen, arguments, 0);
        assert_eq!(found["not_verifiable"], json!(expected));
        assert_eq!((&found["days_compared"], &found["days_agreeing"]), (&json!(15), &json!(15)));
    }
    assert_same(&before, &published(&kitchen).await, "purged");
    let told = kitchen.run_at(NOW, &["verify"], 0).stdout;
    for said in [
        "ms: 15, of which 15 agree.",
        "Not verifiable, 4 in number: 2024-05-01, 2024-05-02, 2024-05-03, 2024-05-04: the source's first SERVED order",
        "Not verifiable, 1 in number: 2024-05-05: the first day that a purged source holds orders of",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }

    // And a source that holds nothing at all is not taken for a purged one.
    book.delete(&kitchen, &(10..=40).collect::<Vec<_>>()).await;
    assert_eq!(verified(&kitchen, &["--repair"], 65)["drift"].as_array().unwrap().len(), 20);
    assert_same(&before, &published(&kitchen).await, "empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_has_ended_and_is_not_published_is_named() {
    let (kitchen, mut book) = opened(false).await;
    book.orders.push(OrderRow::served(41, "2024-05-21 12:00:00", "9.00"));
    book.orders.push(OrderRow::served(42, "2024-05-22 12:00:00", "9.00"));
    book.store(&kitchen).await;
    // The 22nd has not ended.
    let finished = kitchen.run_at("2024-05-22T01:00:00Z", &["verify"], 65);
    let said = "2024-05-21 has ended and is not published, and the source holds orders of it: order_count 1, \
                total_revenue 9.00.";
    assert!(finished.stdout.contains(said) && !finished.stdout.contains("2024-05-22"), "{}", finished.stdout);
    kitchen.run_at("2024-05-22T01:00:00Z", &["verify", "--repair"], 0);
    let days = book.facts(&utc(), "2024-05-21".parse().unwrap());
    assert_same(&days, &published(&kitchen).await, "published");
}

/// Days published before highest ids were kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_highest_id_is_compared_by_the_rest() {
    let (kitchen, _) = opened(false).await;
    kitchen
        .restaurant
        .run(Database::Analytics, "UPDATE published_days SET highest_order_id = NULL")
        .await
        .unwrap();
    kitchen
        .restaurant
        .run(Database::Orders, "UPDATE orders SET total_amount = 9.00 WHERE id = 6")
        .await
        .unwrap();
    let found = verified(&kitchen, &[], 65);
    assert_eq!(drift(&found["drift"]), ["2024-05-03 changed: total_revenue 11.00>14.00"]);
    verified(&kitchen, &["--repair"], 0);
    let known = "SELECT date, highest_order_id FROM published_days WHERE highest_order_id IS NOT NULL";
    assert_eq!(kitchen.published(known).await, ["2024-05-03|6"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let (kitchen, _) = opened(false).await;
    kitchen.run_at(NOW, &["verify", "--date", "2024-05-21"], 64);
    kitchen.run_at(NOW, &["verify", "--from", "2024-05-03", "--to", "2024-05-01"], 64);
    kitchen.run_at(NOW, &["verify", "--allow-empty"], 2);
    let elsewhere = kitchen.set("ANALYTICS__DAY_START", "04:00");
    assert!(elsewhere.run_at(NOW, &["verify"], 78).stderr.contains("another calendar"));
    elsewhere.run_at(NOW, &["verify", "--repair"], 78);
    let elsewhere = elsewhere.set("ANALYTICS__DAY_START", "00:00").set("ANALYTICS__CURRENCY", "JPY");
    assert!(elsewhere.run_at(NOW, &["verify"], 78).stderr.contains("JPY"));
    let unmade = Kitchen::new("unmade").await;
    assert!(unmade.run_at(NOW, &["verify"], 78).stderr.contains("migrate"));
    assert_eq!(everything(&unmade).await, [""; 0]);
}

/// Verifying waits for no lease; a repair does.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_repair_needs_the_lease() {
    let (kitchen, _) = opened(false).await;
    let kitchen = kitchen.set("ANALYTICS__LEASE", "2s");
    let held = "UPDATE publication SET holder = 'other', expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR";
    kitchen.restaurant.run(Database::Analytics, held).await.unwrap();
    verified(&kitchen, &[], 0);
    kitchen.run_at(NOW, &["verify", "--repair"], 75);
    assert_eq!(kitchen.published("SELECT holder FROM publication").await, ["other"]);
}

#[rstest]
#[case::looking(&["verify"])]
#[case::repairing(&["verify", "--repair"])]
#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_interrupted(#[case] arguments: &[&str]) {
    let (kitchen, _) = opened(false).await;
    let days = published(&kitchen).await;
    let mut obstacle = Obstacle::orders(&kitchen).await;
    let running = Running::start(&kitchen, NOW, arguments);
    obstacle.is_met_by(1).await;
    running.signal("TERM");
    running.ends_with(&kitchen, 75).await;
    obstacle.removed().await;
    assert_eq!(kitchen.published("SELECT holder, expires_at FROM publication").await, ["-|-"]);
    assert_same(&days, &published(&kitchen).await, "interrupted");
    kitchen.run_at(NOW, arguments, 0);
}

/// Stopped while it publishes the second of two days: the first stands whole, and the next repair does the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_that_is_interrupted_is_gone_on_with() {
    let (kitchen, mut book) = opened(false).await;
    let before = published(&kitchen).await;
    book.delete(&kitchen, &[5, 15]).await;
    let locked = "SELECT * FROM daily_revenue_cache WHERE date = '2024-05-08' FOR UPDATE";
    let mut obstacle = Obstacle::row(&kitchen, locked).await;
    let running = Running::start(&kitchen, NOW, &["verify", "--repair"]);
    obstacle.is_met_by(1).await;
    running.signal("TERM");
    running.ends_with(&kitchen, 75).await;
    obstacle.removed().await;
    let ledger = "SELECT kind, outcome, days_planned, days_changed FROM runs ORDER BY id";
    assert_eq!(kitchen.published(ledger).await[1..], ["repair|interrupted|2|1"]);
    let (now, [third, eighth]) =
        (book.facts(&utc(), last()), ["2024-05-03", "2024-05-08"].map(|day| day.parse::<Date>().unwrap()));
    let mut expected = before;
    expected.insert(third, now[&third].clone());
    assert_same(&expected, &published(&kitchen).await, "interrupted");

    let mended = verified(&kitchen, &["--repair"], 0);
    assert_eq!(mended["repair"]["days_repaired"], json!([eighth.to_string()]));
    assert_same(&now, &published(&kitchen).await, "gone on with");
}
