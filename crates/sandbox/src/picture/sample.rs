//! Forecasts of the sample restaurant by the real program, from every evening of some weeks.

use std::fs;

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use sandbox::programs::{Batch, beside_this};
use sandbox::sample::Sample;

use super::forecasts::Forecasts;
use crate::acceptance::book::{Book, Calendar, amount};
use crate::acceptance::export::Export;
use crate::demo;

/// Evenings from which days are forecast: eight weeks of forecasts a week ahead, and the last one's 30 days.
const EVENINGS: &str = "63";

/// Revenue of the business days to `last`, and what each evening up to 30 days before said of the 30 days after it.
pub(super) fn daily_revenue(last: NaiveDate) -> Result<Forecasts> {
    let (sample, book) = book(last)?;
    let rows =
        sample.days_from(sample.first).map(|day| format!("revenue,{day},{}\n", amount(book.day(day).cents)));
    backtest(rows, &["--horizon", "30", "--step", "1", "--folds", EVENINGS])
}

/// Orders of every hour of the clock to the end of business day `last`, and what each of the last seven evenings said of
/// the hours of the next day.
pub(super) fn hourly_orders(last: NaiveDate) -> Result<Forecasts> {
    let (sample, book) = book(last)?;
    let rows = sample.days_from(sample.first).flat_map(|day| {
        let hours = book.day(day).hours;
        // A business day begins at 4 and ends after midnight.
        (4..28).map(move |hour: usize| {
            let at = day.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::try_from(hour).unwrap_or_default());
            format!("orders,{at},{}\n", hours[hour % 24])
        })
    });
    backtest(rows.collect::<Vec<_>>().into_iter(), &["--horizon", "24", "--folds", "7"])
}

/// The demo's sample, and its figures by the independent computation. Its last days' orders are served by now.
fn book(last: NaiveDate) -> Result<(Sample, Book)> {
    let sample = Sample::ending(demo::SEED, last);
    let export = Export::of_sample(&Sample { last: last + Days::new(3), ..sample });
    let paris = chrono_tz::Europe::Paris;
    let calendar = Calendar { timezone: paris, orders_timezone: paris, day_start: 4 };
    Ok((sample, Book::of(&export, calendar)?))
}

fn backtest(rows: impl Iterator<Item = String>, arguments: &[&str]) -> Result<Forecasts> {
    let folder = tempfile::tempdir()?;
    let (sales, predictions) = (folder.path().join("sales.csv"), folder.path().join("predictions.csv"));
    let lines: String = std::iter::once("unique_id,ds,y\n".to_owned()).chain(rows).collect();
    fs::write(&sales, lines)?;
    let (sales, written) = (sales.to_string_lossy(), predictions.to_string_lossy());
    let files = ["backtest", "--csv", &sales, "--predictions", &written];
    let run = Batch::new(beside_this("analytics-batch")?).run(&[&files, arguments].concat())?;
    ensure!(run.code == Some(0), "analytics-batch ended with {:?}:\n{}{}", run.code, run.stdout, run.stderr);
    Forecasts::read(fs::File::open(&predictions)?, None)
}
