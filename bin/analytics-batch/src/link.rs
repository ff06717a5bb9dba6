//! A way to analytics_db: a connection that is made anew when it is lost, for a run as long as the lease is its own.
//!
//! Work goes over it in steps. A step is what may be done again as a whole: some reads, or one transaction after the
//! reads that it rests on. Whether a COMMIT took effect whose answer was lost need not be known: the step reads again
//! what stands, and equal rows are not rewritten.

use std::time::Duration;

use domain::analytics_db::lease::Lease;
use domain::analytics_db::sessions;
use runtime::database::{AsyncMysqlConnection, Session, connect};
use runtime::settings::DatabaseSettings;

use crate::connections::{In as _, answered, publisher};
use crate::failure::Failure;
use crate::retry::Retry;

/// A connection to analytics_db that outlives faults which pass.
pub(crate) struct Link<'a> {
    settings: &'a DatabaseSettings,
    /// None for a link that only reads.
    lease: Option<&'a Lease>,
    retry: Retry,
    connection: Option<AsyncMysqlConnection>,
    /// The server's number for the connection's session, or for that of the one that was lost.
    session: Option<i64>,
}

impl<'a> Link<'a> {
    /// Goes on with a connection over which the lease was taken.
    pub(crate) fn new(
        settings: &'a DatabaseSettings,
        lease: &'a Lease,
        retry: Retry,
        connection: AsyncMysqlConnection,
    ) -> Self {
        Self { settings, lease: Some(lease), retry, connection: Some(connection), session: None }
    }

    /// A link over which nothing can be written, and which needs no lease.
    pub(crate) fn for_reading(settings: &'a DatabaseSettings, retry: Retry) -> Self {
        Self { settings, lease: None, retry, connection: None, session: None }
    }

    /// How faults are retried that have nothing to do with analytics_db.
    pub(crate) fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Does a step, again over a new connection after each fault that may pass.
    ///
    /// # Errors
    /// What the step ends with, [`Failure::Unavailable`] when the time for trying again is over, or
    /// [`Failure::LeaseLost`] when another run has taken over.
    pub(crate) async fn step<T>(
        &mut self,
        what: &str,
        mut step: impl AsyncFnMut(&mut AsyncMysqlConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let limit = 2 * self.settings.statement_timeout;
        let step = async |mut connection| {
            let outcome = step(&mut connection).await?;
            Ok((connection, outcome))
        };
        self.step_with(what, limit, step).await
    }

    /// The same for a step that needs the connection to itself and gives it back, and must be over within `limit`.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub(crate) async fn step_with<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut step: impl AsyncFnMut(AsyncMysqlConnection) -> Result<(AsyncMysqlConnection, T), Failure>,
    ) -> Result<T, Failure> {
        let retry = self.retry.clone();
        let attempt = async || {
            let connection = self.connection().await?;
            let outcome = answered("analytics_db", limit, step(connection)).await;
            let outcome = match outcome {
                // It has run out, after a stall say. If nobody has taken it over it can be renewed.
                Err(Failure::LeaseLost(_)) => {
                    let connection = self.connection().await?;
                    answered("analytics_db", limit, step(connection)).await
                }
                outcome => outcome,
            };
            let (connection, outcome) = outcome?;
            self.connection = Some(connection);
            Ok(outcome)
        };
        retry.run(what, attempt).await
    }

    /// The connection, or a new one if it is gone: then the session that was left behind is ended, since it may hold
    /// the lease's row, and the lease is renewed.
    async fn connection(&mut self) -> Result<AsyncMysqlConnection, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) if self.session.is_some() => return Ok(connection),
            Some(connection) => connection,
            None if self.lease.is_some() => publisher(self.settings).await?,
            None => connect(self.settings, Session::ApiReader).await?,
        };
        let limit = 2 * self.settings.statement_timeout;
        let (lease, left_behind) = (self.lease, self.session);
        let prepared = answered("analytics_db", limit, async {
            let session = sessions::own_id(&mut connection).await.in_analytics_db()?;
            if let Some(id) = left_behind {
                if let Err(error) = sessions::end(&mut connection, id).await {
                    log::debug!("the session {id} that was left behind is not ended: {error}");
                }
                if let Some(lease) = lease
                    && !lease.renew(&mut connection).await.in_analytics_db()?
                {
                    return Err(Failure::taken_over());
                }
            }
            Ok(session)
        });
        self.session = Some(prepared.await?);
        Ok(connection)
    }
}
