//! Forecasts of one series from many origins, as `analytics-batch backtest --predictions` writes them.

use std::io::Read;

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// One forecast and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forecast {
    /// The last moment that was known.
    pub(super) origin: NaiveDateTime,
    /// What is forecast: a day or an hour.
    pub(super) at: NaiveDateTime,
    pub(super) truth: f64,
    pub(super) value: f64,
    /// Lower and upper end of the 80 % interval.
    pub(super) within_80: [f64; 2],
    /// Lower and upper end of the 95 % interval.
    pub(super) within_95: [f64; 2],
}

impl Forecast {
    /// Whether it says more than that the restaurant will be closed.
    pub(super) fn is_open(&self) -> bool {
        self.within_95[1] > 0.0
    }
}

/// A series' forecasts, in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Forecasts {
    pub(super) all: Vec<Forecast>,
    /// A day or an hour.
    pub(super) step: TimeDelta,
}

impl Forecasts {
    /// Reads those of `series`, or of the first series that there is.
    pub(super) fn read(file: impl Read, series: Option<&str>) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(file);
        let header = reader.headers()?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|column| column == name)
                .with_context(|| format!("it has no column {name}"))
        };
        let id = column("unique_id")?;
        let moments = [column("cutoff")?, column("ds")?];
        let names = ["y", "y_hat", "lo-80", "hi-80", "lo-95", "hi-95"];
        let numbers = names.into_iter().map(column).collect::<Result<Vec<_>>>()?;
        let (mut wanted, mut all) = (series.map(ToOwned::to_owned), Vec::new());
        for (row, line) in reader.records().zip(2..) {
            let row = row?;
            let wanted = wanted.get_or_insert_with(|| row[id].to_owned());
            if row[id] != **wanted {
                continue;
            }
            let number = |index: usize| -> Result<f64> {
                let text = &row[numbers[index]];
                text.parse().with_context(|| format!("line {line}: {} is {text:?}", names[index]))
            };
            all.push(Forecast {
                origin: moment(&row[moments[0]]).with_context(|| format!("line {line}: cutoff"))?,
                at: moment(&row[moments[1]]).with_context(|| format!("line {line}: ds"))?,
                truth: number(0)?,
                value: number(1)?,
                within_80: [number(2)?, number(3)?],
                within_95: [number(4)?, number(5)?],
            });
        }
        ensure!(!all.is_empty(), "it has no forecast of {}", wanted.as_deref().unwrap_or("any series"));
        let midnight = |forecast: &Forecast| forecast.at.time() == NaiveTime::MIN;
        let step = if all.iter().all(midnight) { TimeDelta::days(1) } else { TimeDelta::hours(1) };
        Ok(Self { all, step })
    }

    /// The latest origin.
    pub(super) fn latest(&self) -> NaiveDateTime {
        self.all.iter().map(|forecast| forecast.origin).max().unwrap_or_default()
    }

    /// Those made `horizon` steps before, oldest first.
    pub(super) fn ahead(&self, horizon: i32) -> impl Iterator<Item = &Forecast> {
        let step = self.step;
        self.all.iter().filter(move |forecast| forecast.at - forecast.origin == step * horizon)
    }
}

/// `2026-11-21`, or with a time of day.
fn moment(text: &str) -> Result<NaiveDateTime> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN));
    }
    match NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S") {
        Ok(moment) => Ok(moment),
        Err(_) => bail!("{text:?} is neither a date nor a moment"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "unique_id,cutoff,ds,y,y_hat,lo-80,hi-80,lo-95,hi-95,model\n";

    fn read(rows: &str, series: Option<&str>) -> Result<Forecasts> {
        Forecasts::read(format!("{HEADER}{rows}").as_bytes(), series)
    }

    #[test]
    fn one_series_is_read_by_its_columns() {
        let rows = "a,2026-01-01,2026-01-02,9,8,7,10,6.5,12,ets\nb,2026-01-01,2026-01-02,1,2,1,3,0,4,ets\n";
        let forecasts = read(rows, None).unwrap();
        assert_eq!((forecasts.all.len(), forecasts.step), (1, TimeDelta::days(1)));
        let forecast = *forecasts.ahead(1).next().unwrap();
        assert_eq!((forecast.truth, forecast.value), (9.0, 8.0));
        assert_eq!((forecast.within_80, forecast.within_95), ([7.0, 10.0], [6.5, 12.0]));
        assert_eq!(read(rows, Some("b")).unwrap().all[0].truth, 1.0);
        let hours = "a,2026-01-01 03:00:00,2026-01-01 04:00:00,1,2,1,3,0,4,ets\n";
        assert_eq!(read(hours, None).unwrap().step, TimeDelta::hours(1));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read("a,2026-01-01,2026-01-02,nine,8,7,10,6,12,ets\n", None).unwrap_err();
        assert_eq!(error.to_string(), "line 2: y is \"nine\"");
        assert_eq!(read("", Some("c")).unwrap_err().to_string(), "it has no forecast of c");
        let error = Forecasts::read("unique_id,ds,y\n".as_bytes(), None).unwrap_err();
        assert_eq!(error.to_string(), "it has no column cutoff");
    }
}
