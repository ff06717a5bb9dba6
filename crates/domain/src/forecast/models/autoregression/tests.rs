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

/// Days of `value`, by their number.
fn of_days(days: usize, value: impl Fn(usize) -> Observation) -> Vec<Observation> {
    (0..days).map(value).collect()
}

fn next_week(days: &[Observation]) -> Vec<f64> {
    let series = Series::seasonal(7, 0, days);
    let model = Autoregression { mean_half_life: 13.0, scale: Scale::NONE, day: 7 };
    let coming = (days.len()..days.len() + 7).map(|day| Ahead { slot: series.slot(day), open: true });
    let coming: Vec<Ahead> = coming.collect();
    model.fit(&series).unwrap().predict(&coming).into_iter().map(Expected::value).collect()
}

#[test]
fn a_weekday_that_was_never_open_is_like_the_others() {
    // Closed on Mondays; 40 on Tuesdays to Thursdays, 70 later: (3·40 + 3·70) / 6 = 55, and nothing beside it.
    let days = of_days(20 * 7, |day| match day % 7 {
        0 => Observation::Closed,
        1..=3 => Observation::Open(40.0),
        _ => Observation::Open(70.0),
    });
    for (ours, by_hand) in next_week(&days).iter().zip([55.0, 40.0, 40.0, 40.0, 70.0, 70.0, 70.0]) {
        assert!((ours - by_hand).abs() < 1e-9, "{ours} {by_hand}");
    }
}

#[test]
fn what_was_before_a_long_closure_of_days_is_forgotten() {
    // A year of 80, two weeks closed, twelve weeks of 40.
    let days = of_days(80 * 7, |day| match day {
        0..364 => Observation::Open(80.0),
        364..378 => Observation::Closed,
        _ => Observation::Open(40.0),
    });
    assert!(next_week(&days[..66 * 7]).iter().all(|value| (value - 40.0).abs() < 1e-9));
}
