//! What stands in analytics_db, for `analytics-batch check`: which tables, migrated how far, who holds the lease, and
//! how the last run went. It only reads, and takes nothing for granted: a table may not have been made yet.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Datetime, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::migrations;
use super::schema::runs;
use crate::storage::tables_without_transactions;

/// The tables that a fully migrated analytics_db has, beside the list of migrations.
pub const TABLES: [&str; 11] = [
    "publication",
    "daily_revenue_cache",
    "hourly_order_cache",
    "forecast_history",
    "forecast_accuracy",
    "item_sales",
    "item_sales_rollups",
    "runs",
    "published_days",
    "source_days",
    "special_days",
];

/// Those that the old service made as well, and that are adopted with their rows.
const OF_THE_OLD_SERVICE: [&str; 3] = ["daily_revenue_cache", "hourly_order_cache", "forecast_history"];

/// Those that only the ordering platform has.
const OF_THE_ORDERING_PLATFORM: [&str; 2] = ["orders", "order_items"];

const LIST_OF_MIGRATIONS: &str = "__diesel_schema_migrations";

/// The tables that there are, and how far they were migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Every table of the database, ours or not.
    pub tables: BTreeSet<String>,
    /// How far they were migrated.
    pub migrations: migrations::Standing,
}

#[derive(QueryableByName)]
struct TableRow {
    #[diesel(sql_type = Text)]
    table_name: String,
}

/// Whether this is the ordering platform's database, in which nothing of ours may be made. It reads no table.
///
/// # Errors
/// If the database refuses.
pub async fn is_of_the_ordering_platform(connection: &mut AsyncMysqlConnection) -> QueryResult<bool> {
    let tables = tables(connection).await?;
    Ok(OF_THE_ORDERING_PLATFORM.into_iter().all(|table| tables.contains(table)))
}

/// Those of our tables that an engine without transactions keeps, such as MyISAM, and the engine: a day that is half
/// written would stay so there. The old service's may be, since they are adopted as they are.
///
/// # Errors
/// If the database refuses.
pub async fn without_transactions(
    connection: &mut AsyncMysqlConnection,
) -> QueryResult<Vec<(&'static str, String)>> {
    tables_without_transactions(connection, &TABLES).await
}

async fn tables(connection: &mut AsyncMysqlConnection) -> QueryResult<BTreeSet<String>> {
    let rows: Vec<TableRow> = sql_query(
        "SELECT CAST(table_name AS CHAR) AS table_name FROM information_schema.tables \
         WHERE table_schema = DATABASE()",
    )
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.table_name).collect())
}

impl Inventory {
    /// Reads it.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn read(connection: &mut AsyncMysqlConnection) -> QueryResult<Self> {
        let tables = tables(connection).await?;
        Ok(Self { migrations: migrations::standing(connection).await?, tables })
    }

    /// Whether the table is there.
    #[must_use]
    pub fn has(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    /// Whether anything of ours was ever made here.
    #[must_use]
    pub fn was_migrated(&self) -> bool {
        self.has(LIST_OF_MIGRATIONS)
    }

    /// Whether this is the ordering platform's database: see [`is_of_the_ordering_platform`].
    #[must_use]
    pub fn is_of_the_ordering_platform(&self) -> bool {
        OF_THE_ORDERING_PLATFORM.into_iter().all(|table| self.has(table))
    }

    /// The tables of the old service that are there.
    #[must_use]
    pub fn of_the_old_service(&self) -> Vec<&'static str> {
        OF_THE_OLD_SERVICE.into_iter().filter(|table| self.has(table)).collect()
    }

    /// Our tables that are not there.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        TABLES.into_iter().filter(|table| !self.has(table)).collect()
    }
}

/// Who may publish, by the database's clock.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct LeaseHolder {
    /// The holder's name.
    #[diesel(sql_type = Text)]
    pub holder: String,
    /// When the lease runs out or ran out unless it is renewed; UTC.
    #[diesel(sql_type = Datetime)]
    pub expires_at: NaiveDateTime,
    /// Whether it still holds.
    #[diesel(sql_type = Bool)]
    pub holds: bool,
}

/// The lease's holder, alive or dead; none when the lease is free.
///
/// # Errors
/// If the database refuses.
pub async fn lease_holder(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<LeaseHolder>> {
    sql_query(
        "SELECT holder, expires_at, expires_at > UTC_TIMESTAMP(6) AS holds FROM publication \
         WHERE name = 'analytics' AND holder IS NOT NULL AND expires_at IS NOT NULL",
    )
    .get_result(connection)
    .await
    .optional()
}

/// A run, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = runs, check_for_backend(diesel::mysql::Mysql))]
pub struct LedgerRun {
    /// Its number.
    pub id: i64,
    /// `nightly`, `range` or `rebuild`.
    pub kind: String,
    /// When it began; UTC.
    pub started_at: NaiveDateTime,
    /// When it ended; UTC.
    pub finished_at: Option<NaiveDateTime>,
    /// The name of an [`Outcome`](super::runs::Outcome).
    pub outcome: String,
    /// What went wrong or asks for attention.
    pub error: Option<String>,
}

/// The run that began last.
///
/// # Errors
/// If the database refuses.
pub async fn last_run(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<LedgerRun>> {
    runs::table.order(runs::id.desc()).select(LedgerRun::as_select()).first(connection).await.optional()
}
