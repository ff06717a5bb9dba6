//! Trying again what a database refused for the moment.
//!
//! Only what may be done twice comes here: a step that reads, or one whole transaction. A fault that lasts is given
//! up at once, and one that may pass when its time is over.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use runtime::shutdown::Shutdown;
use tokio::time::{Instant, sleep};

use crate::failure::Failure;

/// The first pause, which doubles up to the longest one. Chance adds up to as much again, so that clients which lost
/// the same server do not come back to it in step.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// For how long a step is tried again.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    within: Duration,
    shutdown: Shutdown,
}

impl Retry {
    /// Tries each step again for so long after its first failure; with zero, never. A shutdown ends a pause.
    pub(crate) fn within(within: Duration, shutdown: &Shutdown) -> Self {
        Self { within, shutdown: shutdown.clone() }
    }

    /// Does `step`, again and again while it fails in a way that may pass and there is time. Each failure but the
    /// last is a warning on the log.
    ///
    /// # Errors
    /// What the last attempt ended with, or [`Failure::TryLater`] after a shutdown.
    pub(crate) async fn run<T>(
        &self,
        what: &str,
        mut step: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut pauses = pauses();
        let mut give_up = None;
        let mut attempts = 0_u32;
        loop {
            let failure = match step().await {
                Err(failure) if failure.may_pass() => failure,
                outcome => return outcome,
            };
            attempts += 1;
            let now = Instant::now();
            let left = give_up.get_or_insert(now + self.within).saturating_duration_since(now);
            let Some(pause) = pauses.next().filter(|_| !left.is_zero()) else {
                return Err(self.given_up(what, &failure, attempts));
            };
            // The last attempt is made when the time is over, and not before.
            let pause = pause.min(left);
            log::warn!(
                "{what}: {failure}. Attempt {} follows in {:.1} s; {:.0} s left of ANALYTICS__RETRY_FOR",
                attempts + 1,
                pause.as_secs_f64(),
                left.as_secs_f64()
            );
            tokio::select! {
                () = sleep(pause) => {}
                reason = self.shutdown.requested() => return Err(Failure::interrupted(reason)),
            }
        }
    }

    fn given_up(&self, what: &str, failure: &Failure, attempts: u32) -> Failure {
        let tried = match attempts {
            1 => "not tried again, since ANALYTICS__RETRY_FOR is 0".to_owned(),
            _ => format!("{attempts} attempts in {:?} (ANALYTICS__RETRY_FOR)", self.within),
        };
        Failure::Unavailable(format!("{what}: {failure}: {tried}. What had been published stands; run again"))
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(within: Duration) -> Retry {
        Retry::within(within, &Shutdown::channel().1)
    }

    fn away() -> Failure {
        Failure::Unavailable("it is away".to_owned())
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        // 0.2, 0.4, 0.8 … s, and up to as much again by chance.
        let least = [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000];
        for (pause, least) in pauses().zip(least.map(Duration::from_millis)) {
            assert!(least <= pause && pause <= 2 * least, "{pause:?} for {least:?}");
        }
    }

    #[tokio::test]
    async fn what_passes_is_tried_again() {
        let mut attempts = 0;
        let step = async || {
            attempts += 1;
            if attempts < 3 { Err(away()) } else { Ok(attempts) }
        };
        assert_eq!(within(Duration::from_secs(60)).run("a step", step).await, Ok(3));
    }

    #[tokio::test]
    async fn the_last_attempt_is_made_when_the_time_is_over() {
        let (began, limit) = (Instant::now(), Duration::from_millis(900));
        let failure = within(limit).run("a step", async || Err::<(), _>(away())).await.unwrap_err();
        assert!(began.elapsed() >= limit);
        assert!(
            failure.may_pass() && failure.to_string().contains("in 900ms (ANALYTICS__RETRY_FOR)"),
            "{failure}"
        );
    }

    #[tokio::test]
    async fn what_lasts_is_given_up_at_once() {
        let retry = within(Duration::from_secs(60));
        for failure in [Failure::OutOfOrder("full".to_owned()), Failure::Permission("denied".to_owned())] {
            let step = async || Err::<(), _>(failure.clone());
            assert_eq!(retry.run("a step", step).await, Err(failure.clone()));
        }
        let never = within(Duration::ZERO).run("a step", async || Err::<(), _>(away())).await;
        assert!(never.unwrap_err().to_string().contains("ANALYTICS__RETRY_FOR is 0"));
    }
}
