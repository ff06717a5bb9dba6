//! Models, scores and intervals against an independent program: `tests/reference/forecast.py`.

use chrono::NaiveDate;
use serde::Deserialize;

use super::backtest::{Case, Plan, Schedule, mean_absolute_error};
use super::evaluation::{Evaluation, Measures, NaiveError, Point};
use super::history::{Observation, Series, WEEK};
use super::intervals::{Band, Calibration};
use super::models::{Expected, Fit, SeasonalLevel, SeasonalNaive};

#[derive(Deserialize)]
struct Reference {
    days: Vec<Option<f64>>,
    models: Vec<Model>,
    fortnight: Interval,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    week: Vec<Option<f64>>,
    scores: Scores,
    bands: Vec<Interval>,
}

#[derive(Deserialize)]
struct Scores {
    cases: usize,
    mae: f64,
    wape: f64,
    mase: f64,
    bias: f64,
}

#[derive(Deserialize)]
struct Interval {
    horizon: usize,
    value: f64,
    lower_80: f64,
    upper_80: f64,
    lower_95: f64,
    upper_95: f64,
}

fn reference() -> (Reference, Vec<Observation>) {
    let reference: Reference =
        serde_json::from_str(include_str!("../../tests/reference/forecast.json")).unwrap();
    let observe = |day: &Option<f64>| match day {
        None => Observation::Missing,
        Some(0.0) => Observation::Closed,
        Some(value) => Observation::Open(*value),
    };
    let days = reference.days.iter().map(observe).collect();
    (reference, days)
}

fn backtest(model: &dyn Fit, series: &Series<'_>, horizon: usize) -> (Vec<Case>, Vec<Expected>) {
    let schedule = Schedule::of(series, &Plan::for_horizon(horizon));
    let forecasts = schedule.run(model, series).unwrap();
    (forecasts.cases(series, &schedule), forecasts.latest().to_vec())
}

/// The measures of one series' cases, ordered by origin.
fn measures(cases: &[Case], days: &[Option<f64>]) -> Measures {
    let mut evaluation = Evaluation::default();
    for origin in cases.chunk_by(|a, b| a.seen == b.seen) {
        let point =
            |case: &Case| Point { truth: case.truth, value: case.expected.value(), band: Band::default() };
        let points: Vec<Point> = origin.iter().map(point).collect();
        evaluation.add(NaiveError::of(&days[..origin[0].seen], WEEK), &points);
    }
    evaluation.measures()
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap()
}

/// Equal to a part in `precision`.
#[track_caller]
fn assert_close(ours: f64, theirs: f64, precision: f64, what: &str) {
    assert!((ours - theirs).abs() <= theirs.abs().max(1.0) / precision, "{what}: {ours} is not {theirs}");
}

#[track_caller]
fn assert_band(calibration: &Calibration, theirs: &Interval, precision: f64) {
    let ours = calibration.band(theirs.horizon, theirs.value);
    assert_close(ours.lower_80, theirs.lower_80, precision, "lower 80");
    assert_close(ours.upper_80, theirs.upper_80, precision, "upper 80");
    assert_close(ours.lower_95, theirs.lower_95, precision, "lower 95");
    assert_close(ours.upper_95, theirs.upper_95, precision, "upper 95");
}

#[test]
fn models_scores_and_intervals_are_as_an_independent_program_has_them() {
    let (reference, days) = reference();
    let series = Series::new(monday(), &days);
    let models: [&dyn Fit; 2] = [&SeasonalNaive, &SeasonalLevel::default()];
    for (model, theirs) in models.into_iter().zip(&reference.models) {
        assert_eq!(model.name(), theirs.name);
        let (cases, latest) = backtest(model, &series, 30);
        for (ours, theirs) in latest.into_iter().zip(&theirs.week) {
            assert_eq!(ours == Expected::Closed, theirs.is_none());
            assert_close(ours.value(), theirs.unwrap_or_default(), 1e9, model.name());
        }
        let scores = measures(&cases, &reference.days);
        assert_eq!(scores.points, theirs.scores.cases);
        assert_close(mean_absolute_error(&cases).unwrap(), theirs.scores.mae, 1e9, "MAE");
        assert_close(scores.wape.unwrap(), theirs.scores.wape, 1e9, "WAPE");
        assert_close(scores.mase.unwrap(), theirs.scores.mase, 1e9, "MASE");
        assert_close(scores.bias.unwrap(), theirs.scores.bias, 1e9, "bias");
        let calibration = Calibration::of_days(&cases, 30, days.len());
        for band in &theirs.bands {
            assert_band(&calibration, band, 1e9);
        }
    }
}

#[test]
fn a_fortnight_has_stretched_tails_as_an_independent_program_has_them() {
    let (reference, days) = reference();
    let series = Series::new(monday(), &days[days.len() - 14..]);
    let (cases, _) = backtest(&SeasonalLevel::default(), &series, 7);
    // The program has exact normal quantiles; ours are good to 4.5e-4.
    assert_band(&Calibration::of_days(&cases, 7, 14), &reference.fortnight, 1e3);
}
