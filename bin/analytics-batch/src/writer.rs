//! Being the one writer: taking the lease, keeping it, and giving it back whatever happens.

use std::ops::ControlFlow;
use std::time::Duration;

use domain::analytics_db::catalogue;
use domain::analytics_db::lease::{self, Lease};
use runtime::database::AsyncMysqlConnection;
use runtime::settings::{AnalyticsSettings, DatabaseSettings};
use runtime::shutdown::{Reason, Shutdown};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::connections::{In as _, answered, publisher};
use crate::failure::Failure;
use crate::link::Link;
use crate::retry::Retry;

/// How often a contender looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How long the database is given to take in a renewal, or how the run ended: longer than a session waits for a row.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(15);

/// Does what changes nothing, until the process is told to stop.
pub(crate) async fn as_an_onlooker<T>(
    shutdown: &Shutdown,
    looking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        outcome = looking => outcome,
        reason = shutdown.requested() => Err(nothing_done(reason)),
    }
}

/// Runs `work` as the one writer, with its way to analytics_db. The work is dropped where it stands, its open
/// transaction rolled back, when the process is told to stop or the lease is lost. If there is no result, `failed`
/// hears why before the lease is given back.
pub(crate) async fn as_the_one_writer<T>(
    settings: &DatabaseSettings,
    analytics: &AnalyticsSettings,
    shutdown: &Shutdown,
    work: impl AsyncFnOnce(&Lease, &mut Link<'_>) -> Result<T, Failure>,
    failed: impl AsyncFnOnce(&Failure),
) -> Result<T, Failure> {
    let retry = Retry::within(analytics.retry_for, shutdown);
    // One name for all attempts: a lease that was taken without our hearing of it is ours.
    let holder = Uuid::new_v4().to_string();
    let taking = async || take(settings, &holder, analytics.lease, shutdown).await;
    let (lease, connection) = retry.run("taking the lease on publishing", taking).await?;
    let mut keeper = Keeper::start(settings.clone(), lease.clone(), analytics.retry_for);
    let mut link = Link::new(settings, &lease, retry.clone(), connection);
    let outcome = tokio::select! {
        outcome = work(&lease, &mut link) => outcome,
        failure = keeper.lost() => Err(failure),
        reason = shutdown.requested() => Err(Failure::interrupted(reason)),
    };
    if let Err(failure) = &outcome {
        failed(failure).await;
    }
    keeper.stop();
    drop(link);
    release(settings, &lease, &retry).await;
    outcome
}

/// Connects to analytics_db and takes the lease there.
async fn take(
    settings: &DatabaseSettings,
    holder: &str,
    length: Duration,
    shutdown: &Shutdown,
) -> Result<(Lease, AsyncMysqlConnection), Failure> {
    let mut connection = tokio::select! {
        connected = publisher(settings) => connected?,
        reason = shutdown.requested() => return Err(nothing_done(reason)),
    };
    let limit = 2 * settings.statement_timeout;
    answered("analytics_db", limit, async {
        if catalogue::is_of_the_ordering_platform(&mut connection).await.in_analytics_db()? {
            return Err(Failure::ordering_platforms_database());
        }
        let unfit = catalogue::without_transactions(&mut connection).await.in_analytics_db()?;
        if let Some(failure) = Failure::of_tables_without_transactions(&unfit) {
            return Err(failure);
        }
        lease::prepare(&mut connection).await.in_analytics_db()
    })
    .await?;
    let lease = acquire(&mut connection, holder, length, limit, shutdown).await?;
    Ok((lease, connection))
}

fn nothing_done(reason: Reason) -> Failure {
    Failure::TryLater(format!("interrupted by {reason}: nothing was done"))
}

/// Takes the lease, waiting up to one lease length for a holder who may have died. A holder who renews is alive.
///
/// It hears of a shutdown between two statements only: one that was dropped might still take the lease.
async fn acquire(
    connection: &mut AsyncMysqlConnection,
    holder: &str,
    length: Duration,
    limit: Duration,
    shutdown: &Shutdown,
) -> Result<Lease, Failure> {
    let deadline = Instant::now() + length + LOOK_AGAIN;
    let mut first_seen = None;
    loop {
        let looking = async {
            if let Some(lease) = Lease::try_acquire(connection, holder, length).await.in_analytics_db()? {
                return Ok(ControlFlow::Break(lease));
            }
            Ok(ControlFlow::Continue(lease::occupant(connection).await.in_analytics_db()?))
        };
        let seen = match answered("analytics_db", limit, looking).await? {
            ControlFlow::Break(lease) => return Ok(lease),
            ControlFlow::Continue(seen) => seen,
        };
        let alive =
            first_seen.as_ref().is_some_and(|first| !seen.has_stood_still(first)) && seen.holder.is_some();
        if !alive && seen.has_run_out && Instant::now() > deadline {
            return Err(Failure::TryLater(
                "another run has let its lease run out and is in the midst of a transaction, so that nobody can take \
                 over: nothing was done. If that lasts, its process hangs, is suspended or is cut off: end it, or its \
                 session at the server of analytics_db"
                    .to_owned(),
            ));
        }
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
            reason = shutdown.requested() => return Err(nothing_done(reason)),
        }
    }
}

