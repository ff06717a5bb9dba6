//! Where each business day's orders lie in the source, so that no run has to look for them in the whole table.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::source_days;
use super::{ROWS_A_STATEMENT, values_of};

/// The orders of one business day, of any status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDay {
    /// The lowest id among them.
    pub lowest_id: i64,
    /// The highest.
    pub highest_id: i64,
    /// Whether any of them is SERVED.
    pub has_served: bool,
}

/// The source by business day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap(BTreeMap<NaiveDate, SourceDay>);

impl SourceMap {
    /// Notes one order of any status.
    pub fn note(&mut self, day: NaiveDate, id: i64, served: bool) {
        self.merge_day(day, SourceDay { lowest_id: id, highest_id: id, has_served: served });
    }

    /// Adds what `other` knows.
    pub fn merge(&mut self, other: &Self) {
        for (day, found) in &other.0 {
            self.merge_day(*day, *found);
        }
    }

    fn merge_day(&mut self, day: NaiveDate, found: SourceDay) {
        self.0
            .entry(day)
            .and_modify(|known| {
                known.lowest_id = known.lowest_id.min(found.lowest_id);
                known.highest_id = known.highest_id.max(found.highest_id);
                known.has_served |= found.has_served;
            })
            .or_insert(found);
    }

    /// The ids between which the orders of `day` lie.
    #[must_use]
    pub fn ids_of(&self, day: NaiveDate) -> Option<RangeInclusive<i64>> {
        self.0.get(&day).map(|known| known.lowest_id..=known.highest_id)
    }

    /// The lowest id among the orders of `day` or any later one.
    #[must_use]
    pub fn lowest_id_from(&self, day: NaiveDate) -> Option<i64> {
        self.0.range(day..).map(|(_, known)| known.lowest_id).min()
    }

    /// The first business day with a SERVED order, not counting days before `floor`.
    #[must_use]
    pub fn first_served_day(&self, floor: Option<NaiveDate>) -> Option<NaiveDate> {
        self.0
            .range(floor.unwrap_or(NaiveDate::MIN)..)
            .find(|(_, known)| known.has_served)
            .map(|(day, _)| *day)
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = source_days, check_for_backend(diesel::mysql::Mysql))]
struct Row {
    date: NaiveDate,
    lowest_order_id: i64,
    highest_order_id: i64,
    has_served: bool,
}

/// Reads the map.
///
/// # Errors
/// If the database refuses.
pub async fn load(connection: &mut AsyncMysqlConnection) -> QueryResult<SourceMap> {
    let rows: Vec<Row> = source_days::table.select(Row::as_select()).load(connection).await?;
    Ok(SourceMap(
        rows.into_iter()
            .map(|row| {
                let day = SourceDay {
                    lowest_id: row.lowest_order_id,
                    highest_id: row.highest_order_id,
                    has_served: row.has_served,
                };
                (row.date, day)
            })
            .collect(),
    ))
}

/// Stores those days of `map` that `known` does not have just so.
///
/// # Errors
/// If the database refuses.
pub async fn store(
    connection: &mut AsyncMysqlConnection,
    known: &SourceMap,
    map: &SourceMap,
) -> QueryResult<()> {
    let rows: Vec<Row> = map
        .0
        .iter()
        .filter(|(day, found)| known.0.get(day) != Some(found))
        .map(|(day, found)| Row {
            date: *day,
            lowest_order_id: found.lowest_id,
            highest_order_id: found.highest_id,
            has_served: found.has_served,
        })
        .collect();
    for some in rows.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(source_days::table)
            .values(some)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                source_days::lowest_order_id.eq(values_of(source_days::lowest_order_id)),
                source_days::highest_order_id.eq(values_of(source_days::highest_order_id)),
                source_days::has_served.eq(values_of(source_days::has_served)),
            ))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Forgets all of it: a rebuild reads every order again, and its calendar may put each into another day.
///
/// # Errors
/// If the database refuses.
pub async fn clear(connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
    diesel::delete(source_days::table).execute(connection).await?;
    Ok(())
}
