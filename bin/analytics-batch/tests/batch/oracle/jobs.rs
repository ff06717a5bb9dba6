//! A source is read over several connections, in many slices, and by ways that depend on how its orders lie: the
//! figures do not.

use rstest::rstest;
use sandbox::databases::Source;

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
