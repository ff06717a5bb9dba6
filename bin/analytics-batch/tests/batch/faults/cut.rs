//! A connection that is cut in any phase of a run.

use rstest::rstest;
use sandbox::proxy::Fault;

use super::{Nights, OURS, SOURCE};

/// Of so many commands one meets the fault, in each of two tests another one; each night says a few more than the one
/// before, and so none is always left out.
const STRIDE: usize = 37;
/// What a run says to the source is little.
const STRIDE_AT_THE_SOURCE: usize = 5;

#[rstest]
#[case::before_a_command(OURS, Fault::CutBefore, 1)]
#[case::before_an_answer(OURS, Fault::CutAfter, 20)]
#[case::before_a_command_to_the_source(SOURCE, Fault::CutBefore, 1)]
#[case::before_an_answer_of_the_source(SOURCE, Fault::CutAfter, 3)]
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_any_phase_is_made_anew(
    #[case] section: &str,
    #[case] fault: fn(usize) -> Fault,
    #[case] first: usize,
) {
    let mut nights = Nights::through_a_proxy("cut", section).await;
    let stride = if section == OURS { STRIDE } else { STRIDE_AT_THE_SOURCE };
    for nth in (first..).step_by(stride) {
        nights.orders_turn_up().await;
        nights.proxy.set(fault(nth));
        let finished = nights.start().ends_with(&nights.kitchen, 0).await;
        let when = format!("cut at command {nth} of {}: {}", nights.proxy.commands(), finished.stderr);
        nights.is_right(&when).await;
        let last =
            nights.kitchen.published("SELECT outcome, days_changed FROM runs ORDER BY id DESC LIMIT 1").await;
        assert_eq!(last, ["succeeded|8"], "{when}");
        if !nights.proxy.has_struck() {
            assert!(nth > 20, "{when}");
            break;
        }
    }
    nights.is_as_if_nothing_had_happened().await;
}
