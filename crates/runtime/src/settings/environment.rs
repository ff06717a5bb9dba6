//! The variables a process was given: its environment over a `.env` file.
//!
//! The process environment is read once and never written: `.env` only fills what is missing there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables by name. One with an empty value counts as unset: `FOO=` in a compose file or a template means that
/// nobody filled it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

/// Variables that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// `.env` is there but cannot be read.
    #[error("{} cannot be read: {source}. Mend its permissions, or remove it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `.env` holds a line that is not `NAME=value`. The line itself may hold a secret and is not repeated.
    #[error(
        "{}, line {line}, is not NAME=value{}. Write a value with blanks, quotes, # or $ in single quotes",
        path.display(),
        name.as_ref().map(|name| format!(" (it begins with {name})")).unwrap_or_default()
    )]
    BrokenLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The name that the line begins with, if it does.
        name: Option<String>,
    },
    /// A variable of ours is not text.
    #[error("{0} is not valid UTF-8. Set it again as plain text")]
    NotText(String),
}

impl Environment {
    /// The process environment over the file `.env` in the working directory, if there is one.
    ///
    /// # Errors
    /// If `.env` cannot be read or holds a broken line, or if one of our variables is not text.
    pub fn load() -> Result<Self, EnvironmentError> {
        Self::layered(Path::new(".env"), std::env::vars_os())
    }

    fn layered(
        file: &Path,
        process: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, EnvironmentError> {
        let mut layered = Self::from_file(file)?;
        layered.variables.extend(Self::from_os(process)?.variables);
        Ok(layered)
    }

    /// The variables of a file of `NAME=value` lines; none if there is no such file. A name that is repeated has its
    /// last value.
    ///
    /// # Errors
    /// If the file cannot be read or holds a broken line.
    pub fn from_file(path: &Path) -> Result<Self, EnvironmentError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(EnvironmentError::Unreadable { path: path.to_owned(), source }),
        };
        let text = text.trim_start_matches('\u{feff}');
        match parse(text) {
            Ok(variables) => Ok(variables.into_iter().collect()),
            Err(dotenvy::Error::LineParse(..)) => Err(broken_line(path, text)),
            Err(other) => Err(EnvironmentError::Unreadable {
                path: path.to_owned(),
                source: std::io::Error::other(other),
            }),
        }
    }

    fn from_os(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, EnvironmentError> {
        let ours = super::variables();
        variables
            // A name that is not text is not one of ours.
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter_map(|(name, value)| match value.into_string() {
                Ok(value) => Some(Ok((name, value))),
                Err(_) if ours.contains(&name) => Some(Err(EnvironmentError::NotText(name))),
                Err(_) => None,
            })
            .collect()
    }

    /// The value of a variable, if it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The variables whose names begin with `prefix`, by the rest of their names. Stripped once: a name that repeats
    /// the prefix is not one of the section's.
    pub(super) fn with_prefix(&self, prefix: &'static str) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        Self { variables }
    }
}

fn parse(text: &str) -> Result<Vec<(String, String)>, dotenvy::Error> {
    dotenvy::from_read_iter(text.as_bytes()).collect()
}

/// The parser gives the broken text, perhaps a secret, and not its line: that is the one after the most lines that
/// can be parsed. A prefix that ends within a quoted value cannot.
fn broken_line(path: &Path, text: &str) -> EnvironmentError {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let good =
        (0..lines.len()).rev().find(|&count| parse(&lines[..count].concat()).is_ok()).unwrap_or_default();
    let first = lines.get(good).copied().unwrap_or_default();
    let name = first
        .split_once('=')
        .map(|(name, _)| name.trim().trim_start_matches("export ").trim())
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .map(str::to_owned);
    EnvironmentError::BrokenLine { path: path.to_owned(), line: good + 1, name }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn an_empty_value_counts_as_unset() {
        let environment = Environment::from_iter([("A", ""), ("B", " "), ("C", "1")]);
        assert_eq!(
            (environment.get("A"), environment.get("B"), environment.get("C")),
            (None, None, Some("1"))
        );
    }

    #[test]
    fn the_process_wins_over_the_file_where_it_says_anything() {
        let file = file("A=file\nB=file\nC=file\n");
        let process =
            [("A", "process"), ("B", ""), ("D", "process")].map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::layered(file.path(), process.into_iter()).unwrap();
        let expected = [("A", "process"), ("B", "file"), ("C", "file"), ("D", "process")];
        assert_eq!(environment, Environment::from_iter(expected));
    }

    #[test]
    fn a_missing_file_is_an_empty_one() {
        assert_eq!(Environment::from_file(Path::new("no/such/.env")).unwrap(), Environment::default());
    }

    #[test]
    fn a_file_is_read_with_comments_quotes_and_a_byte_order_mark() {
        let file = file("\u{feff}A=1\n# B=2\n\nexport C='a $b # c'\nD=\nA=2 # later\n");
        let environment = Environment::from_file(file.path()).unwrap();
        assert_eq!(environment, Environment::from_iter([("A", "2"), ("C", "a $b # c")]));
    }

    #[test]
    fn a_broken_line_is_named_but_not_repeated() {
        let file = file("A=1\n\nORDER_DB_PASSWORD=two words\nB=2\n");
        let error = Environment::from_file(file.path()).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("ORDER_DB_PASSWORD"), "{error}");
        assert!(!error.contains("two") && !error.contains("words"), "{error}");
    }

    #[test]
    fn an_open_quote_is_named_by_the_line_it_opens_on() {
        let file = file("A=1\nB='open\nC=3\n");
        let error = Environment::from_file(file.path()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("begins with B"), "{error}");
    }

    #[test]
    fn only_our_variables_must_be_text() {
        let bytes = || OsString::from_vec(vec![0xff]);
        let foreign = [(OsString::from("LS_COLORS"), bytes()), (bytes(), bytes())];
        assert_eq!(Environment::from_os(foreign.into_iter()).unwrap(), Environment::default());
        let ours = [(OsString::from("SERVER__HOST"), bytes())];
        assert!(
            matches!(Environment::from_os(ours.into_iter()), Err(EnvironmentError::NotText(name)) if name == "SERVER__HOST")
        );
    }
}
