//! `FORECASTING__…`: the choice of model, and what became of the old service's keys.
//!
//! The old service was tuned by hand; this one measures its models on the restaurant's own past. Its keys are still
//! accepted, so that an old `.env` works, and each one set is warned of with a word on what took its place.

use std::str::FromStr;

use serde::Deserialize;

use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "FORECASTING__";
const SCHEDULER: &str = "SCHEDULER__";

/// How the model is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForecastModel {
    /// By its errors on the restaurant's own past.
    #[default]
    Auto,
}

impl FromStr for ForecastModel {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.eq_ignore_ascii_case("auto").then_some(Self::Auto).ok_or(())
    }
}

/// How forecasts are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForecastingSettings {
    /// How the model is chosen.
    pub model: ForecastModel,
}

/// The old service's forecasting keys, and what became of each. They were written flat or under the prefix.
pub(super) const RETIRED: [(&str, &str); 10] = [
    ("MOVING_AVERAGE_WINDOW", MEASURED),
    ("ENABLE_LINEAR_REGRESSION", MEASURED),
    ("ENABLE_ENSEMBLE_METHOD", MEASURED),
    ("EXPONENTIAL_SMOOTHING_ALPHA", FITTED),
    ("TREND_SMOOTHING_BETA", FITTED),
    ("SEASONAL_PERIODS", "the season is the week"),
    ("POLYNOMIAL_DEGREE", "no polynomial is fitted"),
    ("OUTLIER_DETECTION_ENABLED", "the model itself limits what an odd day can do"),
    ("HISTORY_DAYS_DAILY", HISTORY),
    ("HISTORY_DAYS_HOURLY", HISTORY),
];
const MEASURED: &str = "the model is chosen by its errors on the restaurant's own past";
const FITTED: &str = "the model is fitted to the restaurant's own past";
const HISTORY: &str = "the model takes the history it needs from the published days";
const SCHEDULED: &str =
    "analytics-batch runs once and ends; cron, a systemd timer or a Kubernetes CronJob starts it";

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    model: Field<ForecastModel>,
    moving_average_window: Field<String>,
    enable_linear_regression: Field<String>,
    enable_ensemble_method: Field<String>,
    exponential_smoothing_alpha: Field<String>,
    trend_smoothing_beta: Field<String>,
    seasonal_periods: Field<String>,
    polynomial_degree: Field<String>,
    outlier_detection_enabled: Field<String>,
    history_days_daily: Field<String>,
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
        warn_of_retired(environment, findings);
        let schedule: SchedulerFields = Section::new(environment, SCHEDULER, findings).fields();
        for (field, read) in [("ENABLED", schedule.enabled), ("RUN_TIME", schedule.run_time)] {
            if !matches!(read, Field::Unset) {
                findings.warn(no_effect(&format!("{SCHEDULER}{field}"), SCHEDULED));
            }
        }
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let settings = Self {
            model: section.value("MODEL", fields.model, ForecastModel::default(), "auto, or leave it unset"),
        };
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        let flat = RETIRED.map(|(name, _)| name.to_owned()).to_vec();
        [super::names::<Fields>(PREFIX), flat, super::names::<SchedulerFields>(SCHEDULER)].concat()
    }
}

fn warn_of_retired(environment: &Environment, findings: &mut Findings) {
    for (field, instead) in RETIRED {
        for name in [format!("{PREFIX}{field}"), field.to_owned()] {
            if environment.get(&name).is_some() {
                findings.warn(no_effect(&name, instead));
            }
        }
    }
}

fn no_effect(name: &str, instead: &str) -> String {
    format!("{name} has no effect: {instead}. Remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let environment = Environment::from_iter(keys.map(|key| (key, "7")));
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
        let retired = RETIRED.map(|(name, _)| name.to_lowercase());
        assert_eq!(fields[0], "model");
        assert_eq!(fields[1..], retired);
    }

    #[test]
    fn what_was_never_a_key_is_a_mistake() {
        let environment =
            Environment::from_iter([("FORECASTING__MODLE", "auto"), ("SCHEDULER__CRON", "* * * * *")]);
        let error = environment.read::<ForecastingSettings>().unwrap_err();
        assert_eq!(error.problems().len(), 2, "{error}");
    }

    #[test]
    fn a_model_of_a_later_version_is_refused() {
        let error = Environment::from_iter([("FORECASTING__MODEL", "ets")])
            .read::<ForecastingSettings>()
            .unwrap_err();
        assert!(error.to_string().contains("FORECASTING__MODEL is \"ets\": write auto"), "{error}");
    }
}
