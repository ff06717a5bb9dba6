//! The schema's history: forward only, one DDL statement each, run under the lease.

use std::collections::BTreeSet;

use diesel::migration::{Migration, MigrationSource as _, MigrationVersion, Result as MigrationResult};
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncMigrationHarness, AsyncMysqlConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/analytics_db");

/// The first migration, which the lease needs before any migration may run.
pub(super) const CREATE_PUBLICATION: &str =
    include_str!("../../../../migrations/analytics_db/2026-11-01-000001_create_publication/up.sql");

fn versions() -> impl Iterator<Item = String> {
    let embedded: MigrationResult<Vec<Box<dyn Migration<Mysql>>>> = MIGRATIONS.migrations();
    embedded.into_iter().flatten().map(|migration| migration.name().version().to_string())
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The list of applied migrations could not be read or made.
    #[error("the list of applied migrations cannot be read: {0}")]
    Listing(String),
    /// One migration failed; those before it stand.
    #[error("migration {name} failed: {reason}")]
    Failed {
        /// The migration.
        name: String,
        /// What the database said.
        reason: String,
    },
}

/// What migrating did: the names of the migrations that ran, in order.
pub type Applied = Vec<String>;

/// Runs the migrations that the database has not had yet, and gives the connection back. Hold the lease meanwhile; no
/// fence stops DDL, so one that is lost on the way shows afterwards, and what two have run stands as by one. It needs a
/// multi-threaded runtime.
///
/// # Errors
/// If one fails. Those before it stand, and the next call goes on from there.
pub async fn run(
    connection: AsyncMysqlConnection,
) -> Result<(AsyncMysqlConnection, Applied), MigrationError> {
    let mut harness = AsyncMigrationHarness::new(connection);
    let pending =
        harness.pending_migrations(MIGRATIONS).map_err(|error| MigrationError::Listing(error.to_string()))?;
    let mut applied = Applied::new();
    for migration in pending {
        let name = migration.name().to_string();
        if let Err(error) = harness.run_migration(migration.as_ref()) {
            let reason = error.to_string();
            let version = migration.name().version();
            if !stands_already(&reason, &version) {
                return Err(MigrationError::Failed { name, reason });
            }
            let mut connection = harness.into_inner();
            note(&mut connection, &version)
                .await
                .map_err(|error| MigrationError::Failed { name: name.clone(), reason: error.to_string() })?;
            harness = AsyncMigrationHarness::new(connection);
        }
        applied.push(name);
    }
    Ok((harness.into_inner(), applied))
}

/// How the migrations that a database has had compare with those that this program knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The newest that it has had; none if it has had none.
    pub newest: Option<String>,
    /// Those that it has not had yet, oldest first.
    pub pending: Vec<String>,
    /// Those of a newer program, oldest first.
    pub unknown: Vec<String>,
}

impl Standing {
    /// Whether one is pending that later ones have gone past, as after a part of a backup was put back.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        matches!((self.pending.as_slice(), &self.newest), ([first, ..], Some(newest)) if first < newest)
    }

    fn of(applied: &BTreeSet<String>) -> Self {
        let known: BTreeSet<String> = versions().collect();
        Self {
            newest: applied.last().cloned(),
            pending: known.difference(applied).cloned().collect(),
            unknown: applied.difference(&known).cloned().collect(),
        }
    }
}

/// Compares them. It changes nothing, not even by making the list of them.
///
/// # Errors
/// If the list cannot be read.
pub async fn standing(connection: &mut AsyncMysqlConnection) -> QueryResult<Standing> {
    // Looked up rather than tried: diesel passes no error number on, and servers translate the message.
    let list: TableCount = sql_query(
        "SELECT COUNT(*) AS tables FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name = '__diesel_schema_migrations'",
    )
    .get_result(connection)
    .await?;
    let applied: Vec<AppliedVersion> = if list.tables == 0 {
        Vec::new()
    } else {
        sql_query("SELECT version FROM __diesel_schema_migrations").load(connection).await?
    };
    Ok(Standing::of(&applied.into_iter().map(|row| row.version).collect()))
}

#[derive(QueryableByName)]
struct TableCount {
    #[diesel(sql_type = BigInt)]
    tables: i64,
}

#[derive(QueryableByName)]
struct AppliedVersion {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Whether the statement failed because its one change stands already: DDL commits by itself, so a run that was cut
/// off after the statement and before its note leaves just this behind. One that was only stalled there may since have
/// found its successor's note. The server's words are all we are given.
fn stands_already(reason: &str, version: &MigrationVersion<'_>) -> bool {
    let noted = format!("Duplicate entry '{version}'");
    ["Duplicate column name", "Duplicate key name", &noted].iter().any(|said| reason.contains(said))
}

async fn note(
    connection: &mut AsyncMysqlConnection,
    version: &MigrationVersion<'_>,
) -> diesel::QueryResult<usize> {
    sql_query(
        "INSERT INTO __diesel_schema_migrations (version) VALUES (?) ON DUPLICATE KEY UPDATE version = VALUES(version)",
    )
        .bind::<Text, _>(version.to_string())
        .execute(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_and_a_newer_program_are_told_apart() {
        let all: BTreeSet<String> = versions().collect();
        let mut some = all.clone();
        assert_eq!((Standing::of(&some).pending.len(), Standing::of(&some).has_gap()), (0, false));
        let middle = some.iter().nth(3).cloned().unwrap();
        some.remove(&middle);
        some.insert("99990101000001".to_owned());
        let standing = Standing::of(&some);
        assert!(standing.has_gap());
        assert_eq!((standing.pending, standing.unknown), (vec![middle], vec!["99990101000001".to_owned()]));
        let older = Standing::of(&all.iter().take(5).cloned().collect());
        assert!(!older.has_gap() && older.pending.len() == all.len() - 5);
        assert!(!Standing::of(&BTreeSet::new()).has_gap());
    }
}
