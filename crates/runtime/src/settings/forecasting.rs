//! `FORECASTING__…`: the choice of model, and what became of the old service's keys.
//!
//! The old service was tuned by hand; this one measures its models on the restaurant's own past. The old keys are still
//! accepted, so that an old `.env` works. Those that shape one of the old methods do so while that method is asked for;
//! every other one that is set is warned of with a word on what took its place.

use std::ops::RangeInclusive;

use domain::forecast::Choice;
use domain::forecast::models::{OldKind, OldMethod};
use serde::Deserialize;

use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "FORECASTING__";
const SCHEDULER: &str = "SCHEDULER__";

/// How forecasts are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForecastingSettings {
    /// Which model is served.
    pub model: Choice,
}

/// A key that some of the old service's methods go by. It was written flat or under the prefix.
struct Kept {
    name: &'static str,
    unit: &'static str,
    legal: RangeInclusive<usize>,
    of: &'static [OldKind],
}

const WINDOW: Kept = Kept {
    name: "MOVING_AVERAGE_WINDOW",
    unit: "a number of open days",
    legal: 1..=366,
    of: &[OldKind::MovingAverage, OldKind::FixedEnsemble],
};
const DEGREE: Kept = Kept {
    name: "POLYNOMIAL_DEGREE",
    unit: "a degree",
    legal: 1..=6,
    of: &[OldKind::PolynomialRegression, OldKind::FixedEnsemble],
};
const HISTORY_DAYS: Kept = Kept {
    name: "HISTORY_DAYS_DAILY",
    unit: "a number of days",
    legal: 7..=3660,
    of: &[OldKind::LinearRegression, OldKind::PolynomialRegression, OldKind::FixedEnsemble],
};

impl Kept {
    fn belongs_to(&self, method: Option<OldKind>) -> bool {
        method.is_some_and(|method| self.of.contains(&method))
    }

    /// Takes `value` from the variable, if it is set.
    fn put(&self, section: &mut Section<'_>, read: Field<usize>, value: &mut usize) {
        let legal = format!("{} from {} to {}", self.unit, self.legal.start(), self.legal.end());
        *value = section.value(self.name, read.only_if(|number| self.legal.contains(number)), *value, &legal);
    }

    fn instead(&self) -> String {
        let methods: Vec<&str> = self.of.iter().map(|method| method.name()).collect();
        format!("it belongs to {PREFIX}MODEL={}", methods.join(" or "))
    }
}

/// The old service's other forecasting keys, and what became of each.
const RETIRED: [(&str, &str); 7] = [
    ("ENABLE_LINEAR_REGRESSION", MEASURED),
    ("ENABLE_ENSEMBLE_METHOD", MEASURED),
    ("EXPONENTIAL_SMOOTHING_ALPHA", FITTED),
    ("TREND_SMOOTHING_BETA", FITTED),
    ("SEASONAL_PERIODS", "the season is the week"),
    ("OUTLIER_DETECTION_ENABLED", "the model itself limits what an odd day can do"),
    ("HISTORY_DAYS_HOURLY", "hours are learnt from the published days"),
];
const MEASURED: &str =
    "the model is chosen by its errors on the restaurant's own past, or named by FORECASTING__MODEL";
const FITTED: &str = "the model is fitted to the restaurant's own past";
const SCHEDULED: &str =
    "analytics-batch runs once and ends; cron, a systemd timer or a Kubernetes CronJob starts it";

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    model: Field<Choice>,
    moving_average_window: Field<usize>,
    polynomial_degree: Field<usize>,
    history_days_daily: Field<usize>,
    enable_linear_regression: Field<String>,
    enable_ensemble_method: Field<String>,
    exponential_smoothing_alpha: Field<String>,
    trend_smoothing_beta: Field<String>,
    seasonal_periods: Field<String>,
    outlier_detection_enabled: Field<String>,
    history_days_hourly: Field<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SchedulerFields {
    enabled: Field<String>,
    run_time: Field<String>,
}

impl Settings for ForecastingSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        for (name, instead) in RETIRED {
            warn_of(name, instead, environment, findings);
        }
        let schedule: SchedulerFields = Section::new(environment, SCHEDULER, findings).fields();
        for (field, read) in [("ENABLED", schedule.enabled), ("RUN_TIME", schedule.run_time)] {
            if !matches!(read, Field::Unset) {
                findings.warn(no_effect(&format!("{SCHEDULER}{field}"), SCHEDULED));
            }
        }
        let method = old_method(environment);
        for key in [WINDOW, DEGREE, HISTORY_DAYS].iter().filter(|key| !key.belongs_to(method)) {
            warn_of(key.name, &key.instead(), environment, findings);
        }
        let mut section = Section::new(environment, PREFIX, findings);
        for key in [WINDOW, DEGREE, HISTORY_DAYS].iter().filter(|key| key.belongs_to(method)) {
            section.or_flat(environment, key.name, key.name, None);
        }
        let fields: Fields = section.fields();
        let names: Vec<&str> = Choice::every().map(Choice::name).collect();
        let asked_for = section.value("MODEL", fields.model, Choice::Auto, &names.join(", "));
        let model = method.map_or(asked_for, |kind| {
            let mut method = OldMethod::new(kind);
            for (key, read, value) in [
                (WINDOW, fields.moving_average_window, &mut method.window),
                (DEGREE, fields.polynomial_degree, &mut method.degree),
                (HISTORY_DAYS, fields.history_days_daily, &mut method.history_days),
            ] {
                if key.belongs_to(Some(kind)) {
                    key.put(&mut section, read, value);
                }
            }
            Choice::Old(method)
        });
        section.finish(Self { model })
    }

    fn variables() -> Vec<String> {
        let kept = [WINDOW, DEGREE, HISTORY_DAYS].map(|key| key.name.to_owned()).to_vec();
        let retired = RETIRED.map(|(name, _)| name.to_owned()).to_vec();
        [super::names::<Fields>(PREFIX), kept, retired, super::names::<SchedulerFields>(SCHEDULER)].concat()
    }
}

