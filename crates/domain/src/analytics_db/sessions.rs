//! Sessions as the server has them: one whose connection was lost may stay there, and keep rows locked, for hours.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection as _};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The server's number for the session of this connection.
///
/// # Errors
/// If the database refuses.
pub async fn own_id(connection: &mut AsyncMysqlConnection) -> QueryResult<i64> {
    Ok(sql_query("SELECT CAST(CONNECTION_ID() AS SIGNED) AS id").get_result::<Id>(connection).await?.id)
}

/// Ends another session of the same user, which rolls its transaction back. No privilege is needed for one's own.
///
/// # Errors
/// If the database refuses, or there is no such session any more.
pub async fn end(connection: &mut AsyncMysqlConnection, id: i64) -> QueryResult<()> {
    connection.batch_execute(&format!("KILL {id}")).await
}