/// Gives the lease back on a connection of its own: the work's may hang in a transaction. If that fails the lease
/// runs out by itself.
async fn release(settings: &DatabaseSettings, lease: &Lease, retry: &Retry) {
    let release = async || {
        let mut connection = publisher(settings).await?;
        lease.release(&mut connection).await.in_analytics_db()
    };
    let released = answered("analytics_db", LAST_WORD, retry.run("giving the lease back", release));
    if let Err(failure) = released.await {
        log::warn!("the lease could not be given back and runs out in {:?}: {failure}", lease.length());
    }
}

/// Renews the lease in the background, on a connection of its own.
struct Keeper {
    lost: watch::Receiver<Option<Failure>>,
    task: JoinHandle<()>,
}

impl Keeper {
    fn start(settings: DatabaseSettings, lease: Lease, retry_for: Duration) -> Self {
        let (tell, lost) = watch::channel(None);
        let task = tokio::spawn(async move {
            let failure = keep(&settings, &lease, retry_for).await;
            // Nobody listens any more only when the run is over.
            tell.send_replace(Some(failure));
        });
        Self { lost, task }
    }

    /// Resolves when the lease is lost, or cannot be known to be held.
    async fn lost(&mut self) -> Failure {
        let lost = self.lost.wait_for(Option::is_some).await.map(|failure| failure.clone());
        let ended = || Failure::Internal("the lease's keeper ended".to_owned());
        lost.ok().flatten().unwrap_or_else(ended)
    }

    fn stop(self) {
        self.task.abort();
    }
}

/// Renews until another run has taken the lease over, or the database has been away for its length and `retry_for`. A
/// lease that has run out meanwhile is renewed as well: the fence shows that nobody else has had it.
async fn keep(settings: &DatabaseSettings, lease: &Lease, retry_for: Duration) -> Failure {
    let mut connection = None;
    let mut answered_at = Instant::now();
    loop {
        sleep(lease.length() / 3).await;
        // What waits for the run's own transaction, which holds the lease's row, is answered in the end.
        let renewal = answered("analytics_db", LAST_WORD.max(lease.length()), async {
            let mut open = match connection.take() {
                Some(open) => open,
                None => publisher(settings).await?,
            };
            let ours = lease.renew(&mut open).await.in_analytics_db()?;
            Ok((ours, open))
        });
        match renewal.await {
            Ok((true, open)) => {
                connection = Some(open);
                answered_at = Instant::now();
            }
            Ok((false, _)) => return Failure::taken_over(),
            Err(failure) if lease.is_in_transaction() => {
                log::debug!("the lease is renewed when the transaction under way ends: {failure}");
            }
            Err(failure) if answered_at.elapsed() > lease.length() + retry_for => {
                return Failure::Unavailable(format!(
                    "the lease on publishing could not be renewed in time: {failure}. What had been published stands; \
                     run again"
                ));
            }
            Err(failure) => log::warn!("the lease could not be renewed, trying again: {failure}"),
        }
    }
}
