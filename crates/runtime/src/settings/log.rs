//! `LOG__…`: what is logged, and in which form.

use std::str::FromStr;

use serde::Deserialize;

use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "LOG__";

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// What is logged, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Levels in the syntax of env_logger: `info`, or `warn,analytics_batch=debug`.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

/// env_logger takes a word that it does not know for the name of a module, all of whose lines are then wanted and
/// nobody else's: `LOG__LEVEL=wran` would be silence. So a module is only one with a level.
struct Filter(String);

impl FromStr for Filter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = text.split(',').all(|directive| {
            let level = match directive.split_once('=') {
                Some((module, _)) if module.trim().is_empty() => return false,
                Some((_, level)) => level,
                None => directive,
            };
            level.trim().parse::<::log::LevelFilter>().is_ok()
        });
        legal.then(|| Self(text.split_whitespace().collect())).ok_or(())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    level: Field<Filter>,
    format: Field<LogFormat>,
}

impl Settings for LogSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let default = Self::default();
        let legal = "off, error, warn, info, debug or trace, or such as warn,analytics_batch=debug";
        let settings = Self {
            level: section.value("LEVEL", fields.level, Filter(default.level), legal).0,
            format: section.value("FORMAT", fields.format, default.format, "text or json"),
        };
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("info")]
    #[case("WARN")]
    #[case("warn,analytics_batch=debug")]
    #[case("off, runtime::database = trace")]
    fn a_filter_of_levels(#[case] level: &str) {
        let log = Environment::from_iter([("LOG__LEVEL", level)]).read::<LogSettings>().unwrap().settings;
        assert_eq!(log.level, level.replace(' ', ""));
    }

    #[rstest]
    #[case("wran")]
    #[case("analytics_batch")]
    #[case("=debug")]
    #[case("info,")]
    fn what_would_silence_the_log_is_refused(#[case] level: &str) {
        let error =
            Environment::from_iter([("LOG__LEVEL", level)]).read::<LogSettings>().unwrap_err().to_string();
        assert!(error.contains("LOG__LEVEL is") && error.contains("write off, error"), "{error}");
    }

    #[test]
    fn the_form_of_a_line() {
        let read = |format| Environment::from_iter([("LOG__FORMAT", format)]).read::<LogSettings>();
        assert_eq!(read("").unwrap().settings, LogSettings::default());
        assert_eq!(read("JSON").unwrap().settings.format, LogFormat::Json);
        assert!(read("xml").unwrap_err().to_string().contains("LOG__FORMAT is \"xml\": write text or json"));
    }
}
