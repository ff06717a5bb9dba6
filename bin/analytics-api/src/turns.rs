//! Bounds what is made at the same time: a worker asks its database no more than it has connections for, and lets no
//! more wait than it can answer in good time. Requests beyond are refused at once, so that those before them are not.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::{Kind, Problem};

/// Requests of a worker that may wait for each of its connections.
const WAITING_PER_CONNECTION: usize = 32;

/// A worker's turns.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    waiting: Arc<Semaphore>,
    running: Arc<Semaphore>,
    places: usize,
    patience: Duration,
}

/// The right to make an answer, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _running: OwnedSemaphorePermit,
}

impl Turns {
    /// As many turns at a time as there are connections, for each of which a request waits as long as `patience`.
    pub(crate) fn new(connections: usize, patience: Duration) -> Self {
        let places = connections * WAITING_PER_CONNECTION;
        Self {
            waiting: Arc::new(Semaphore::new(places)),
            running: Arc::new(Semaphore::new(connections)),
            places,
            patience,
        }
    }

    /// How many wait for a turn.
    pub(crate) fn waiting(&self) -> usize {
        self.places.saturating_sub(self.waiting.available_permits())
    }

    /// Waits for a turn.
    pub(crate) async fn next(&self) -> Result<Turn, Problem> {
        let _place = self.waiting.try_acquire().map_err(|_| overloaded())?;
        match timeout(self.patience, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(running)) => Ok(Turn { _running: running }),
            // Nobody closes the semaphore.
            Ok(Err(_)) | Err(_) => Err(overloaded()),
        }
    }
}

/// What a client is told who is refused.
pub(crate) fn overloaded() -> Problem {
    Problem::new(Kind::Overloaded, "More is asked for than can be answered. Try again in a moment.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_too_many_is_refused_at_once_and_a_turn_is_passed_on() {
        let turns = Turns::new(1, Duration::from_secs(60));
        let turn = turns.next().await.unwrap();
        let waiting: Vec<_> = (0..WAITING_PER_CONNECTION)
            .map(|_| {
                let turns = turns.clone();
                tokio::spawn(async move { turns.next().await.map(drop) })
            })
            .collect();
        while turns.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(turns.next().await.is_err());
        drop(turn);
        for waiting in waiting {
            assert!(waiting.await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let turns = Turns::new(1, Duration::from_millis(1));
        let _turn = turns.next().await.unwrap();
        assert!(turns.next().await.is_err());
    }
}
