//! The backtest over a file of series.

use std::num::NonZeroUsize;
use std::path::Path;

use domain::forecast::evaluation::{NaiveError, Point};
use domain::forecast::series::{Step, forecast};
use domain::forecast::{Choice, SpecialDays};

use super::arguments::BacktestArguments;
use super::folds::{Fold, Folds, Rolling};
use super::judged::{Findings, Judged, Subject};
use super::series::{self, File, Series};
use super::timestamps::Unit;
use super::workers::{on_threads, timed};
use crate::failure::Failure;
use crate::reading::{Mistakes, rows};

/// Timestamps of a series that are named when they are missing.
const NAMED: usize = 3;

/// A backtest that is ready to run: everything that it needs has been read.
pub(super) struct FromFile {
    file: File,
    folds: Folds,
    special: SpecialDays,
    choices: Vec<Choice>,
    horizon: usize,
    season: Option<usize>,
    window: usize,
}

impl FromFile {
    /// Reads the series of `path`, and the files that `arguments` name.
    ///
    /// # Errors
    /// If a file cannot be read or is wrong, or if the arguments do not say enough.
    pub(super) fn read(path: &Path, arguments: &BacktestArguments) -> Result<Self, Failure> {
        let file = series::read(path)?;
        let horizon = arguments.horizon.map(usize::from).or(match file.unit {
            Unit::Day => Some(7),
            Unit::Hour => Some(24),
            Unit::Number => None,
        });
        let season = arguments.season.map(usize::from);
        let (Some(horizon), Some(least)) = (horizon, season_of_models(file.unit, season)) else {
            return Err(Failure::Usage(
                "the timestamps are whole numbers, which say neither how long a season is nor how far to forecast: \
                 give --season and --horizon"
                    .to_owned(),
            ));
        };
        let folds = match &arguments.cutoffs {
            Some(path) => Folds::from_file(path, &file, least)?,
            None => Folds::rolling(&file, Rolling::of(arguments, horizon), least),
        };
        Ok(Self {
            file,
            folds,
            special: arguments.holidays.as_deref().map(holidays).transpose()?.unwrap_or_default(),
            choices: arguments.model.0.clone(),
            horizon,
            season,
            window: arguments.window.map_or(usize::MAX, usize::from),
        })
    }

    /// Judges each choice of model on each fold. What is left out is counted and told with the reason.
    pub(super) fn run(self, threads: NonZeroUsize) -> Findings {
        let choices = |fold: &Fold| self.choices.iter().map(|choice| (*fold, *choice)).collect::<Vec<_>>();
        let tasks: Vec<(Fold, Choice)> = self.folds.folds.iter().flat_map(choices).collect();
        let (series, folds) = (self.file.series.len(), self.folds.folds.len());
        log::info!("judging {folds} folds of {series} series by {} models", self.choices.len());
        let results = on_threads(threads, &tasks, |(fold, choice)| self.judge(*fold, *choice));
        let mut notes = missing(&self.file);
        let mut skipped = self.folds.skipped;
        notes.extend(self.folds.notes);
        let mut judged = Vec::with_capacity(tasks.len());
        for result in results {
            match result {
                Ok(fold) => judged.push(fold),
                Err(why) => {
                    skipped += 1;
                    notes.push(why);
                }
            }
        }
        let subject = |series: Series| Subject { id: series.id, unit: self.file.unit };
        let subjects = self.file.series.into_iter().map(subject).collect();
        Findings {
            subjects,
            judged,
            choices: self.choices,
            apart: false,
            horizon: self.horizon,
            skipped,
            notes,
        }
    }

    fn judge(&self, fold: Fold, choice: Choice) -> Result<Judged, String> {
        let series = &self.file.series[fold.series];
        let unit = self.file.unit;
        let numbers =
            series.numbers(unit, self.season.unwrap_or(1), fold.seen.saturating_sub(self.window), fold.seen);
        let (forecast, time) = timed(|| forecast(&numbers, self.horizon, &self.special, choice));
        let forecast = forecast.map_err(|error| {
            format!("{} at {} by {}: {error}", series.id, unit.text(fold.cutoff), choice.name())
        })?;
        let (known, coming) = series.values.split_at(fold.seen);
        let point = |(step, truth): (&Step, &Option<f64>)| {
            truth.map(|truth| Point { truth, value: step.value, band: step.band })
        };
        Ok(Judged {
            subject: fold.series,
            cutoff: fold.cutoff,
            choice,
            served: forecast.model,
            naive: NaiveError::of(known, self.season.unwrap_or(numbers.season())),
            first: series.at(fold.seen),
            steps: forecast.steps.iter().zip(coming).map(point).collect(),
            time,
        })
    }
}

/// The shortest season by which the models forecast; a fold must know more.
fn season_of_models(unit: Unit, season: Option<usize>) -> Option<usize> {
    match unit {
        Unit::Day => Some(7),
        Unit::Hour => Some(24),
        Unit::Number => season,
    }
}

fn holidays(path: &Path) -> Result<SpecialDays, Failure> {
    let mut mistakes = Mistakes::in_file(path);
    let mut dates = Vec::new();
    rows(path, ["date"], &mut mistakes, |line, [date], mistakes| match date.parse() {
        Ok(date) => {
            dates.push(date);
        }
        Err(_) => mistakes.note(line, &format!("{date:?} is no date: write YYYY-MM-DD")),
    })?;
    mistakes.refuse()?;
    Ok(SpecialDays::of_holidays(dates))
}

/// What each series lacks, in a sentence.
fn missing(file: &File) -> Vec<String> {
    let lacks = |series: &Series| {
        let count = series.missing().count();
        let named: Vec<String> = series.missing().take(NAMED).map(|index| file.unit.text(index)).collect();
        let more = if count > NAMED { ", …" } else { "" };
        let (id, of) = (&series.id, series.values.len());
        (count > 0).then(|| {
            let named = named.join(", ");
            format!(
                "{id} lacks {} of {of}, taken as unknown and not judged: {named}{more}",
                file.unit.counted(count)
            )
        })
    };
    file.series.iter().filter_map(lacks).collect()
}
