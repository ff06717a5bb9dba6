//! Reads one answer, header and rows, in one snapshot.
//!
//! A request that fails or is cancelled takes its connection with it: what goes back to the pool is never inside a
//! transaction. What the database said goes to the log and never to the client.

use std::cell::RefCell;
use std::ops::AsyncFnOnce;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::result::Error as QueryError;
use diesel_async::{AsyncMysqlConnection, SimpleAsyncConnection as _};
use domain::analytics_db::answers::{Header, Pulse, Readiness, header, last_success, pulse, readiness};
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, WeakShared};
use runtime::database::{Pool, PoolError, PooledConnection};
use scopeguard::ScopeGuard;
use tokio::time::timeout;

use crate::problem::{Kind, Problem};
use crate::standing::{Standing, describe};

/// How long a look at the database for `/health` and `/metrics` may take: probes give up after a second or two.
const EXAMINATION_TIMEOUT: Duration = Duration::from_secs(2);

/// A worker's way to the database. A pool belongs to one runtime, so each worker has its own.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    request_timeout: Duration,
    standing: Arc<Standing>,
    examining: Rc<RefCell<Option<WeakShared<LocalBoxFuture<'static, Examination>>>>>,
}

/// What a look at the database shows.
#[derive(Clone, Debug)]
pub(crate) enum Examination {
    /// It can be read.
    Ready { header: Header, last_success: Option<DateTime<Utc>> },
    /// It answers, but its tables are not what this program reads.
    NotReady(Readiness),
    /// It does not answer.
    Unreachable,
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("no connection: {0}")]
    Connection(#[from] PoolError),
    #[error("{0}")]
    Query(#[from] QueryError),
    #[error("no answer within {} ms", .0.as_millis())]
    Timeout(Duration),
}

impl Database {
    pub(crate) fn new(pool: Pool, request_timeout: Duration, standing: Arc<Standing>) -> Self {
        Self { pool, request_timeout, standing, examining: Rc::default() }
    }

    /// How the database stood when it was last asked.
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Reads the header and then, in the same snapshot, what `rows` reads.
    pub(crate) async fn read<T, F>(&self, rows: F) -> Result<(Header, T), Problem>
    where
        F: AsyncFnOnce(&mut AsyncMysqlConnection, &Header) -> QueryResult<T>,
    {
        self.read_within(self.request_timeout, rows).await
    }

    /// Reads how the batch does, for `/metrics`; none if that cannot be read, which is logged.
    pub(crate) async fn pulse(&self) -> Option<Pulse> {
        let limit = EXAMINATION_TIMEOUT.min(self.request_timeout);
        let read = self.read_within(limit, async |snapshot, _| pulse(snapshot).await).await;
        read.ok().map(|(_, pulse)| pulse)
    }

    async fn read_within<T, F>(&self, limit: Duration, rows: F) -> Result<(Header, T), Problem>
    where
        F: AsyncFnOnce(&mut AsyncMysqlConnection, &Header) -> QueryResult<T>,
    {
        let answer = within(limit, async {
            let mut snapshot = self.snapshot().await?;
            let header = header(&mut snapshot).await?;
            let rows = rows(&mut snapshot, &header).await?;
            finish(snapshot).await?;
            Ok((header, rows))
        });
        match answer.await {
            Ok((header, rows)) => {
                self.standing.answered(&header);
                Ok((header, rows))
            }
            Err(error) => Err(self.problem(error).await),
        }
    }

    /// Looks whether the database can be read, for `/health`. Whoever asks meanwhile is told the same: strangers may ask,
    /// and are not to take the connections from those who read figures.
    pub(crate) async fn examine(&self) -> Examination {
        let running = self.examining.borrow().as_ref().and_then(WeakShared::upgrade);
        let examination = running.unwrap_or_else(|| {
            let database = self.clone();
            let begun = async move { database.examine_now().await }.boxed_local().shared();
            *self.examining.borrow_mut() = begun.downgrade();
            begun
        });
        examination.await
    }

    async fn examine_now(&self) -> Examination {
        let examination = within(EXAMINATION_TIMEOUT.min(self.request_timeout), async {
            let mut snapshot = self.snapshot().await?;
            let readiness = readiness(&mut snapshot).await?;
            self.standing.examined(&readiness);
            let examination = match readiness {
                Readiness::Ready => Examination::Ready {
                    header: header(&mut snapshot).await?,
                    last_success: last_success(&mut snapshot).await?,
                },
                not_ready => Examination::NotReady(not_ready),
            };
            finish(snapshot).await?;
            Ok(examination)
        });
        match examination.await {
            Ok(examination) => {
                if let Examination::Ready { header, .. } = &examination {
                    self.standing.answered(header);
                }
                examination
            }
            Err(error) => {
                self.standing.failed(&error);
                Examination::Unreachable
            }
        }
    }

    /// A connection inside a read-only snapshot, which is closed for good unless it is [`finish`]ed.
    async fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let connection = self.pool.get().await?;
        let mut snapshot: Snapshot = scopeguard::guard(connection, discard);
        snapshot.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
        Ok(snapshot)
    }

    /// Logs why an answer could not be read, and tells the client what it may know of it.
    async fn problem(&self, error: ReadError) -> Problem {
        match error {
            ReadError::Query(QueryError::DeserializationError(error)) => {
                log::error!("cannot read what the database holds: {error}");
                Problem::internal()
            }
            ReadError::Query(error) => {
                // The number that says "no such table" or "no such column" is lost on the way here.
                if let Examination::NotReady(readiness) = self.examine().await {
                    return Problem::new(Kind::SchemaNotReady, describe(&readiness));
                }
                self.standing.failed(&error);
                database_unavailable()
            }
            ReadError::Connection(error) => {
                self.standing.failed(&error);
                database_unavailable()
            }
            ReadError::Timeout(limit) => {
                self.standing.failed(&ReadError::Timeout(limit));
                too_late(limit)
            }
        }
    }
}

type Snapshot = ScopeGuard<PooledConnection, fn(PooledConnection)>;

/// Takes a connection out of its pool and closes it.
fn discard(connection: PooledConnection) {
    drop(PooledConnection::take(connection));
}

/// Ends the snapshot and gives its connection back to the pool.
async fn finish(mut snapshot: Snapshot) -> Result<(), ReadError> {
    snapshot.batch_execute("COMMIT").await?;
    drop(ScopeGuard::into_inner(snapshot));
    Ok(())
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    timeout(limit, work).await.unwrap_or(Err(ReadError::Timeout(limit)))
}

/// What a client is told when the database does not answer.
pub(crate) fn database_unavailable() -> Problem {
    Problem::new(Kind::DatabaseUnavailable, "The database does not answer. Try again in a moment.")
}

/// What a client is told when an answer took longer than `limit`.
pub(crate) fn too_late(limit: Duration) -> Problem {
    Problem::new(
        Kind::Timeout,
        format!("The answer was not ready within {} ms. Try again in a moment.", limit.as_millis()),
    )
}
