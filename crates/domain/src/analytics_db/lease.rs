//! One writer: the lease on publishing, and the fence that each publishing transaction passes first.
//!
//! The lease is a row. Whoever holds it renews it on a connection of its own; whoever finds it expired takes it over
//! and raises the fence, after which the former holder matches no row any more. A SELECT would be no fence: under
//! REPEATABLE READ it sees the past. All times here are the database's, the one clock that contenders share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Datetime, Nullable, Text};
use diesel_async::{
    AnsiTransactionManager, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection as _,
    TransactionManager as _,
};

use super::migrations;

/// Proof of having been the one writer, good until someone else takes over.
#[derive(Clone, Debug)]
pub struct Lease {
    holder: String,
    fence: i64,
    length: Duration,
    in_transaction: Arc<AtomicBool>,
}

/// Why a transaction published nothing.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another run has taken the lease over, or it has run out.
    #[error("this run no longer holds the lease on publishing: another run has taken over")]
    LeaseLost,
    /// The database failed; the transaction was rolled back.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

/// Who stands in the way of taking the lease.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Occupant {
    /// The holder's name; none when the lease is free.
    #[diesel(sql_type = Nullable<Text>)]
    pub holder: Option<String>,
    /// When the lease runs out unless it is renewed, by the database's clock.
    #[diesel(sql_type = Nullable<Datetime>)]
    pub expires_at: Option<NaiveDateTime>,
    /// Whether it has run out by then. It cannot be taken all the same while a transaction of its holder goes on.
    #[diesel(sql_type = Bool)]
    pub has_run_out: bool,
}

impl Occupant {
    /// Whether this is the same holder, who has not renewed the lease since.
    #[must_use]
    pub fn has_stood_still(&self, since: &Self) -> bool {
        (&self.holder, self.expires_at) == (&since.holder, since.expires_at)
    }
}

#[derive(QueryableByName)]
struct FenceRow {
    #[diesel(sql_type = BigInt)]
    fence: i64,
}

