//! A source is read over several connections, in many slices, and by ways that depend on how its orders lie: the
//! figures do not.

use rstest::rstest;
use sandbox::databases::{LineRow, OrderRow, Source};

use super::book::Book;
use super::facts::{assert_same, published};
use super::hard_rows::{EXTRA_STATUSES, draw};
use super::wall_clock::Rules;
use crate::support::Kitchen;

const NOW: &str = "2024-04-20T00:30:00Z";

#[rstest]
// Each extractor is asked for by name as well. Here some lines lie together and come as text.
#[case::side_by_side(1, 0)]
// Here all lines come row by row: too many ids lie between two orders.
#[case::far_apart(5_000, 0)]
// Ids that a double does not tell apart.
#[case::very_high(1, i64::MAX - 1_000_000)]
#[tokio::test(flavor = "multi_thread")]
async fn figures_do_not_depend_on_how_orders_are_read(#[case] spread: i64, #[case] from: i64) {
    let extra_statuses = EXTRA_STATUSES.map(str::to_owned).into();
    let source = Source { extra_statuses, ..Source::default() };
    let kitchen = Kitchen::with("jobs", &source).await.set("ORDERS__SLICE", "100");
    let rules = Rules::new("UTC", 0, "UTC");
    let date = |text: &str| text.parse().unwrap();
    let (first, last) = (date("2024-03-01"), date("2024-04-19"));
    let mut book = draw(23, 1_200, &rules, (first, last), &[]);
    book.orders.iter_mut().for_each(|order| order.id = from + order.id * spread);
    book.lines.iter_mut().for_each(|line| line.order_id = from + line.order_id * spread);
    book.store(&kitchen).await;
    let expected = book.facts(&rules, last);

    kitchen.run_at(NOW, &["--jobs", "1"], 0);
    assert_same(&expected, &published(&kitchen).await, "one job");
    let read = "SELECT orders_read, lines_read FROM runs ORDER BY id";
    for arguments in [["--jobs", "5"], ["--throttle", "1ms"]] {
        kitchen.run_at(NOW, &[&["--rebuild"], &arguments[..]].concat(), 0);
        assert_same(&expected, &published(&kitchen).await, &arguments.join(" "));
    }
    let mut kitchen = kitchen;
    for extractor in ["lines", "groups"] {
        kitchen = kitchen.set("ORDERS__EXTRACTOR", extractor);
        kitchen.run_at(NOW, &["--rebuild"], 0);
        assert_same(&expected, &published(&kitchen).await, extractor);
        // Rows that are equal are not written: all that a rebuild finds are.
        let changed = "SELECT rows_changed FROM runs ORDER BY id DESC LIMIT 1";
        assert_eq!(kitchen.published(changed).await, ["0"], "{extractor}");
    }
    let read = kitchen.published(read).await;
    assert!(read.iter().all(|run| *run == read[0]), "{read:?}");
}

/// Orders of each of three days.
const A_DAY: i64 = 200;

#[rstest]
#[case::as_they_were_entered(&[], &[])]
#[case::one_entered_with_the_next_days(&[(51, 2_000)], &[])]
#[case::one_entered_long_after(&[(51, 10_000_000)], &[])]
#[case::one_before_all_others(&[(151, -5)], &[])]
#[case::one_of_the_first_and_of_the_last_order_of_a_day(&[(1, 10_000_000), (600, -10_000_000)], &[])]
#[case::none_of_the_first_and_the_last_order_of_a_day(&[], &[201, 400])]
#[tokio::test(flavor = "multi_thread")]
async fn lines_are_found_wherever_they_lie(#[case] astray: &[(i64, i64)], #[case] lineless: &[i64]) {
    let mut kitchen = Kitchen::with("astray", &Source::default()).await;
    let mut book = Book::default();
    let mut usual_ids = (3..).step_by(3);
    for order_id in 1..=3 * A_DAY {
        let (day, minute) = ((order_id - 1) / A_DAY, (order_id - 1) % A_DAY);
        let created_at = format!("2024-05-0{} {:02}:{:02}:00", 1 + day, 10 + minute / 60, minute % 60);
        book.orders.push(OrderRow::served(order_id, &created_at, "12.00"));
        let count = if lineless.contains(&order_id) { 0 } else { 1 + order_id % 3 };
        for (nth, usual_id) in (0..count).zip(&mut usual_ids) {
            let moved = astray.iter().find(|(of, _)| nth == 0 && *of == order_id);
            let id = moved.map_or(usual_id, |(_, id)| *id);
            book.lines.push(LineRow::new(id, order_id, 1 + order_id % 7, "Soup", 2, "3.25"));
        }
    }
    book.store(&kitchen).await;
    let expected = book.facts(&Rules::new("UTC", 0, "UTC"), "2024-05-03".parse().unwrap());
    for extractor in ["groups", "lines"] {
        kitchen = kitchen.set("ORDERS__EXTRACTOR", extractor);
        kitchen.run_at("2024-05-04T00:30:00Z", &["--rebuild"], 0);
        assert_same(&expected, &published(&kitchen).await, extractor);
    }
}
