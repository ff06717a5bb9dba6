//! Ways to a database that are slow, that carry nothing without a word, or that nobody is let in by.

use std::time::Duration;

use rstest::rstest;
use sandbox::proxy::Fault;

use super::{NIGHT, Nights, OURS, SOURCE};
use crate::running::Running;

/// A half-open connection ends nothing by itself: it is given up after twice the time for a statement. The session that
/// is left behind at the server holds the lease's row if it was in a transaction, and is ended from the new one.
#[rstest]
#[case::to_ours(OURS, &[10, 60, 150, 240, 330])]
#[case::to_the_source(SOURCE, &[5, 20, 35])]
#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_is_given_up(#[case] section: &str, #[case] commands: &[usize]) {
    let mut nights = Nights::through_a_proxy("silent", section).await;
    nights.kitchen = nights
        .kitchen
        .set(&format!("{section}__STATEMENT_TIMEOUT"), "2s")
        .set(&format!("{section}__CONNECT_TIMEOUT"), "2s");
    for nth in commands {
        nights.orders_turn_up().await;
        nights.proxy.set(Fault::Swallow(*nth));
        let finished = nights.start().ends_with(&nights.kitchen, 0).await;
        let when = format!("silent from command {nth} on: {}", finished.stderr);
        assert!(nights.proxy.has_struck(), "{when}");
        assert!(["has not answered", "no database answers"].iter().any(|said| when.contains(said)), "{when}");
        nights.is_right(&when).await;
    }
    nights.is_as_if_nothing_had_happened().await;
}

#[rstest]
#[case(OURS, 4)]
#[case(SOURCE, 50)]
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_way_makes_a_run_slow_and_nothing_else(#[case] section: &str, #[case] milliseconds: u64) {
    let mut nights = Nights::through_a_proxy("slow", section).await;
    nights.orders_turn_up().await;
    nights.proxy.set(Fault::Slow(Duration::from_millis(milliseconds)));
    let finished = nights.start().ends_with(&nights.kitchen, 0).await;
    assert!(!finished.stderr.contains("Attempt"), "{}", finished.stderr);
    nights.is_right(&finished.stderr).await;
    nights.is_as_if_nothing_had_happened().await;
}

/// In the midst of an answer, wherever that is.
#[rstest]
#[case(OURS)]
#[case(SOURCE)]
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_within_an_answer_is_made_anew(#[case] section: &str) {
    let mut nights = Nights::through_a_proxy("bytes", section).await;
    for bytes in [40, 700, 1_500, 3_000] {
        nights.orders_turn_up().await;
        nights.proxy.set(Fault::CutAfterBytes(bytes));
        let running = nights.start();
        running.has_logged("Attempt 2 follows").await;
        nights.proxy.heal();
        let finished = running.ends_with(&nights.kitchen, 0).await;
        nights.is_right(&finished.stderr).await;
    }
    nights.is_as_if_nothing_had_happened().await;
}

/// A database that is away for a while: before the run, and for longer than it is waited for.
#[rstest]
#[case(OURS)]
#[case(SOURCE)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_waited_for(#[case] section: &str) {
    let mut nights = Nights::through_a_proxy("away", section).await;
    nights.orders_turn_up().await;
    nights.proxy.set(Fault::Refuse);
    let running = nights.start();
    running.has_logged("Attempt 3 follows").await;
    nights.proxy.heal();
    let finished = running.ends_with(&nights.kitchen, 0).await;
    assert!(finished.stderr.contains("left of ANALYTICS__RETRY_FOR"), "{}", finished.stderr);
    nights.is_right(&finished.stderr).await;

    nights.orders_turn_up().await;
    nights.proxy.set(Fault::Refuse);
    nights.kitchen = nights.kitchen.set("ANALYTICS__RETRY_FOR", "1s");
    let finished = nights.start().ends_with(&nights.kitchen, 69).await;
    for said in
        ["no database answers", &format!("{section}__HOST"), "in 1s (ANALYTICS__RETRY_FOR)", "run again"]
    {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    nights.proxy.heal();
    nights.start().ends_with(&nights.kitchen, 0).await;
    nights.is_as_if_nothing_had_happened().await;
}

/// The pause may be long by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_pause_at_once() {
    for section in [OURS, SOURCE] {
        let nights = Nights::through_a_proxy("pause", section).await;
        nights.proxy.set(Fault::Refuse);
        let running = Running::start(&nights.kitchen, NIGHT, &[]);
        running.has_logged("Attempt 4 follows").await;
        running.signal("TERM");
        let finished = running.ends_with(&nights.kitchen, 75).await;
        assert!(finished.stderr.contains("interrupted by SIGTERM"), "{}", finished.stderr);
        assert!(!finished.stderr.contains("Attempt 5 follows"), "{}", finished.stderr);
    }
}
