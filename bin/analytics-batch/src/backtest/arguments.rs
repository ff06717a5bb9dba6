//! What a backtest may be asked for.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use domain::forecast::Choice;

use crate::cli::Format;

#[derive(Clone, Debug, Args)]
pub(crate) struct BacktestArguments {
    /// Series in the long format unique_id,ds,y, gzipped or not: ds are days, hours or whole numbers. Without it the
    /// restaurant's own published days are taken.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,

    /// How many steps each fold forecasts [default: 7 days or 24 hours].
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) horizon: Option<u16>,

    /// How many folds a series has at the most, the last one horizon before its end.
    #[arg(long, value_name = "FOLDS", default_value_t = 8, conflicts_with = "cutoffs",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) folds: u16,

    /// Steps from one fold to the next [default: the horizon].
    #[arg(long, value_name = "STEPS", conflicts_with = "cutoffs",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) step: Option<u16>,

    /// Steps in a season: what MASE and RMSSE scale by and, where ds are whole numbers, what the models repeat
    /// [default: 7 days; 168 hours, or 24 with less than three weeks known].
    #[arg(long, value_name = "STEPS", requires = "csv", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) season: Option<u16>,

    /// Let each fold know only so many of the steps before it.
    #[arg(long, value_name = "STEPS", requires = "csv", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) window: Option<u16>,

    /// The folds' origins, as unique_id,cutoff: each trains on all up to and with that timestamp.
    #[arg(long, value_name = "FILE", requires = "csv")]
    pub(crate) cutoffs: Option<PathBuf>,

    /// Public holidays, past and coming, as date. They matter to days only.
    #[arg(long, value_name = "FILE", requires = "csv")]
    pub(crate) holidays: Option<PathBuf>,

    /// auto, as the nightly run chooses; one model by its name; or all, each by itself.
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = models)]
    pub(crate) model: Models,

    /// How many folds are computed at once [default: the machine's cores]. Nothing but the time depends on it.
    #[arg(long, value_name = "THREADS")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Write every forecast as unique_id,cutoff,ds,y,y_hat,lo-80,hi-80,lo-95,hi-95,model.
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,

    /// How to write the table on standard output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// The models that are tried, each by itself.
#[derive(Clone, Debug)]
pub(crate) struct Models(pub(crate) Vec<Choice>);

fn models(text: &str) -> Result<Models, String> {
    if text == "all" {
        return Ok(Models(Choice::every().collect()));
    }
    text.parse().map(|choice| Models(vec![choice])).map_err(|error| format!("{error}, or all"))
}

impl BacktestArguments {
    /// How many threads compute.
    pub(super) fn threads(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.jobs.unwrap_or_else(cores)
    }
}
