//! `analytics-batch backtest`: how the forecasts would have done on past days, over analytics_db or any file of series.
//!
//! It only reads. What it prints and writes depends on the data and the arguments alone, but for the time that
//! forecasts took.

mod arguments;
mod figures;
mod folds;
mod from_file;
mod judged;
mod predictions;
mod published;
mod scoreboard;
mod series;
mod timestamps;
mod workers;

use std::path::Path;
use std::process::ExitCode;

use tokio::task::spawn_blocking;

pub(crate) use arguments::BacktestArguments;

use crate::cli::Format;
use crate::failure::Failure;
use crate::link::Link;
use crate::report::print;
use folds::Rolling;
use from_file::FromFile;
use judged::Findings;
use predictions::Predictions;
use published::Published;
use scoreboard::Scoreboard;

/// Judges the forecasts of the series in the file `csv`.
///
/// # Errors
/// If the arguments make no sense, a file cannot be read or written, the data are wrong, or nothing can be judged.
pub(crate) async fn of_file(csv: &Path, arguments: BacktestArguments) -> Result<ExitCode, Failure> {
    let csv = csv.to_owned();
    beside_the_signals(move || {
        let backtest = FromFile::read(&csv, &arguments)?;
        keep_data(&csv, &arguments)?;
        judge(&arguments, || backtest.run(arguments.threads()))
    })
    .await
}

/// Refuses to write the predictions over the data.
fn keep_data(csv: &Path, arguments: &BacktestArguments) -> Result<(), Failure> {
    let place = |path: &Path| path.canonicalize().ok();
    match &arguments.predictions {
        Some(predictions) if place(predictions).is_some_and(|out| Some(out) == place(csv)) => {
            Err(Failure::Usage(format!(
                "{} would be overwritten by the predictions: give --predictions another file",
                csv.display()
            )))
        }
        _ => Ok(()),
    }
}

/// Judges the forecasts that the nightly run would have issued from the days published in analytics_db.
///
/// # Errors
/// If analytics_db fails or holds too little, or a file cannot be written.
pub(crate) async fn of_published_days(
    link: &mut Link<'_>,
    arguments: BacktestArguments,
) -> Result<ExitCode, Failure> {
    let rolling = Rolling::of(&arguments, arguments.horizon.map_or(DAYS_AHEAD, usize::from));
    let published = Published::load(link, rolling).await?;
    beside_the_signals(move || {
        judge(&arguments, || published.backtest(rolling, &arguments.model.0, arguments.threads()))
    })
    .await
}

/// How many days ahead are judged unless something else is asked for.
const DAYS_AHEAD: usize = 7;

/// Works on a thread on which it keeps nobody from hearing that the process is to stop.
async fn beside_the_signals(
    work: impl FnOnce() -> Result<ExitCode, Failure> + Send + 'static,
) -> Result<ExitCode, Failure> {
    match spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Failure::Internal(format!("the backtest ended early: {error}"))),
    }
}

/// Writes and prints what `backtest` finds. All that can be wrong with the output but a full disk is found before.
fn judge(arguments: &BacktestArguments, backtest: impl FnOnce() -> Findings) -> Result<ExitCode, Failure> {
    let predictions = arguments.predictions.as_deref().map(Predictions::create).transpose()?;
    let findings = backtest();
    findings.notes.iter().for_each(|note| log::warn!("{note}"));
    if let Some(predictions) = predictions {
        predictions.write(&findings)?;
    }
    let scoreboard = Scoreboard::of(findings);
    if scoreboard.is_empty() {
        return Err(Failure::Data(
            "nothing could be judged: the lines above say why. Take fewer --folds, a shorter --horizon or a longer \
             history"
                .to_owned(),
        ));
    }
    print(&match arguments.format {
        Format::Text => scoreboard.text(),
        Format::Json => serde_json::to_string(&scoreboard)
            .map_err(|error| Failure::Internal(format!("the table cannot be written: {error}")))?,
    })?;
    Ok(ExitCode::SUCCESS)
}
