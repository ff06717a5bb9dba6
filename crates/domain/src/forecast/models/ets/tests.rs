//! Exponential smoothing against statsforecast: `tests/reference/models.py`.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Reference {
    days: Vec<f64>,
    ets: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    kind: String,
    damped: bool,
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    level: f64,
    trend: f64,
    seasons: Vec<f64>,
    likelihood: f64,
    forecast: Vec<f64>,
}

impl Model {
    fn kind(&self) -> Kind {
        let letters: Vec<char> = self.kind.chars().collect();
        Kind {
            error: if letters[0] == 'M' { Error::Multiplicative } else { Error::Additive },
            trend: match (letters[1], self.damped) {
                ('N', _) => Trend::None,
                (_, true) => Trend::Damped,
                _ => Trend::Additive,
            },
            season: match letters[2] {
                'A' => Season::Additive,
                'M' => Season::Multiplicative,
                _ => Season::None,
            },
        }
    }
}

const AS_THEY_ARE: Scale = Scale { power: 1.0, cap: f64::INFINITY };

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../../tests/reference/models.json")).unwrap()
}

fn ahead(days: std::ops::Range<usize>, season: usize) -> Vec<Ahead> {
    days.map(|day| Ahead { slot: Slot { own: day % season, like: day % season }, open: true }).collect()
}

#[test]
fn the_same_parameters_say_what_statsforecast_says() {
    let Reference { days, ets } = reference();
    for theirs in ets {
        let season = theirs.seasons.len().max(1);
        let kind = theirs.kind();
        let parameters =
            Parameters { alpha: theirs.alpha, beta: theirs.beta, gamma: theirs.gamma, phi: theirs.phi };
        let seasons = if theirs.seasons.is_empty() { vec![0.0] } else { theirs.seasons };
        let mut state = State { level: theirs.level, trend: theirs.trend, seasons };
        let slots: Vec<(usize, f64)> =
            days.iter().enumerate().map(|(day, value)| (day % season, *value)).collect();
        let likelihood = kind.run(&parameters, &mut state, &slots);
        assert!(
            (likelihood - theirs.likelihood).abs() < 1e-6,
            "{}: {likelihood} {}",
            theirs.kind,
            theirs.likelihood
        );
        let fitted = Smoothed { kind, parameters, state, scaled: Scaled::new(AS_THEY_ARE, season) };
        let ours = fitted.predict(&ahead(days.len()..days.len() + theirs.forecast.len(), season));
        // From the second day on they damp a trend by 2φ, 2φ + φ², …, as the R package forecast does, and not by the
        // book's φ + φ², ….
        let alike = if kind.trend == Trend::Damped { 1 } else { ours.len() };
        for (ours, theirs) in ours.iter().zip(theirs.forecast).take(alike) {
            assert!((ours.value() / theirs - 1.0).abs() < 1e-9, "{kind:?}: {ours:?} {theirs}");
        }
    }
}

#[test]
fn the_parameters_found_are_hardly_worse_than_those_of_statsforecast() {
    let Reference { days, ets } = reference();
    let observations: Vec<Observation> = days.iter().copied().map(Observation::Open).collect();
    for theirs in ets {
        let series = Series::seasonal(theirs.seasons.len().max(1), 0, &observations);
        let sample = Sample::of(&series, usize::MAX, &mut Scaled::new(AS_THEY_ARE, series.season()));
        let ours = sample.estimate(theirs.kind());
        // Their first seasonal states are of greatest likelihood too, ours are means: 7 of them are worth 2 or 3 each.
        let allowed = 2.5 * theirs.seasons.len() as f64 + 2.0;
        assert!(
            ours.likelihood < theirs.likelihood + allowed,
            "{}: {} {}",
            theirs.kind,
            ours.likelihood,
            theirs.likelihood
        );
    }
}

#[test]
fn a_season_is_told_from_none() {
    let Reference { days, .. } = reference();
    let observations: Vec<Observation> = days.iter().copied().map(Observation::Open).collect();
    let weekly = Ets::default().choose(&Series::seasonal(7, 0, &observations)).unwrap().0;
    assert_ne!(weekly.kind.season, Season::None);
    let flat: Vec<Observation> =
        (0..70_u32).map(|day| Observation::Open(50.0 + f64::from(day * 37 % 11))).collect();
    let flat = Ets::default().choose(&Series::seasonal(7, 0, &flat)).unwrap().0;
    assert_eq!((flat.kind.trend, flat.kind.season), (Trend::None, Season::None));
}

#[test]
fn too_few_open_days_are_refused() {
    let mut days = vec![Observation::Closed; 30];
    days[3..12].fill(Observation::Open(5.0));
    let error = Ets::default().fit(&Series::seasonal(7, 0, &days)).err();
    assert_eq!(error, Some(FitError::TooFewOpenDays { model: "ets", least: 10, open: 9 }));
}