/// The old service's method that the model is, if it is one.
fn old_method(environment: &Environment) -> Option<OldKind> {
    let name = environment.get(&format!("{PREFIX}MODEL"))?;
    OldKind::ALL.into_iter().find(|kind| kind.name() == name.trim())
}

fn warn_of(name: &str, instead: &str, environment: &Environment, findings: &mut Findings) {
    for name in [format!("{PREFIX}{name}"), name.to_owned()] {
        if environment.get(&name).is_some() {
            findings.warn(no_effect(&name, instead));
        }
    }
}

fn no_effect(name: &str, instead: &str) -> String {
    format!("{name} has no effect: {instead}. Remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> super::super::Loaded<ForecastingSettings> {
        Environment::from_iter(variables.iter().copied()).read().unwrap()
    }

    #[test]
    fn each_key_of_the_old_service_is_accepted_and_warned_of_once() {
        let keys = [
            "FORECASTING__MOVING_AVERAGE_WINDOW",
            "ENABLE_LINEAR_REGRESSION",
            "ENABLE_ENSEMBLE_METHOD",
            "EXPONENTIAL_SMOOTHING_ALPHA",
            "TREND_SMOOTHING_BETA",
            "FORECASTING__SEASONAL_PERIODS",
            "POLYNOMIAL_DEGREE",
            "OUTLIER_DETECTION_ENABLED",
            "HISTORY_DAYS_DAILY",
            "HISTORY_DAYS_HOURLY",
            "SCHEDULER__ENABLED",
            "SCHEDULER__RUN_TIME",
        ];
        let environment = Environment::from_iter(keys.map(|key| (key, "some text")));
        let loaded = environment.read::<ForecastingSettings>().unwrap();
        assert_eq!(loaded.settings, ForecastingSettings::default());
        let warnings = loaded.findings.warnings();
        assert_eq!(warnings.len(), keys.len(), "{warnings:#?}");
        for key in keys {
            let said = warnings
                .iter()
                .filter(|warning| warning.starts_with(&format!("{key} has no effect: ")))
                .count();
            assert_eq!(said, 1, "{key}: {warnings:#?}");
        }
    }

    #[test]
    fn the_flat_keys_are_the_fields() {
        let fields = super::super::section::field_names::<Fields>();
        let kept = [WINDOW, DEGREE, HISTORY_DAYS].map(|key| key.name.to_lowercase());
        let retired = RETIRED.map(|(name, _)| name.to_lowercase());
        assert_eq!(fields[0], "model");
        assert_eq!(fields[1..], [kept.as_slice(), &retired].concat());
    }

    #[test]
    fn what_was_never_a_key_is_a_mistake() {
        let environment =
            Environment::from_iter([("FORECASTING__MODLE", "auto"), ("SCHEDULER__CRON", "* * * * *")]);
        let error = environment.read::<ForecastingSettings>().unwrap_err();
        assert_eq!(error.problems().len(), 2, "{error}");
    }

    #[test]
    fn every_model_can_be_named() {
        assert_eq!(read(&[]).settings.model, Choice::Auto);
        for choice in Choice::every() {
            let loaded = read(&[("FORECASTING__MODEL", choice.name())]);
            assert_eq!(loaded.settings.model.name(), choice.name());
            assert_eq!(loaded.findings.warnings(), [""; 0]);
        }
        let error = Environment::from_iter([("FORECASTING__MODEL", "prophet")])
            .read::<ForecastingSettings>()
            .unwrap_err();
        let said = error.to_string();
        assert!(said.contains("FORECASTING__MODEL is \"prophet\": write auto, seasonal_naive, "), "{said}");
        assert!(said.contains("fixed_ensemble"), "{said}");
    }

    #[test]
    fn an_old_method_goes_by_its_own_keys() {
        let loaded = read(&[
            ("FORECASTING__MODEL", "moving_average"),
            ("MOVING_AVERAGE_WINDOW", "14"),
            ("POLYNOMIAL_DEGREE", "3"),
        ]);
        let expected = OldMethod { window: 14, ..OldMethod::new(OldKind::MovingAverage) };
        assert_eq!(loaded.settings.model, Choice::Old(expected));
        // The average has no degree.
        assert_eq!(
            loaded.findings.warnings(),
            ["POLYNOMIAL_DEGREE has no effect: it belongs to FORECASTING__MODEL=polynomial_regression or \
              fixed_ensemble. Remove it"]
        );
        let loaded = read(&[
            ("FORECASTING__MODEL", "fixed_ensemble"),
            ("FORECASTING__POLYNOMIAL_DEGREE", "3"),
            ("HISTORY_DAYS_DAILY", "60"),
        ]);
        let expected = OldMethod { degree: 3, history_days: 60, ..OldMethod::new(OldKind::FixedEnsemble) };
        assert_eq!((loaded.settings.model, loaded.findings.warnings().len()), (Choice::Old(expected), 0));
    }

    #[test]
    fn a_key_in_force_must_be_legal() {
        let error = Environment::from_iter([
            ("FORECASTING__MODEL", "polynomial_regression"),
            ("POLYNOMIAL_DEGREE", "30"),
        ])
        .read::<ForecastingSettings>()
        .unwrap_err();
        assert_eq!(error.problems(), ["POLYNOMIAL_DEGREE is \"30\": write a degree from 1 to 6"]);
    }
}
