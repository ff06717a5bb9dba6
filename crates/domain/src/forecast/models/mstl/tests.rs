//! Decomposition against statsmodels and statsforecast: `tests/reference/models.py`.

use serde::Deserialize;

use super::*;
use crate::forecast::history::WEEK;
use crate::forecast::special_days::Notice;

/// Values of statsmodels and statsforecast.
#[derive(Deserialize)]
struct Reference {
    days: Vec<f64>,
    stl: Parts,
    mstl: Seasonal,
}

#[derive(Deserialize)]
struct Parts {
    trend: Vec<f64>,
    season: Vec<f64>,
}

#[derive(Deserialize)]
struct Seasonal {
    periods: Vec<usize>,
    seasons: Vec<Vec<f64>>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../../tests/reference/models.json")).unwrap()
}

fn open(days: &[f64]) -> Vec<Observation> {
    days.iter().copied().map(Observation::Open).collect()
}

#[track_caller]
fn assert_same(ours: &[f64], theirs: &[f64], within: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() < within, "{ours} {theirs}");
    }
}

#[test]
fn the_decomposition_is_that_of_statsmodels() {
    let Reference { days, stl, .. } = reference();
    let ours = Stl { period: WEEK, cycles: 11, rounds: 2, exact: true }.decompose(&days);
    assert_same(&ours.trend, &stl.trend, 1e-9);
    assert_same(&ours.season, &stl.season, 1e-9);
}

#[test]
fn several_seasons_are_those_of_statsforecast() {
    let Reference { days, mstl, .. } = reference();
    let mut scaled = Scaled::new(Scale::NONE, 1);
    let mut history = History { first: 0, season: 28, steps: Vec::new() };
    for (at, value) in days.iter().enumerate() {
        let slot = Slot { own: at % 28, like: at % 28 };
        history.enter(slot, Observation::Open(*value), &mut scaled);
    }
    let seasons = history.decompose(&mstl.periods);
    for (ours, theirs) in seasons.cycles.iter().zip(&mstl.seasons) {
        let last = theirs.len() - ours.values.len();
        for (at, theirs) in theirs.iter().enumerate().skip(last) {
            // Lines are drawn where they compute.
            let ours = ours.values[at % ours.values.len()];
            assert!((ours - theirs).abs() < 0.5, "{ours} {theirs}");
        }
    }
}

#[test]
fn closed_days_and_holidays_teach_no_season() {
    let week = [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0];
    let mut days = open(&week.repeat(30));
    for monday in days.iter_mut().step_by(WEEK) {
        *monday = Observation::Closed;
    }
    // A Wednesday in the last week but one that was like a Sunday.
    let holiday = 28 * WEEK + 2;
    days[holiday] = Observation::Open(60.0);
    let mut notices = vec![Notice::default(); days.len() + WEEK];
    (notices[holiday].like, notices[days.len() + 3].like) = (Some(6), Some(6));
    let series = Series::seasonal(WEEK, 0, &days).with_notices(&notices);
    let ahead =
        (days.len()..days.len() + WEEK).map(|day| Ahead { slot: series.slot(day), open: day % WEEK != 0 });
    let forecast = Mstl::of_days().fit(&series).unwrap().predict(&ahead.collect::<Vec<_>>());
    assert_eq!(forecast[0], Expected::Closed);
    for (ours, theirs) in forecast[1..].iter().zip([40.0, 45.0, 60.0, 80.0, 95.0, 60.0]) {
        assert!((ours.value() - theirs).abs() < 0.5, "{forecast:?}");
    }
}

#[test]
fn two_years_tell_summer_from_winter() {
    // Half as much again at midsummer, half as much less at midwinter.
    let day =
        |day: usize| 100.0 + 50.0 * (day as f64 * std::f64::consts::TAU / 365.0).sin() + (day % 7) as f64;
    let days: Vec<f64> = (0..2 * 365 + 30).map(day).collect();
    let days = open(&days);
    let fitted = Mstl::of_days().fit(&Series::seasonal(7, 0, &days)).unwrap();
    let ahead = (0..60).map(|ahead| (days.len() + ahead) % 7).map(|slot| Slot { own: slot, like: slot });
    let forecast = fitted.predict(&ahead.map(|slot| Ahead { slot, open: true }).collect::<Vec<_>>());
    for (ahead, ours) in forecast.iter().enumerate() {
        let theirs = day(days.len() + ahead);
        assert!((ours.value() / theirs - 1.0).abs() < 0.1, "{ahead}: {ours:?} {theirs}");
    }
}

#[test]
fn a_day_told_later_counts_as_one_fitted() {
    let Reference { days, .. } = reference();
    let days = open(&days);
    let mut told = Mstl { renew: 1, ..Mstl::of_days() }.fit(&Series::seasonal(7, 0, &days[..130])).unwrap();
    for (at, day) in days.iter().enumerate().skip(130) {
        told.observe(Slot { own: at % 7, like: at % 7 }, *day);
    }
    let fitted = Mstl::of_days().fit(&Series::seasonal(7, 0, &days)).unwrap();
    let ahead: Vec<Ahead> =
        (0..7).map(|slot| Ahead { slot: Slot { own: slot, like: slot }, open: true }).collect();
    for (told, fitted) in told.predict(&ahead).iter().zip(fitted.predict(&ahead)) {
        assert!((told.value() / fitted.value() - 1.0).abs() < 0.05, "{told:?} {fitted:?}");
    }
}

#[test]
fn too_few_open_days_are_refused() {
    let error = Mstl::of_days().fit(&Series::seasonal(7, 0, &open(&[5.0; 9]))).err();
    assert_eq!(error, Some(FitError::TooFewOpenDays { model: "mstl", least: 10, open: 9 }));
}