/// Makes the lease's table and row where they are missing. It can be called at any time by any number of programs.
///
/// # Errors
/// If the database refuses.
pub async fn prepare(connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
    connection.batch_execute(migrations::CREATE_PUBLICATION).await?;
    // A look first: it does not wait for the row, which a holder in the midst of a transaction has locked.
    if occupant(connection).await.optional()?.is_some() {
        return Ok(());
    }
    // Not INSERT IGNORE, which would hide other errors as well.
    sql_query(
        "INSERT INTO publication (name) VALUES ('analytics') ON DUPLICATE KEY UPDATE name = VALUES(name)",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Who holds the lease now, if anyone ever has.
///
/// # Errors
/// If the database refuses.
pub async fn occupant(connection: &mut AsyncMysqlConnection) -> QueryResult<Occupant> {
    sql_query(
        "SELECT holder, expires_at, COALESCE(expires_at <= UTC_TIMESTAMP(6), 0) AS has_run_out \
         FROM publication WHERE name = 'analytics'",
    )
    .get_result(connection)
    .await
}

impl Lease {
    /// Takes the lease for `length` if it is free or has run out. It is neither while the holder is in the midst of a
    /// transaction: that holds the row, and this waits for it as long as the session waits for locks.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn try_acquire(
        connection: &mut AsyncMysqlConnection,
        holder: &str,
        length: Duration,
    ) -> QueryResult<Option<Self>> {
        let taken = sql_query(
            "UPDATE publication SET holder = ?, fence = fence + 1, \
             expires_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND \
             WHERE name = 'analytics' AND (holder IS NULL OR expires_at <= UTC_TIMESTAMP(6))",
        )
        .bind::<Text, _>(holder)
        .bind::<BigInt, _>(microseconds(length))
        .execute(connection)
        .await;
        match taken {
            Err(error) if somebody_was_first(&error) => return Ok(None),
            taken => taken?,
        };
        // Asked even if no row matched: it may be ours by an earlier call whose answer was lost on the way.
        let row = sql_query("SELECT fence FROM publication WHERE name = 'analytics' AND holder = ?")
            .bind::<Text, _>(holder)
            .get_result::<FenceRow>(connection)
            .await
            .optional()?;
        let in_transaction = Arc::new(AtomicBool::new(false));
        Ok(row.map(|row| Self { holder: holder.to_owned(), fence: row.fence, length, in_transaction }))
    }

    /// The holder's name.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// How long it lasts without being renewed.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Whether [`publish`](Self::publish) or [`record`](Self::record) is under way here or in a clone. Their transaction
    /// holds the lease's row: until it ends nobody can take over, and nobody can renew.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        // Not as a method: Diesel's `load` is one of every type here.
        AtomicBool::load(&self.in_transaction, Ordering::SeqCst)
    }

    /// Makes the lease last its full length from now on, even if it had run out, as it does while the database is
    /// away; false when another run has taken it over.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn renew(&self, connection: &mut AsyncMysqlConnection) -> QueryResult<bool> {
        // The statement's clock stands while it waits for the row: what it then knows must not shorten the lease.
        let renewed = sql_query(
            "UPDATE publication SET expires_at = GREATEST(expires_at, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND) \
             WHERE holder = ? AND fence = ?",
        )
        .bind::<BigInt, _>(microseconds(self.length))
        .bind::<Text, _>(&self.holder)
        .bind::<BigInt, _>(self.fence)
        .execute(connection)
        .await?;
        Ok(renewed == 1)
    }

    /// Gives the lease back, if it is still ours.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn release(&self, connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
        sql_query("UPDATE publication SET holder = NULL, expires_at = NULL WHERE holder = ? AND fence = ?")
            .bind::<Text, _>(&self.holder)
            .bind::<BigInt, _>(self.fence)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Runs `work` in one transaction that changes published rows: checks the lease, counts the generation up and
    /// notes `now` as the time of publication, all in the first statement. Everything is rolled back on any error.
    ///
    /// # Errors
    /// [`PublishError::LeaseLost`] when the lease is no longer ours, or what the database or `work` reports.
    pub async fn publish<T>(
        &self,
        connection: &mut AsyncMysqlConnection,
        now: DateTime<Utc>,
        work: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> Result<T, PublishError>,
    ) -> Result<T, PublishError> {
        self.transaction(connection, async |connection| {
            let ours = sql_query(
                "UPDATE publication SET generation = generation + 1, published_at = ? \
                 WHERE holder = ? AND fence = ? AND expires_at > UTC_TIMESTAMP(6)",
            )
            .bind::<Datetime, _>(now.naive_utc())
            .bind::<Text, _>(&self.holder)
            .bind::<BigInt, _>(self.fence)
            .execute(connection)
            .await?;
            if ours != 1 {
                return Err(PublishError::LeaseLost);
            }
            work(connection).await
        })
        .await
    }

    /// Runs `work` in one transaction that changes what only the batch reads: checks the lease like
    /// [`publish`](Self::publish), and leaves the generation alone.
    ///
    /// # Errors
    /// As for [`publish`](Self::publish).
    pub async fn record<T>(
        &self,
        connection: &mut AsyncMysqlConnection,
        work: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> Result<T, PublishError>,
    ) -> Result<T, PublishError> {
        self.transaction(connection, async |connection| {
            if !self.renew(connection).await? {
                return Err(PublishError::LeaseLost);
            }
            work(connection).await
        })
        .await
    }

    /// A transaction of this lease. It may have taken longer than the lease lasts, so it renews it at its end.
    async fn transaction<T>(
        &self,
        connection: &mut AsyncMysqlConnection,
        work: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> Result<T, PublishError>,
    ) -> Result<T, PublishError> {
        let _under_way = UnderWay::mark(&self.in_transaction);
        transaction(connection, async |connection| {
            let answer = work(connection).await?;
            sql_query(
                "UPDATE publication SET expires_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND \
                 WHERE holder = ? AND fence = ?",
            )
            .bind::<BigInt, _>(microseconds(self.length))
            .bind::<Text, _>(&self.holder)
            .bind::<BigInt, _>(self.fence)
            .execute(connection)
            .await?;
            Ok(answer)
        })
        .await
    }
}

/// A mark that is taken away however the work ends: it may be dropped where it stands.
struct UnderWay<'a>(&'a AtomicBool);

impl<'a> UnderWay<'a> {
    fn mark(mark: &'a AtomicBool) -> Self {
        mark.store(true, Ordering::SeqCst);
        Self(mark)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// A transaction that rolls back on any error of `work`. Diesel's own wants a closure that may move between threads,
/// which a caller's generic one cannot promise.
async fn transaction<T>(
    connection: &mut AsyncMysqlConnection,
    work: impl AsyncFnOnce(&mut AsyncMysqlConnection) -> Result<T, PublishError>,
) -> Result<T, PublishError> {
    AnsiTransactionManager::begin_transaction(connection).await?;
    match work(connection).await {
        Ok(answer) => {
            AnsiTransactionManager::commit_transaction(connection).await?;
            Ok(answer)
        }
        Err(error) => {
            // If even this fails the connection is gone, and the server rolls back by itself: the first error tells.
            let _ = AnsiTransactionManager::rollback_transaction(connection).await;
            Err(error)
        }
    }
}

/// Whether the statement gave up because another transaction held a row (ER_LOCK_WAIT_TIMEOUT) or, on OceanBase, had
/// changed it meanwhile (OB_TRANS_CANNOT_SERIALIZE). Diesel keeps nothing of their numbers.
fn somebody_was_first(error: &diesel::result::Error) -> bool {
    let said = error.to_string();
    ["Lock wait timeout", "can't serialize access"].iter().any(|words| said.contains(words))
}

fn microseconds(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
