//! Commands that only look: those whose answer is worth waiting for ride out the faults that a run does, and `check`
//! tells how it is now.

use rstest::rstest;
use sandbox::proxy::Fault;

use super::{NIGHT, Nights, OURS, SOURCE};
use crate::running::Running;
use crate::state::everything;

#[rstest]
#[case::dry_run(OURS, &["--dry-run"])]
#[case::dry_run_of_the_source(SOURCE, &["--dry-run"])]
#[case::verify(OURS, &["verify"])]
#[case::verify_of_the_source(SOURCE, &["verify"])]
#[case::backtest(OURS, &["backtest", "--folds", "3", "--horizon", "2"])]
#[case::calendar(OURS, &["calendar", "list"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_is_ridden_out(#[case] section: &str, #[case] arguments: &[&str]) {
    let nights = Nights::through_a_proxy("look", section).await;
    let Nights { kitchen, proxy, .. } = &nights;
    let before = everything(kitchen).await;
    let calm = kitchen.run_at(NIGHT, arguments, 0);
    // How long it took is on a line of its own.
    let said =
        |text: &str| text.lines().filter(|line| !line.contains(" ms")).map(str::to_owned).collect::<Vec<_>>();

    proxy.set(Fault::Refuse);
    let running = Running::start(kitchen, NIGHT, arguments);
    running.has_logged("Attempt 2 follows").await;
    proxy.heal();
    let finished = running.ends_with(kitchen, 0).await;
    if arguments[0] != "backtest" {
        assert_eq!(said(&finished.stdout), said(&calm.stdout));
    }

    // The sessions' rules are commands too: among these are some before the first question and some after it.
    for nth in [2, 9, 12, 14] {
        proxy.set(Fault::CutBefore(nth));
        let finished = Running::start(kitchen, NIGHT, arguments).ends_with(kitchen, 0).await;
        assert_eq!(
            proxy.has_struck(),
            finished.stderr.contains("Attempt 2 follows"),
            "{nth}: {}",
            finished.stderr
        );
        proxy.heal();
    }
    assert_eq!(everything(kitchen).await, before);
}

#[rstest]
#[case(OURS)]
#[case(SOURCE)]
#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_how_it_is_now(#[case] section: &str) {
    let nights = Nights::through_a_proxy("now", section).await;
    nights.proxy.set(Fault::Refuse);
    let finished = nights.kitchen.run_at(NIGHT, &["check"], 69);
    assert!(finished.stdout.contains("no database answers"), "{}", finished.stdout);
    assert!(!finished.stderr.contains("Attempt"), "{}", finished.stderr);
}
