//! The calendar of special days, as people have imported it. The forecast reads it; no run writes it.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::special_days;
use super::{ROWS_A_STATEMENT, values_of};
use crate::forecast::{SpecialDay, UnknownEffect};

/// Characters that the kind of a special day may have.
pub const LONGEST_KIND: usize = 32;

/// Characters that its name may have.
pub const LONGEST_NAME: usize = 128;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = special_days, check_for_backend(diesel::mysql::Mysql))]
struct Row {
    date: NaiveDate,
    kind: String,
    name: String,
    effect: String,
}

impl From<&SpecialDay> for Row {
    fn from(day: &SpecialDay) -> Self {
        Self {
            date: day.date,
            kind: day.kind.clone(),
            name: day.name.clone(),
            effect: day.effect.name().to_owned(),
        }
    }
}

impl TryFrom<Row> for SpecialDay {
    type Error = UnknownEffect;

    fn try_from(row: Row) -> Result<Self, UnknownEffect> {
        let effect = row.effect.parse()?;
        Ok(Self { date: row.date, kind: row.kind, name: row.name, effect })
    }
}

/// All special days by date, then kind.
///
/// # Errors
/// If the database refuses, or holds an effect that this program does not know.
pub async fn load(connection: &mut AsyncMysqlConnection) -> QueryResult<Vec<SpecialDay>> {
    let rows: Vec<Row> = special_days::table
        .order((special_days::date, special_days::kind))
        .select(Row::as_select())
        .load(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            let date = row.date;
            SpecialDay::try_from(row).map_err(|error| {
                diesel::result::Error::DeserializationError(format!("special_days, {date}: {error}").into())
            })
        })
        .collect()
}

/// Adds `days`, each in the place of the one of its date and kind if there is one, inside the caller's transaction.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn store(connection: &mut AsyncMysqlConnection, days: &[SpecialDay]) -> QueryResult<()> {
    for some in days.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<Row> = some.iter().map(Row::from).collect();
        diesel::insert_into(special_days::table)
            .values(rows)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                special_days::name.eq(values_of(special_days::name)),
                special_days::effect.eq(values_of(special_days::effect)),
            ))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Removes `days`, known by their dates and kinds, inside the caller's transaction.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn remove(connection: &mut AsyncMysqlConnection, days: &[SpecialDay]) -> QueryResult<()> {
    for day in days {
        let this_one = special_days::table.find((day.date, &day.kind));
        diesel::delete(this_one).execute(connection).await?;
    }
    Ok(())
}
