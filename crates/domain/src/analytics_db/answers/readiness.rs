//! Whether the tables are there and new enough to be read, and when a run last finished well.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use crate::analytics_db::migrations;
use crate::analytics_db::runs::Outcome;
use crate::analytics_db::schema::runs;

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
    /// A migration was never run, though later ones were.
    Gap {
        /// The oldest such one.
        missing: String,
    },
}

/// Compares the schema in the database with the migrations that this program knows.
///
/// # Errors
/// Those of the database; a missing table is none of them.
pub async fn readiness(connection: &mut AsyncMysqlConnection) -> QueryResult<Readiness> {
    let standing = migrations::standing(connection).await?;
    let has_gap = standing.has_gap();
    Ok(match (standing.newest, standing.pending.as_slice()) {
        (None, _) => Readiness::NoTables,
        (Some(_), []) => Readiness::Ready,
        (Some(_), [first, ..]) if has_gap => Readiness::Gap { missing: first.clone() },
        (Some(found), [.., newest]) => Readiness::Older { found, needed: newest.clone() },
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
