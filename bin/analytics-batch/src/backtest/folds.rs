//! From which origins each series is forecast.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::arguments::BacktestArguments;
use super::series::{File, Series};
use super::timestamps::{Timestamp, Unit};
use crate::failure::Failure;
use crate::reading::{Mistakes, rows};

/// One origin of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fold {
    /// Which series of the file.
    pub(super) series: usize,
    /// How many of its steps are known.
    pub(super) seen: usize,
    /// The timestamp that it trains up to and with.
    pub(super) cutoff: i64,
}

/// The folds of a file by series, then cutoff, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Folds {
    pub(super) folds: Vec<Fold>,
    /// How many are left out.
    pub(super) skipped: usize,
    /// Why, in a sentence a series.
    pub(super) notes: Vec<String>,
}

/// How folds follow one another when no file names their cutoffs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rolling {
    pub(super) folds: usize,
    pub(super) step: usize,
    pub(super) horizon: usize,
}

impl Rolling {
    /// As the arguments say.
    pub(super) fn of(arguments: &BacktestArguments, horizon: usize) -> Self {
        let step = arguments.step.map_or(horizon, usize::from);
        Self { folds: arguments.folds.into(), step, horizon }
    }

    /// How many of `len` steps each fold knows, earliest fold first: those that know any.
    pub(super) fn origins(self, len: usize) -> impl Iterator<Item = usize> {
        let last = len.checked_sub(self.horizon);
        let seen = move |back| last?.checked_sub(back * self.step).filter(|seen| *seen > 0);
        (0..self.folds).rev().filter_map(seen)
    }
}

impl Folds {
    /// The latest folds of each series, the last one horizon before its end, each with more than `season` steps known.
    pub(super) fn rolling(file: &File, rolling: Rolling, season: usize) -> Self {
        let mut all = Self::default();
        for (number, series) in file.series.iter().enumerate() {
            let before = all.folds.len();
            let origins = rolling.origins(series.values.len()).filter(|seen| *seen > season);
            all.folds.extend(origins.map(|seen| Fold::after(number, series, seen)));
            let short = rolling.folds - (all.folds.len() - before);
            if short > 0 {
                all.skip(short, format!(
                    "{} has {}, too few for {short} of {} folds: each needs more than {season} known and {} to judge",
                    series.id, file.unit.counted(series.values.len()), rolling.folds, rolling.horizon
                ));
            }
        }
        all
    }

    /// The folds at the cutoffs of a file `unique_id,cutoff`; a row may come more than once.
    ///
    /// # Errors
    /// If it cannot be read, or with what is wrong in it.
    pub(super) fn from_file(path: &Path, file: &File, season: usize) -> Result<Self, Failure> {
        let cutoffs = cutoffs(path, file.unit)?;
        let mut all = Self::default();
        for (number, series) in file.series.iter().enumerate() {
            let Some(cutoffs) = cutoffs.get(&series.id) else {
                all.notes.push(format!("{} has no cutoff in {} and is left out", series.id, path.display()));
                continue;
            };
            for cutoff in cutoffs {
                match seen(series, *cutoff, season) {
                    Ok(seen) => all.folds.push(Fold { series: number, seen, cutoff: *cutoff }),
                    Err(why) => all.skip(1, format!("{} at {}: {why}", series.id, file.unit.text(*cutoff))),
                }
            }
        }
        let known: BTreeSet<&str> = file.series.iter().map(|series| series.id.as_str()).collect();
        for (id, cutoffs) in cutoffs.iter().filter(|(id, _)| !known.contains(id.as_str())) {
            all.skip(
                cutoffs.len(),
                format!("{id} has cutoffs in {} and no rows in the data", path.display()),
            );
        }
        Ok(all)
    }

    fn skip(&mut self, folds: usize, why: String) {
        self.skipped += folds;
        self.notes.push(why);
    }
}

impl Fold {
    fn after(number: usize, series: &Series, seen: usize) -> Self {
        Self { series: number, seen, cutoff: series.at(seen) - 1 }
    }
}

/// How many steps of `series` are known at `cutoff`, or why there is no fold.
fn seen(series: &Series, cutoff: i64, season: usize) -> Result<usize, String> {
    let known = cutoff.checked_sub(series.first).map_or(0, |steps| steps.saturating_add(1));
    let seen = usize::try_from(known).unwrap_or(0);
    if seen == 0 {
        Err("it lies before the first observation".to_owned())
    } else if seen <= season {
        Err(format!("only {seen} steps are known, and more than {season} are needed"))
    } else if seen >= series.values.len() {
        Err("nothing is known after it that a forecast could be held against".to_owned())
    } else {
        Ok(seen)
    }
}

fn cutoffs(path: &Path, unit: Unit) -> Result<BTreeMap<String, BTreeSet<i64>>, Failure> {
    let mut mistakes = Mistakes::in_file(path);
    let mut cutoffs: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    rows(path, ["unique_id", "cutoff"], &mut mistakes, |line, [id, cutoff], mistakes| {
        let index = Timestamp::read(cutoff).and_then(|timestamp| {
            let kind = || format!("{cutoff:?} is of another kind than the timestamps of the data");
            unit.index(timestamp).ok_or_else(kind)
        });
        match index {
            Ok(index) => {
                cutoffs.entry(id.to_owned()).or_default().insert(index);
            }
            Err(mistake) => mistakes.note(line, &mistake),
        }
    })?;
    mistakes.refuse()?;
    Ok(cutoffs)
}
