//! Being the one writer: taking the lease, keeping it, and giving it back whatever happens.

use std::time::Duration;

use domain::analytics_db::catalogue;
use domain::analytics_db::lease::{self, Lease};
use runtime::database::AsyncMysqlConnection;
use runtime::settings::DatabaseSettings;
use runtime::shutdown::Shutdown;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use crate::connections::{In as _, publisher};
use crate::failure::Failure;

/// How often a contender looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Does what changes nothing, until the process is told to stop.
pub(crate) async fn as_an_onlooker<T>(
    shutdown: &Shutdown,
    looking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        outcome = looking => outcome,
        reason = shutdown.requested() => Err(Failure::TryLater(format!("interrupted by {reason}: nothing was done"))),
    }
}

/// Runs `work` as the one writer, with a connection to analytics_db. The work is dropped where it stands, its open
/// transaction rolled back, when the process is told to stop or the lease is lost. If there is no result, `failed`
/// hears why before the lease is given back.
pub(crate) async fn as_the_one_writer<T>(
    settings: &DatabaseSettings,
    length: Duration,
    shutdown: &Shutdown,
    work: impl AsyncFnOnce(&Lease, AsyncMysqlConnection) -> Result<T, Failure>,
    failed: impl AsyncFnOnce(&Failure),
) -> Result<T, Failure> {
    let mut connection = publisher(settings).await?;
    if catalogue::is_of_the_ordering_platform(&mut connection).await.in_analytics_db()? {
        return Err(Failure::ordering_platforms_database());
    }
    lease::prepare(&mut connection).await.in_analytics_db()?;
    let lease = acquire(&mut connection, length, shutdown).await?;
    let mut keeper = Keeper::start(settings.clone(), lease.clone());
    let outcome = tokio::select! {
        outcome = work(&lease, connection) => outcome,
        () = keeper.lost() => Err(Failure::TryLater(
            "the lease on publishing ran out or was taken over: this run has stopped. What it had published stands".to_owned(),
        )),
        reason = shutdown.requested() => Err(Failure::TryLater(
            format!("interrupted by {reason}: what was published stands, run again to go on"),
        )),
    };
    if let Err(failure) = &outcome {
        failed(failure).await;
    }
    keeper.stop();
    release(settings, &lease).await;
    outcome
}

/// Takes the lease, waiting up to one lease length for a holder who may have died. A holder who renews is alive.
///
/// It hears of a shutdown between two statements only: one that was dropped might still take the lease.
async fn acquire(
    connection: &mut AsyncMysqlConnection,
    length: Duration,
    shutdown: &Shutdown,
) -> Result<Lease, Failure> {
    let holder = Uuid::new_v4().to_string();
    let deadline = Instant::now() + length + LOOK_AGAIN;
    let mut first_seen = None;
    loop {
        if let Some(lease) = Lease::try_acquire(connection, &holder, length).await.in_analytics_db()? {
            return Ok(lease);
        }
        let seen = lease::occupant(connection).await.in_analytics_db()?;
        let alive = first_seen.as_ref().is_some_and(|first| *first != seen) && seen.holder.is_some();
        if alive || Instant::now() > deadline {
            return Err(Failure::TryLater(
                "another run is publishing and keeps its lease: nothing was done. It can be seen in the table runs".to_owned(),
            ));
        }
        if first_seen.is_none() {
            log::info!(
                "another run holds the lease on publishing: waiting up to {length:?} for it to renew or run out"
            );
            first_seen = Some(seen);
        }
        tokio::select! {
            () = sleep(LOOK_AGAIN) => {}
            reason = shutdown.requested() => {
                return Err(Failure::TryLater(format!("interrupted by {reason}: nothing was done")));
            }
        }
    }
}

/// Gives the lease back on a connection of its own: the work's may hang in a transaction. If that fails the lease
/// runs out by itself.
async fn release(settings: &DatabaseSettings, lease: &Lease) {
    let released = async {
        let mut connection = publisher(settings).await?;
        lease.release(&mut connection).await.in_analytics_db()
    };
    if let Err(failure) = released.await {
        log::warn!("the lease could not be given back and runs out in {:?}: {failure}", lease.length());
    }
}

/// Renews the lease in the background, on a connection of its own.
struct Keeper {
    lost: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Keeper {
    fn start(settings: DatabaseSettings, lease: Lease) -> Self {
        let (tell, lost) = watch::channel(false);
        let task = tokio::spawn(async move {
            keep(&settings, &lease).await;
            // Nobody listens any more only when the run is over.
            tell.send_replace(true);
        });
        Self { lost, task }
    }

    async fn lost(&mut self) {
        if self.lost.wait_for(|lost| *lost).await.is_err() {
            log::debug!("the lease's keeper ended");
        }
    }

    fn stop(self) {
        self.task.abort();
    }
}

/// Renews until the lease is lost, or cannot be known to be held.
async fn keep(settings: &DatabaseSettings, lease: &Lease) {
    let mut connection = None;
    let mut expires = Instant::now() + lease.length();
    loop {
        sleep(lease.length() / 3).await;
        let asked = Instant::now();
        let renewal = async {
            let mut open = match connection.take() {
                Some(open) => open,
                None => publisher(settings).await?,
            };
            let ours = lease.renew(&mut open).await.in_analytics_db()?;
            Ok::<_, Failure>((ours, open))
        };
        let renewed = tokio::select! {
            renewed = renewal => renewed,
            () = runs_out(lease, expires) => return log::error!("the lease could not be renewed in time"),
        };
        match renewed {
            Ok((true, open)) => {
                connection = Some(open);
                expires = asked + lease.length();
            }
            Ok((false, _)) => return log::error!("the lease was taken over by another run"),
            Err(failure) if lease.is_in_transaction() => {
                log::debug!("the lease is renewed when the transaction under way ends: {failure}");
            }
            Err(failure) => log::warn!("the lease could not be renewed, trying again: {failure}"),
        }
    }
}

/// Resolves when the lease has run out for want of an answer. It cannot in the midst of a transaction, which holds its
/// row; the renewal that waits for that transaction may still be answered at its end.
async fn runs_out(lease: &Lease, expires: Instant) {
    sleep_until(expires).await;
    while lease.is_in_transaction() {
        sleep(LOOK_AGAIN).await;
    }
    sleep(LOOK_AGAIN).await;
}
