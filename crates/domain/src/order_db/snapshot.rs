//! One slice, one snapshot: an order and its lines are read as they stood at one moment.

use diesel::QueryResult;
use diesel_async::{AsyncMysqlConnection, SimpleAsyncConnection as _};

/// Runs `read` inside a read-only snapshot. The session must be REPEATABLE READ, or the server makes no snapshot and
/// does not say so.
///
/// # Errors
/// Whatever `read` or the server reports. The connection is then in an unknown state and must be dropped.
pub async fn in_snapshot<T>(
    connection: &mut AsyncMysqlConnection,
    read: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    let answer = read(connection).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(answer)
}
