//! Whether the tables are there and new enough to be read, and when a run last finished well.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use crate::analytics_db::runs::Outcome;
use crate::analytics_db::schema::runs;

diesel::table! {
    /// Diesel's own record of the migrations that were run.
    __diesel_schema_migrations (version) {
        version -> Varchar,
    }
}

/// What the schema in the database is to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It has every migration that this program knows, and perhaps newer ones.
    Ready,
    /// No migration was ever run.
    NoTables,
    /// The newest migration that was run is older than the newest that this program knows.
    Older {
        /// The newest that was run.
        found: String,
        /// The newest that this program knows.
        needed: String,
    },
}

#[derive(QueryableByName)]
struct TableCount {
    #[diesel(sql_type = BigInt)]
    table_count: i64,
}

/// Compares the schema in the database with `needed`, the newest migration that this program knows.
///
/// # Errors
/// Those of the database; a missing table is none of them.
pub async fn readiness(connection: &mut AsyncMysqlConnection, needed: &str) -> QueryResult<Readiness> {
    // Looked up rather than tried: diesel passes no error number on, and servers translate the message.
    let TableCount { table_count } = diesel::sql_query(
        "SELECT COUNT(*) AS table_count FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name = '__diesel_schema_migrations'",
    )
    .get_result(connection)
    .await?;
    if table_count == 0 {
        return Ok(Readiness::NoTables);
    }
    let found: Option<String> = __diesel_schema_migrations::table
        .select(max(__diesel_schema_migrations::version))
        .first(connection)
        .await?;
    Ok(match found {
        None => Readiness::NoTables,
        Some(found) if found.as_str() < needed => Readiness::Older { found, needed: needed.to_owned() },
        Some(_) => Readiness::Ready,
    })
}

/// When the last run that succeeded finished.
///
/// # Errors
/// Those of the database.
pub async fn last_success(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<DateTime<Utc>>> {
    let finished_at: Option<Option<NaiveDateTime>> = runs::table
        .filter(runs::outcome.eq(Outcome::Succeeded.name()))
        .order(runs::id.desc())
        .select(runs::finished_at)
        .first(connection)
        .await
        .optional()?;
    Ok(finished_at.flatten().map(|instant| instant.and_utc()))
}
