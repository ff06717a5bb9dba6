//! Settings, from the environment and `.env`.
//!
//! Each section is a struct of its own that reads the variables under one prefix (`SERVER__PORT`), parses them and
//! then judges them. A program names the sections it needs and gets all of them or every mistake in all of them:
//!
//! ```
//! use runtime::settings::{AnalyticsDatabase, Environment, ServerSettings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let environment = Environment::from_iter([
//!     ("SERVER__PORT", "0"),
//!     ("ANALYTICS_DB_USER", "analytics_reader"),
//!     ("ANALYTICS_DB_NAME", "analytics_db"),
//! ]);
//! let (server, AnalyticsDatabase(database)) = environment.read::<(ServerSettings, AnalyticsDatabase)>()?.log();
//! assert_eq!((server.port, database.port), (0, 3306));
//! # Ok(())
//! # }
//! ```
//!
//! Nothing outside this module reads the environment, and no message of it repeats a secret.

mod analytics;
mod auth;
mod database;
mod duration;
mod environment;
mod forecasting;
mod log;
mod orders;
mod section;
mod server;

pub use self::analytics::{AnalyticsSettings, Currency};
pub use self::auth::{AuthMode, AuthSettings, JwtKeys, JwtSettings, RequiredClaim, Secret};
pub use self::database::{AnalyticsDatabase, DatabaseSettings, OrderDatabase, SslMode};
pub use self::duration::Span;
pub use self::environment::{Environment, EnvironmentError};
pub use self::forecasting::ForecastingSettings;
pub use self::log::{LogFormat, LogSettings};
pub use self::orders::{ExtractorChoice, OrdersSettings};
pub use self::server::ServerSettings;

/// One section, or a tuple of sections.
pub trait Settings: Sized {
    /// Reads the section, noting every mistake; none if there was one.
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self>;

    /// The names of all variables it knows.
    fn variables() -> Vec<String>;
}

/// What was noticed while settings were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    problems: Vec<String>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

impl Findings {
    fn problem(&mut self, text: String) {
        self.problems.push(text);
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// What the user should know although nothing is wrong, such as a setting that no longer has an effect.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What helps to find out where a value came from.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Settings that are in order, with what was noticed on the way. Logging is itself a setting, so the findings wait
/// until it has started.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    /// The settings.
    pub settings: S,
    /// What is to be logged.
    pub findings: Findings,
}

impl<S> Loaded<S> {
    /// Logs the findings and returns the settings.
    pub fn log(self) -> S {
        self.findings.notes.iter().for_each(|note| ::log::debug!("{note}"));
        self.findings.warnings.iter().for_each(|warning| ::log::warn!("{warning}"));
        self.settings
    }
}

/// Every mistake in the settings, one a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings are not usable:\n  {}", problems.join("\n  "))]
pub struct SettingsError {
    problems: Vec<String>,
}

impl SettingsError {
    /// The mistakes.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Environment {
    /// Reads a section, or a tuple of them.
    ///
    /// # Errors
    /// With every mistake in all of them.
    pub fn read<S: Settings>(&self) -> Result<Loaded<S>, SettingsError> {
        let mut findings = Findings::default();
        match S::read(self, &mut findings) {
            Some(settings) if findings.problems.is_empty() => Ok(Loaded { settings, findings }),
            _ => Err(SettingsError { problems: findings.problems }),
        }
    }
}

/// The names of every variable that any section knows.
#[must_use]
pub fn variables() -> Vec<String> {
    type All = (
        (ServerSettings, AuthSettings, AnalyticsSettings, OrdersSettings),
        (OrderDatabase, AnalyticsDatabase, ForecastingSettings, LogSettings),
    );
    All::variables()
}

/// No section: what a command reads that needs no settings.
impl Settings for () {
    fn read(_: &Environment, _: &mut Findings) -> Option<Self> {
        Some(())
    }

    fn variables() -> Vec<String> {
        Vec::new()
    }
}

macro_rules! settings_for_tuples {
    ($($section:ident)+) => {
        impl<$($section: Settings),+> Settings for ($($section,)+) {
            fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
                // All are read before any is missed: one run shows every mistake.
                let read = ($($section::read(environment, findings),)+);
                #[expect(non_snake_case, reason = "a macro has no other names for the fields of a tuple")]
                let ($($section,)+) = read;
                Some(($($section?,)+))
            }

            fn variables() -> Vec<String> {
                [$($section::variables()),+].concat()
            }
        }
    };
}

settings_for_tuples!(A);
settings_for_tuples!(A B);
settings_for_tuples!(A B C);
settings_for_tuples!(A B C D);
settings_for_tuples!(A B C D E);
settings_for_tuples!(A B C D E F);
settings_for_tuples!(A B C D E F G);
settings_for_tuples!(A B C D E F G H);

/// The full names of a section's variables.
fn names<F: serde::de::DeserializeOwned>(prefix: &str) -> Vec<String> {
    section::field_names::<F>().iter().map(|field| format!("{prefix}{}", field.to_uppercase())).collect()
}
