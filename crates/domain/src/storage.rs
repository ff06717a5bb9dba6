//! What servers keep tables in.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

/// The storage engines of MySQL and MariaDB that know no transactions: a table there can neither roll back nor show an
/// older state. Named, since what a server says of its engines differs, and those of other servers all know them.
const WITHOUT_TRANSACTIONS: [&str; 7] =
    ["MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE", "MRG_MyISAM", "FEDERATED"];

#[derive(QueryableByName)]
struct EngineRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    engine: String,
}

/// Those of `tables` in the connection's database that such an engine keeps, and the engine.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn tables_without_transactions(
    connection: &mut AsyncMysqlConnection,
    tables: &[&'static str],
) -> QueryResult<Vec<(&'static str, String)>> {
    // A view has no engine.
    let rows: Vec<EngineRow> = sql_query(
        "SELECT CAST(table_name AS CHAR) AS table_name, CAST(engine AS CHAR) AS engine FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND engine IS NOT NULL ORDER BY table_name",
    )
    .load(connection)
    .await?;
    let found = rows.into_iter().filter_map(|EngineRow { table_name, engine }| {
        let table = tables.iter().find(|table| **table == table_name)?;
        WITHOUT_TRANSACTIONS.iter().any(|name| name.eq_ignore_ascii_case(&engine)).then_some((*table, engine))
    });
    Ok(found.collect())
}
