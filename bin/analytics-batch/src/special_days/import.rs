//! Taking a file in: held against what is known, refused with all its mistakes, or stored whole.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use domain::analytics_db::lease::Lease;
use domain::analytics_db::special_days;
use domain::forecast::{Effect, SpecialDay};

use super::describe;
use super::file::{self, Entry};
use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::reading::Mistakes;

/// A file in which nothing is wrong by itself.
pub(super) struct Import<'a> {
    path: &'a Path,
    entries: Vec<Entry>,
}

impl<'a> Import<'a> {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, or anything in it is wrong.
    pub(super) fn read(path: &'a Path) -> Result<Self, Failure> {
        let mut mistakes = Mistakes::in_file(path);
        let entries = file::read(path, &mut mistakes)?;
        conflicts(&entries, &[], &mut mistakes);
        mistakes.refuse()?;
        Ok(Self { path, entries })
    }

    /// Stores what is new or has changed, and says what that is.
    ///
    /// # Errors
    /// If the days contradict those that are known, the database fails, or the lease is lost.
    pub(super) async fn carry_out(self, lease: &Lease, link: &mut Link<'_>) -> Result<String, Failure> {
        let load = async |connection: &mut _| special_days::load(connection).await.in_analytics_db();
        let known = link.step("reading the special days", load).await?;
        let mut mistakes = Mistakes::in_file(self.path);
        conflicts(&self.entries, &known, &mut mistakes);
        mistakes.refuse()?;

        let known: BTreeMap<(NaiveDate, &str), &SpecialDay> =
            known.iter().map(|day| ((day.date, day.kind.as_str()), day)).collect();
        let (mut added, mut changed, mut days) = (0, Vec::new(), Vec::new());
        for Entry { day, .. } in &self.entries {
            match known.get(&(day.date, day.kind.as_str())) {
                None => added += 1,
                Some(before) if *before == day => continue,
                Some(before) => changed.push(format!("  {}, was {}", describe(day), describe(before))),
            }
            days.push(day.clone());
        }
        // Only the batch reads them: the published figures, and so their generation, stay as they are.
        link.step("storing special days", async |connection| {
            let store = async |connection: &mut _| Ok(special_days::store(connection, &days).await?);
            Ok(lease.record(connection, store).await?)
        })
        .await?;
        let unchanged = self.entries.len() - days.len();
        let mut said = vec![format!(
            "{}: {added} added, {} changed, {unchanged} unchanged. The next run's forecast knows them.",
            self.path.display(),
            changed.len()
        )];
        said.extend(changed);
        Ok(said.join("\n"))
    }
}

/// Notes the days of `entries` on which the restaurant would both open and not open, by them or with those `known` that
/// they do not replace.
fn conflicts(entries: &[Entry], known: &[SpecialDay], mistakes: &mut Mistakes) {
    let contradict = |a: Effect, b: Effect| {
        matches!((a, b), (Effect::Closed, Effect::Open) | (Effect::Open, Effect::Closed))
    };
    let replaced = |known: &SpecialDay| {
        entries.iter().any(|Entry { day, .. }| (day.date, &day.kind) == (known.date, &known.kind))
    };
    for (index, Entry { line, day }) in entries.iter().enumerate() {
        let same_date = entries[..index].iter().rev().take_while(|before| before.day.date == day.date);
        for before in same_date.filter(|before| contradict(before.day.effect, day.effect)) {
            let what = format!(
                "{} is {} here and {} on line {}: decide for one",
                day.date, day.effect, before.day.effect, before.line
            );
            mistakes.note(*line, &what);
        }
        let standing =
            known.iter().filter(|known| known.date == day.date && contradict(known.effect, day.effect));
        for known in standing.filter(|known| !replaced(known)) {
            let what = format!(
                "{} is {} here and known as {}. Decide for one; `analytics-batch calendar remove` takes days back",
                day.date,
                day.effect,
                describe(known)
            );
            mistakes.note(*line, &what);
        }
    }
}
