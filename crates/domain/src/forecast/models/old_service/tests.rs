//! The methods against numpy: `tests/reference/old_service.py`.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Reference {
    days: Vec<Option<f64>>,
    moving_average: Vec<f64>,
    regression: Vec<Regression>,
    fixed_ensemble: Vec<f64>,
}

#[derive(Deserialize)]
struct Regression {
    degree: usize,
    forecast: Vec<f64>,
}

fn reference() -> (Reference, Vec<Observation>) {
    let reference: Reference =
        serde_json::from_str(include_str!("../../../../tests/reference/old_service.json")).unwrap();
    let observe = |day: &Option<f64>| day.map_or(Observation::Closed, Observation::Open);
    let days = reference.days.iter().map(observe).collect();
    (reference, days)
}

/// `len` coming days, all of them open.
fn open(season: usize, from: usize, len: usize) -> Vec<Ahead> {
    let slot = |index| Slot { own: index % season, like: index % season };
    (from..from + len).map(|index| Ahead { slot: slot(index), open: true }).collect()
}

#[track_caller]
fn assert_close(ours: &[Expected], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours.value() - theirs).abs() < 1e-9 * theirs.abs().max(1.0), "{ours:?} {theirs}");
    }
}

#[test]
fn every_method_says_what_numpy_says() {
    let (reference, days) = reference();
    let series = Series::seasonal(WEEK, 0, &days);
    let forecast = |method: OldMethod| method.fit(&series).unwrap().predict(&open(WEEK, days.len(), 10));
    assert_close(&forecast(OldMethod::new(OldKind::MovingAverage)), &reference.moving_average);
    assert_close(&forecast(OldMethod::new(OldKind::FixedEnsemble)), &reference.fixed_ensemble);
    assert_close(&forecast(OldMethod::new(OldKind::LinearRegression)), &reference.regression[0].forecast);
    for Regression { degree, forecast: theirs } in &reference.regression {
        let method = OldMethod { degree: *degree, ..OldMethod::new(OldKind::PolynomialRegression) };
        assert_close(&forecast(method), theirs);
    }
}

#[test]
fn a_day_that_is_told_of_counts_as_one_that_was_fitted() {
    let (_, days) = reference();
    let series = Series::seasonal(WEEK, 0, &days);
    for kind in OldKind::ALL {
        let method = OldMethod::new(kind);
        let mut told = method.fit(&series.first(60)).unwrap();
        (60..days.len()).for_each(|index| told.observe(series.slot(index), days[index]));
        let ahead = open(WEEK, days.len(), 10);
        assert_eq!(told.predict(&ahead), method.fit(&series).unwrap().predict(&ahead), "{kind:?}");
    }
}

#[test]
fn closed_days_stay_closed_and_nothing_falls_below_zero() {
    let falling: Vec<Observation> =
        (0..30).map(|day| Observation::Open(50.0 - 2.0 * f64::from(day))).collect();
    let fitted = OldMethod::new(OldKind::LinearRegression).fit(&Series::seasonal(WEEK, 0, &falling)).unwrap();
    let mut ahead = open(WEEK, 30, 3);
    ahead[1].open = false;
    assert_eq!(fitted.predict(&ahead), [Expected::Open(0.0), Expected::Closed, Expected::Open(0.0)]);
}

#[test]
fn each_hour_of_the_day_is_a_series_of_its_own() {
    let hours: Vec<Observation> = (0..24 * 30).map(|at| Observation::Open(f64::from(at % 24))).collect();
    for (kind, season) in [(OldKind::MovingAverage, 168), (OldKind::FixedEnsemble, 24)] {
        let fitted = OldMethod::new(kind).fit(&Series::seasonal(season, 0, &hours)).unwrap();
        let theirs: Vec<f64> = (0..30).map(|at| f64::from(at % 24)).collect();
        assert_close(&fitted.predict(&open(season, 24 * 30, 30)), &theirs);
    }
}

#[test]
fn a_curve_needs_more_days_than_its_degree() {
    let days = [Observation::Open(5.0), Observation::Closed, Observation::Open(7.0)];
    let series = Series::seasonal(WEEK, 0, &days);
    let error = FitError::TooFewOpenDays { model: "polynomial_regression", least: 3, open: 2 };
    assert_eq!(OldMethod::new(OldKind::PolynomialRegression).fit(&series).err(), Some(error));
    assert_close(
        &OldMethod::new(OldKind::LinearRegression).fit(&series).unwrap().predict(&open(7, 3, 1)),
        &[8.0],
    );
}
