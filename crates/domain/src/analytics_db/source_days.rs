//! Where each business day's orders lie in the source, so that no run has to look for them in the whole table.
//!
//! A day's ids are kept as ranges. Most days have one; an order that was entered long before its day, or long after,
//! has one of its own, so that it does not make a run read all that lies between.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::source_days;
use super::{ROWS_A_STATEMENT, values_of};
use crate::id_ranges::IdRanges;

/// Ids between two orders of a day across which it still is one range: so many orders are soon read in vain.
const GAP: i64 = 100;

/// Ranges of a day at most: where ids say nothing about the time, wider gaps are closed as well.
const RANGES_A_DAY: usize = 50;

/// The orders of one business day, of any status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct SourceDay {
    ids: IdRanges,
    has_served: bool,
}

/// The source by business day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap(BTreeMap<NaiveDate, SourceDay>);

impl SourceMap {
    /// The map of some orders of any status: business day, id, whether it is SERVED.
    pub fn of(orders: impl IntoIterator<Item = (NaiveDate, i64, bool)>) -> Self {
        let mut days: BTreeMap<NaiveDate, (Vec<i64>, bool)> = BTreeMap::new();
        for (day, id, served) in orders {
            let (ids, has_served) = days.entry(day).or_default();
            ids.push(id);
            *has_served |= served;
        }
        let close = |(ids, has_served): (Vec<i64>, bool)| SourceDay {
            ids: IdRanges::from_ids(ids.into_iter().map(|id| id..=id), GAP),
            has_served,
        };
        Self(days.into_iter().map(|(day, orders)| (day, close(orders))).collect())
    }

    /// Adds what `other` knows.
    pub fn merge(&mut self, other: &Self) {
        for (day, found) in &other.0 {
            let known = self.0.entry(*day).or_default();
            known.ids = union(&known.ids, &found.ids);
            known.has_served |= found.has_served;
        }
    }

    /// The ids among which the orders of `day` are.
    #[must_use]
    pub fn ids_of(&self, day: NaiveDate) -> IdRanges {
        self.0.get(&day).map(|known| known.ids.clone()).unwrap_or_default()
    }

    /// The lowest id from which the orders of `days` were entered, strays left out: the least beginning of any of
    /// these days' widest range.
    #[must_use]
    pub fn entered_from(&self, days: RangeInclusive<NaiveDate>) -> Option<i64> {
        let widest =
            |known: &SourceDay| known.ids.iter().max_by_key(|ids| ids.end().saturating_sub(*ids.start()));
        self.0.range(days).filter_map(|(_, known)| widest(known)).map(|ids| *ids.start()).min()
    }

    /// The last business day with an order.
    #[must_use]
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.0.last_key_value().map(|(day, _)| *day)
    }

    /// Whether any order of `day` is SERVED.
    #[must_use]
    pub fn has_served(&self, day: NaiveDate) -> bool {
        self.0.get(&day).is_some_and(|known| known.has_served)
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

fn union(some: &IdRanges, others: &IdRanges) -> IdRanges {
    let mut gap = GAP;
    loop {
        let ids = IdRanges::from_ids(some.iter().chain(others.iter()), gap);
        if ids.iter().count() <= RANGES_A_DAY {
            return ids;
        }
        gap = gap.saturating_mul(4);
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
    let mut days: BTreeMap<NaiveDate, (Vec<_>, bool)> = BTreeMap::new();
    for row in rows {
        let (ids, has_served) = days.entry(row.date).or_default();
        ids.push(row.lowest_order_id..=row.highest_order_id);
        *has_served |= row.has_served;
    }
    let close = |(ids, has_served)| SourceDay { ids: IdRanges::from_ids(ids, 0), has_served };
    Ok(SourceMap(days.into_iter().map(|(day, found)| (day, close(found))).collect()))
}

/// Stores those days of `map` that `known` does not have just so, inside the caller's transaction.
///
/// # Errors
/// If the database refuses.
pub async fn store(
    connection: &mut AsyncMysqlConnection,
    known: &SourceMap,
    map: &SourceMap,
) -> QueryResult<()> {
    let changed = || map.0.iter().filter(|(day, found)| known.0.get(day) != Some(found));
    // A range that has grown downwards, or into another, leaves rows behind.
    let regrouped: Vec<NaiveDate> =
        changed().map(|(day, _)| *day).filter(|day| known.0.contains_key(day)).collect();
    for some in regrouped.chunks(ROWS_A_STATEMENT) {
        diesel::delete(source_days::table.filter(source_days::date.eq_any(some))).execute(connection).await?;
    }
    let rows: Vec<Row> = changed()
        .flat_map(|(day, found)| {
            found.ids.iter().map(|ids| Row {
                date: *day,
                lowest_order_id: *ids.start(),
                highest_order_id: *ids.end(),
                has_served: found.has_served,
            })
        })
        .collect();
    for some in rows.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(source_days::table)
            .values(some)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ranges(map: &SourceMap, of: &str) -> Vec<(i64, i64)> {
        map.ids_of(day(of)).iter().map(std::ops::RangeInclusive::into_inner).collect()
    }

    #[test]
    fn a_stray_order_does_not_stretch_its_day() {
        let usual = (1_000..1_300).map(|id| (day("2024-05-02"), id, true));
        let mut map =
            SourceMap::of(usual.chain([(day("2024-05-01"), 999, false), (day("2024-05-02"), 7, false)]));
        map.merge(&SourceMap::of([(day("2024-05-02"), 9_000, true), (day("2024-05-02"), 1_350, false)]));
        assert_eq!(ranges(&map, "2024-05-02"), [(7, 7), (1_000, 1_350), (9_000, 9_000)]);
        assert_eq!(map.first_served_day(None), Some(day("2024-05-02")));
        assert_eq!(map.entered_from(day("2024-05-02")..=day("2024-05-31")), Some(1_000));
        assert_eq!(map.entered_from(day("2024-05-03")..=day("2024-05-31")), None);
    }

    #[test]
    fn ids_that_say_nothing_about_the_time_do_not_make_a_range_each() {
        let mut map = SourceMap::default();
        map.merge(&SourceMap::of((0..1_000).map(|nth| (day("2024-05-02"), nth * 1_000, true))));
        assert_eq!(ranges(&map, "2024-05-02"), [(0, 999_000)]);
    }
}
