//! A pool of connections, opened on demand.

use std::sync::atomic::{AtomicI64, Ordering};

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use diesel::IntoSql as _;
use diesel::sql_types::BigInt;
use diesel_async::{
    AnsiTransactionManager, AsyncMysqlConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
    TransactionManager as _,
};

pub use deadpool::managed::BuildError;

use super::connect::connect;
use super::error::ConnectError;
use super::session::Session;
use crate::settings::DatabaseSettings;

/// A pool of connections. Cheap to clone; all clones share the connections.
pub type Pool = managed::Pool<Manager>;
/// A connection on loan from a [`Pool`].
pub type PooledConnection = managed::Object<Manager>;
/// Why a pool has no connection to give: none became free in time, or none could be made.
pub type PoolError = managed::PoolError<ConnectError>;

/// Makes the connections of a pool, and looks at each before it is lent again.
#[derive(Debug)]
pub struct Manager {
    settings: DatabaseSettings,
    session: Session,
    questions: AtomicI64,
}

/// A pool of at most as many connections as the settings allow. Nothing is connected before it is asked for, so the
/// pool outlives a database that is away. It belongs to the tokio runtime that it is used on.
///
/// # Errors
/// If the pool's own configuration is refused, which would be a bug.
pub fn pool(settings: &DatabaseSettings, session: Session) -> Result<Pool, BuildError> {
    let manager = Manager { settings: settings.clone(), session, questions: AtomicI64::new(1) };
    Pool::builder(manager)
        .max_size(settings.max_connections)
        .wait_timeout(Some(settings.connect_timeout))
        // `connect` keeps its own time and says what it waited for, so this one is not the first to strike.
        .create_timeout(Some(settings.connect_timeout * 2))
        .recycle_timeout(Some(settings.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()
}

impl managed::Manager for Manager {
    type Type = AsyncMysqlConnection;
    type Error = ConnectError;

    async fn create(&self) -> Result<AsyncMysqlConnection, ConnectError> {
        connect(&self.settings, self.session).await
    }

    /// Lends a connection again only if it is alive, in no transaction, and in step with its server. A request that
    /// was dropped halfway leaves a transaction open, or an answer unread that the next request would take for its
    /// own: so an open transaction is ended, and the server must answer a question that was never asked before.
    async fn recycle(&self, conn: &mut AsyncMysqlConnection, _: &Metrics) -> RecycleResult<ConnectError> {
        if AnsiTransactionManager::is_broken_transaction_manager(conn) {
            return Err(RecycleError::message("it came back within a transaction"));
        }
        let dead = |error: diesel::result::Error| RecycleError::message(error.to_string());
        conn.batch_execute("ROLLBACK").await.map_err(dead)?;
        let question = self.questions.fetch_add(1, Ordering::Relaxed);
        let answer: i64 =
            diesel::select(question.into_sql::<BigInt>()).get_result(conn).await.map_err(dead)?;
        if answer == question { Ok(()) } else { Err(RecycleError::message("it answered another question")) }
    }
}
