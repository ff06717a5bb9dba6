//! A process that listens is told of SIGTERM and not ended by it. Alone in its file: the signal goes to the process.

use std::process::Command;

use runtime::shutdown::{Reason, Shutdown};

fn terminate_self() -> bool {
    // The shell's own `kill`: a small system has no other.
    let command = format!("kill -TERM {}", std::process::id());
    Command::new("sh").args(["-c", &command]).status().is_ok_and(|status| status.success())
}

#[tokio::test]
async fn sigterm_asks_for_the_shutdown() {
    let shutdown = Shutdown::listen().unwrap();
    assert_eq!(shutdown.reason(), None);
    assert!(terminate_self());
    assert_eq!(shutdown.requested().await, Reason::Terminated);
    assert!(terminate_self());
    assert_eq!(shutdown.reason(), Some(Reason::Terminated), "a second one changes nothing");
}
