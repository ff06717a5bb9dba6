//! A file of special days: what it may say, and every mistake in it.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike as _, NaiveDate};
use domain::analytics_db::special_days::{LONGEST_KIND, LONGEST_NAME};
use domain::forecast::{Effect, HOLIDAY, SpecialDay, UnknownEffect};

use crate::failure::Failure;
use crate::reading::{Mistakes, rows_of_just};

/// The columns: the first must be there.
const COLUMNS: [&str; 4] = ["date", "kind", "name", "effect"];

/// Years that a date may be in; others are mistyped.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// A special day and the line that it stands on.
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) day: SpecialDay,
}

/// Reads the days of a file by date, then kind. What is wrong goes to `mistakes`.
///
/// # Errors
/// If the file cannot be read at all.
pub(super) fn read(path: &Path, mistakes: &mut Mistakes) -> Result<Vec<Entry>, Failure> {
    let mut entries: BTreeMap<(NaiveDate, String), Entry> = BTreeMap::new();
    rows_of_just(path, COLUMNS, mistakes, |line, fields, mistakes| {
        let day = match special_day(fields) {
            Ok(day) => day,
            Err(wrong) => return wrong.iter().for_each(|what| mistakes.note(line, what)),
        };
        let key = (day.date, day.kind.clone());
        if let Some(before) = entries.get(&key) {
            let (date, kind) = key;
            let what =
                format!("{date} stands as {kind} on line {} already: make one row of the two", before.line);
            return mistakes.note(line, &what);
        }
        entries.insert(key, Entry { line, day });
    })?;
    Ok(entries.into_values().collect())
}

/// The day that a row's fields make, or all that is wrong with them.
fn special_day([date, kind, name, effect]: [Option<&str>; 4]) -> Result<SpecialDay, Vec<String>> {
    let date = date_of(date.unwrap_or_default());
    let kind = kind_of(kind.unwrap_or(HOLIDAY));
    let name = name_of(name.unwrap_or_default());
    let effect =
        effect.unwrap_or(Effect::Event.name()).parse().map_err(|unknown: UnknownEffect| unknown.to_string());
    match (date, kind, name, effect) {
        (Ok(date), Ok(kind), Ok(name), Ok(effect)) => Ok(SpecialDay { date, kind, name, effect }),
        (date, kind, name, effect) => {
            Err([date.err(), kind.err(), name.err(), effect.err()].into_iter().flatten().collect())
        }
    }
}

fn date_of(text: &str) -> Result<NaiveDate, String> {
    let date: NaiveDate = text.parse().map_err(|_| format!("{text:?} is no date: write YYYY-MM-DD"))?;
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("{text} is no likely date: look at its year"))
    }
}

fn kind_of(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    if text.is_empty() || text.chars().count() > LONGEST_KIND || !text.chars().all(plain) {
        return Err(format!(
            "{text:?} is no kind: write {HOLIDAY} or another word of up to {LONGEST_KIND} letters, digits, _ and -"
        ));
    }
    // Holiday and holiday are one kind.
    Ok(text.to_lowercase())
}

fn name_of(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0..=LONGEST_NAME => Ok(text.to_owned()),
        long => Err(format!("the name has {long} characters, and {LONGEST_NAME} at most are kept")),
    }
}

/// The days as a file that [`read`] takes.
///
/// # Errors
/// If they cannot be written, which is a bug.
pub(super) fn write(days: impl Iterator<Item = SpecialDay>) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Internal(format!("special days as CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for SpecialDay { date, kind, name, effect } in days {
        let date = date.to_string();
        writer.write_record([&date, &kind, &name, effect.name()]).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    Ok(text.trim_end().to_owned())
}
