//! Connections, with errors that say which database they are about.

use std::time::Duration;

use diesel::QueryResult;
use runtime::database::{AsyncMysqlConnection, Session, connect};
use runtime::settings::DatabaseSettings;

use crate::failure::Failure;

/// A read-only session on order_db.
pub(crate) async fn source(settings: &DatabaseSettings) -> Result<AsyncMysqlConnection, Failure> {
    Ok(connect(settings, Session::SourceReader).await?)
}

/// A session on analytics_db that may write.
pub(crate) async fn publisher(settings: &DatabaseSettings) -> Result<AsyncMysqlConnection, Failure> {
    Ok(connect(settings, Session::Publisher).await?)
}

/// What `asking` gives, unless that takes longer than `limit`: a server that hangs, or a way to it that has been cut
/// without a word, ends no connection. The connection that was asked is then of no use any more.
pub(crate) async fn answered<T>(
    database: &str,
    limit: Duration,
    asking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(limit, asking).await.unwrap_or_else(|_| {
        Err(Failure::Unavailable(format!(
            "{database} has not answered for {limit:?}: see whether its server or the way to it hangs"
        )))
    })
}

/// Names the database in which a statement failed.
pub(crate) trait In<T> {
    fn in_order_db(self) -> Result<T, Failure>;
    fn in_analytics_db(self) -> Result<T, Failure>;
}

impl<T> In<T> for QueryResult<T> {
    fn in_order_db(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::of_statement("order_db", &error))
    }

    fn in_analytics_db(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::of_statement("analytics_db", &error))
    }
}
