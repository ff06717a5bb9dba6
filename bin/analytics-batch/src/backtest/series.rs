//! Series from a file in the long format `unique_id,ds,y`, in any order.
//!
//! Every timestamp between a series' first and last that has no row is a missing observation, never a zero.

use std::collections::BTreeMap;
use std::path::Path;

use domain::forecast::series::Numbers;

use super::timestamps::{Timestamp, Unit};
use crate::failure::Failure;
use crate::reading::{Mistakes, rows};

/// A series may have this many steps to each observation: beyond, a timestamp is mistaken and not the others missing.
const SPARSEST: usize = 100;

/// The series of a file, by their names.
#[derive(Debug)]
pub(super) struct File {
    pub(super) unit: Unit,
    pub(super) series: Vec<Series>,
}

/// Consecutive steps; None is missing.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) id: String,
    pub(super) first: i64,
    pub(super) values: Vec<Option<f64>>,
}

/// A row that is in order by itself.
struct Row {
    line: u64,
    timestamp: Timestamp,
    value: f64,
}

/// Reads a file.
///
/// # Errors
/// If it cannot be read, or with what is wrong in it.
pub(super) fn read(path: &Path) -> Result<File, Failure> {
    let mut mistakes = Mistakes::in_file(path);
    let mut by_id: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut numbers = None;
    rows(path, ["unique_id", "ds", "y"], &mut mistakes, |line, [id, ds, y], mistakes| {
        let row = row(line, id, ds, y).and_then(|row| {
            let is_number = row.timestamp.is_number();
            if *numbers.get_or_insert(is_number) == is_number {
                Ok(row)
            } else {
                Err(format!("{ds:?} is of another kind than the timestamps above: write all as dates or all as numbers"))
            }
        });
        match row {
            Err(mistake) => mistakes.note(line, &mistake),
            Ok(row) if by_id.contains_key(id) => by_id.entry(id.to_owned()).or_default().push(row),
            Ok(row) => {
                by_id.insert(id.to_owned(), vec![row]);
            }
        }
    })?;
    let unit = match numbers {
        Some(true) => Unit::Number,
        _ if by_id.values().flatten().any(|row| row.timestamp.has_hour()) => Unit::Hour,
        _ => Unit::Day,
    };
    let series = by_id.into_iter().filter_map(|(id, rows)| series(id, rows, unit, &mut mistakes)).collect();
    mistakes.refuse()?;
    Ok(File { unit, series })
}

fn row(line: u64, id: &str, ds: &str, y: &str) -> Result<Row, String> {
    if id.is_empty() {
        return Err("unique_id is empty".to_owned());
    }
    let timestamp = Timestamp::read(ds)?;
    if timestamp.is_within_an_hour() {
        return Err(format!("{ds} is not a full hour: only days and full hours are forecast"));
    }
    match y.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(Row { line, timestamp, value }),
        Ok(value) if value < 0.0 => {
            Err(format!("y is {y}, and no forecast is ever below 0: leave the row out if it is not known"))
        }
        _ => Err(format!("y is {y:?}, which is no finite number: leave the row out if it is not known")),
    }
}

/// Puts rows in order. Notes those that say the same timestamp twice.
fn series(id: String, rows: Vec<Row>, unit: Unit, mistakes: &mut Mistakes) -> Option<Series> {
    let count = rows.len();
    let mut by_index: BTreeMap<i64, Row> = BTreeMap::new();
    for row in rows {
        let index = unit.index(row.timestamp)?;
        if let Some(other) = by_index.get(&index) {
            let (at, other) = (unit.text(index), other.line);
            mistakes.note(row.line, &format!("{id} has {at} twice, here and in line {other}"));
        } else {
            by_index.insert(index, row);
        }
    }
    let ((first, _), (last, last_row)) = (by_index.first_key_value()?, by_index.last_key_value()?);
    let (first, last) = (*first, *last);
    let steps = usize::try_from(last.checked_sub(first)?).ok()?.checked_add(1)?;
    if steps / SPARSEST > count {
        let (from, to) = (unit.text(first), unit.text(last));
        let all = unit.counted(steps);
        mistakes.note(
            last_row.line,
            &format!("{id} has {count} rows in {all}, {from} to {to}: is that a mistake?"),
        );
        return None;
    }
    let values = (first..=last).map(|index| by_index.get(&index).map(|row| row.value)).collect();
    Some(Series { id, first, values })
}

impl Series {
    /// The timestamp of step `index`, from 0.
    pub(super) fn at(&self, index: usize) -> i64 {
        self.first.saturating_add_unsigned(index as u64)
    }

    /// The steps that have no observation.
    pub(super) fn missing(&self) -> impl Iterator<Item = i64> + '_ {
        (self.first..).zip(&self.values).filter(|(_, value)| value.is_none()).map(|(index, _)| index)
    }

    /// Its steps `from` to `to`, the latter not included, as the forecast takes them.
    pub(super) fn numbers(&self, unit: Unit, season: usize, from: usize, to: usize) -> Numbers {
        let values = &self.values[from..to];
        let (day, hour) = unit.day_and_hour(self.at(from));
        match unit {
            Unit::Day => Numbers::of_days(day, values),
            Unit::Hour => Numbers::of_hours(day, hour, values),
            Unit::Number => Numbers::of_steps(season, values),
        }
    }
}
