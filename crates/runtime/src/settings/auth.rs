//! `AUTH__…`: who may call the API.

use std::str::FromStr;

use serde::Deserialize;

use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "AUTH__";

/// How callers are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// They are not: whoever reaches the port may read.
    None,
}

impl FromStr for AuthMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.eq_ignore_ascii_case("none").then_some(Self::None).ok_or(())
    }
}

/// Who may call the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthSettings {
    /// What the user chose, if anything. What an unset mode allows is for the API to say.
    pub mode: Option<AuthMode>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    mode: Field<AuthMode>,
}

impl Settings for AuthSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let legal = "none, the only mode of this version, or leave it unset; let a proxy check who calls";
        let settings = Self { mode: section.optional("MODE", fields.mode, legal) };
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mode: &str) -> Result<Option<AuthMode>, String> {
        let environment = Environment::from_iter([("AUTH__MODE", mode)]);
        environment
            .read::<AuthSettings>()
            .map(|loaded| loaded.settings.mode)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn none_and_unset_are_two_things() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("none"), Ok(Some(AuthMode::None)));
    }

    #[test]
    fn a_mode_of_a_later_version_is_refused_rather_than_ignored() {
        let error = read("token").unwrap_err();
        assert!(error.contains("AUTH__MODE is \"token\": write none"), "{error}");
    }
}
