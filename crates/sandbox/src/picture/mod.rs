//! `sandbox picture`: forecasts against what happened, as an SVG that anybody can read.
//!
//! It draws what `analytics-batch backtest --predictions` wrote. Without such a file it lets the real program forecast
//! the sample restaurant, night after night, each night knowing only the days before it.

mod chart;
mod forecasts;
mod sample;
mod svg;

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use chrono::NaiveDate;

use forecasts::Forecasts;

/// What to draw.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to put the picture.
    out: PathBuf,
    /// Forecasts of days or of hours, from consecutive origins, as `analytics-batch backtest --predictions` writes them.
    /// Without it, those of the sample restaurant.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Which series of the file to draw: the first.
    #[arg(long, value_name = "UNIQUE_ID", requires = "predictions")]
    series: Option<String>,
    /// What the numbers are, as the title has it.
    #[arg(long, value_name = "WORDS", requires = "predictions", default_value = "Forecast and fact")]
    title: String,
    /// Their unit.
    #[arg(long, value_name = "UNIT", requires = "predictions", default_value = "")]
    unit: String,
    /// Draw the sample restaurant's orders an hour instead of its revenue a day.
    #[arg(long, conflicts_with = "predictions")]
    hourly: bool,
    /// The sample restaurant's last business day. Fixed, so that the picture is the same whenever it is made.
    #[arg(long, value_name = "DAY", conflicts_with = "predictions", default_value = "2026-11-21")]
    last: NaiveDate,
}

/// Draws the picture.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (forecasts, title, unit) = match &arguments.predictions {
        Some(path) => {
            let file = fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            let read = Forecasts::read(file, arguments.series.as_deref());
            let forecasts = read.with_context(|| format!("cannot draw {}", path.display()))?;
            (forecasts, arguments.title.as_str(), arguments.unit.as_str())
        }
        None if arguments.hourly => {
            let forecasts = sample::hourly_orders(arguments.last)?;
            (forecasts, "Orders an hour: forecast on the evening before, and what came", "orders")
        }
        None => {
            let forecasts = sample::daily_revenue(arguments.last)?;
            (forecasts, "Revenue a day: what was forecast, and what came in", "€")
        }
    };
    let picture = chart::draw(&forecasts, title, unit)?;
    fs::write(&arguments.out, &picture)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    writeln!(io::stdout(), "{}: {} bytes", arguments.out.display(), picture.len())?;
    Ok(())
}
