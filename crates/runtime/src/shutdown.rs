//! Word that the process is to stop: SIGTERM from a supervisor, SIGINT from a terminal.
//!
//! The signal is only passed on. Whoever holds a [`Shutdown`] decides what must still be finished or rolled back,
//! and how long that may take.

use std::fmt;
use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Why the process is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// SIGTERM.
    Terminated,
    /// SIGINT, which is Ctrl-C on a terminal.
    Interrupted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terminated => "SIGTERM",
            Self::Interrupted => "SIGINT",
        })
    }
}

/// A handle that any number of tasks may clone and wait on.
#[derive(Clone, Debug)]
pub struct Shutdown {
    requested: watch::Receiver<Option<Reason>>,
}

/// The other end of a [`Shutdown`], for a program or a test that ends itself.
#[derive(Debug)]
pub struct Trigger {
    request: watch::Sender<Option<Reason>>,
}

impl Trigger {
    /// Asks for the shutdown. The first reason stands.
    pub fn request(&self, reason: Reason) {
        self.request.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(reason);
            first
        });
    }
}

impl Shutdown {
    /// Listens for SIGTERM and SIGINT from now on, on the current tokio runtime. From here on neither signal ends
    /// the process by itself.
    ///
    /// # Errors
    /// If the operating system refuses a signal handler.
    pub fn listen() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (trigger, shutdown) = Self::channel();
        tokio::spawn(async move {
            let reason = tokio::select! {
                _ = terminate.recv() => Reason::Terminated,
                _ = interrupt.recv() => Reason::Interrupted,
            };
            log::info!("{reason} received: stopping");
            trigger.request(reason);
            // The receivers keep what was sent; the handlers stay installed, so a second signal is ignored.
        });
        Ok(shutdown)
    }

    /// A shutdown that comes when the trigger says so, and never if the trigger is dropped first.
    #[must_use]
    pub fn channel() -> (Trigger, Self) {
        let (request, requested) = watch::channel(None);
        (Trigger { request }, Self { requested })
    }

    /// Resolves when the shutdown is asked for; at once if it already has been.
    pub async fn requested(&self) -> Reason {
        let mut requested = self.requested.clone();
        if let Ok(reason) = requested.wait_for(Option::is_some).await
            && let Some(reason) = *reason
        {
            return reason;
        }
        // Nobody is left who could ask.
        std::future::pending().await
    }

    /// Why the shutdown was asked for, if it has been.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        *self.requested.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_of_it_once_and_for_all() {
        let (trigger, shutdown) = Shutdown::channel();
        let other = shutdown.clone();
        let waiting = tokio::spawn(async move { other.requested().await });
        assert_eq!(shutdown.reason(), None);
        trigger.request(Reason::Terminated);
        trigger.request(Reason::Interrupted);
        drop(trigger);
        assert_eq!(waiting.await.unwrap(), Reason::Terminated);
        assert_eq!(shutdown.requested().await, Reason::Terminated);
        assert_eq!(shutdown.reason(), Some(Reason::Terminated));
    }

    #[tokio::test]
    async fn without_a_trigger_it_never_comes() {
        let (trigger, shutdown) = Shutdown::channel();
        drop(trigger);
        tokio::select! {
            biased;
            reason = shutdown.requested() => panic!("{reason}"),
            () = tokio::task::yield_now() => {}
        }
    }
}
