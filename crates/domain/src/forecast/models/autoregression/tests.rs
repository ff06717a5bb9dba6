use serde::Deserialize;

use super::*;
use crate::forecast::opening::Opening;

const WEEK: usize = 168;

fn model() -> Autoregression {
    Autoregression { mean_half_life: 4.0, scale: Scale::NONE, day: 24 }
}

fn predict(series: &Series<'_>, hours: usize) -> Vec<f64> {
    let ahead = Opening::learn(series).ahead(series, hours);
    model().fit(series).unwrap().predict(&ahead).into_iter().map(Expected::value).collect()
}

#[test]
fn says_what_an_independent_program_makes_of_the_definition() {
    #[derive(Deserialize)]
    struct Reference {
        hours: Vec<Option<f64>>,
        forecast: Vec<f64>,
    }
    let reference: Reference =
        serde_json::from_str(include_str!("../../../../tests/reference/hours.json")).unwrap();
    let hours: Vec<Observation> =
        reference.hours.iter().map(|hour| hour.map_or(Observation::Missing, Observation::Open)).collect();
    let series = Series::seasonal(WEEK, 0, &hours);
    for (ours, theirs) in predict(&series, reference.forecast.len()).iter().zip(reference.forecast) {
        assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours} {theirs}");
    }
}

/// Four weeks of noon peaks of 100, and from then on `excess` more at every hour.
fn hours(len: usize, excess: f64) -> Vec<Observation> {
    let hour = |at: usize| {
        let usual = if at % 24 == 12 { 100.0 } else { 20.0 };
        let noise = (at * 37 % 11) as f64 / 5.0;
        Observation::Open(usual + noise + if at >= 4 * WEEK { excess } else { 0.0 })
    };
    (0..len).map(hour).collect()
}

#[test]
fn what_the_last_hours_were_beside_the_usual_carries_over() {
    // Such excesses have come and gone before.
    let mut steps = hours(4 * WEEK + 30, 15.0);
    for at in (WEEK..3 * WEEK).filter(|at| at / 60 % 2 == 0) {
        if let Observation::Open(value) = &mut steps[at] {
            *value += 15.0;
        }
    }
    let forecast = predict(&Series::seasonal(WEEK, 0, &steps), 12);
    let usual = predict(&Series::seasonal(WEEK, 0, &steps[..4 * WEEK]), 12);
    assert!(forecast[0] > usual[0] + 5.0, "{forecast:?} {usual:?}");
}

#[test]
fn being_told_of_hours_is_as_having_known_them() {
    let steps = hours(5 * WEEK, 3.0);
    let series = Series::seasonal(WEEK, 0, &steps);
    let known = series.first(5 * WEEK - 50);
    let mut fitted = model().regress(&known).unwrap();
    for (index, step) in steps.iter().enumerate().skip(known.days().len()) {
        fitted.observe(series.slot(index), *step);
    }
    assert_eq!(fitted.state, model().regress(&series).unwrap().state);
}

#[test]
fn nothing_explodes_and_nothing_is_below_zero() {
    let steps: Vec<Observation> = (0..4 * WEEK)
        .map(|at| Observation::Open(if at < 3 * WEEK { 1.0 } else { (at as f64).exp2() }))
        .collect();
    let forecast = predict(&Series::seasonal(WEEK, 0, &steps), 200);
    assert!(forecast.iter().all(|value| value.is_finite() && *value >= 0.0), "{forecast:?}");
}

#[test]
fn too_few_hours_are_refused() {
    let steps = hours(WEEK + 60, 0.0);
    let error = model().fit(&Series::seasonal(WEEK, 0, &steps)).err();
    assert_eq!(error, Some(FitError::TooFewOpenDays { model: "autoregression", least: 52, open: 12 }));
}
