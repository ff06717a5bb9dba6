//! `.env.example` and `docs/configuration.md` name every variable there is and no other, and give the defaults that
//! the programs have.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use runtime::settings::{
    AnalyticsDatabase, AnalyticsSettings, AuthSettings, Environment, ForecastingSettings, LogSettings,
    OrderDatabase, OrdersSettings, ServerSettings, variables,
};

type Everything = (
    ServerSettings,
    AuthSettings,
    AnalyticsSettings,
    OrdersSettings,
    OrderDatabase,
    AnalyticsDatabase,
    ForecastingSettings,
    LogSettings,
);

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn example() -> String {
    std::fs::read_to_string(in_repository(".env.example")).unwrap()
}

/// The example with its optional variables, which are those commented out, in force.
fn uncommented() -> String {
    let is_variable = |line: &str| line.split_once('=').is_some_and(|(name, _)| is_name(name));
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(variable) if is_variable(variable) => variable.to_owned(),
        _ => line.to_owned(),
    };
    example().lines().map(uncomment).collect::<Vec<_>>().join("\n")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// All variables, of which the retired ones are documented by their flat names alone.
fn known() -> BTreeSet<String> {
    let all: BTreeSet<String> = variables().into_iter().collect();
    let is_other_name =
        |name: &String| name.strip_prefix("FORECASTING__").is_some_and(|flat| all.contains(flat));
    all.iter().filter(|name| !is_other_name(name)).cloned().collect()
}

fn read(text: &str) -> (String, Vec<String>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let loaded = Environment::from_file(file.path()).unwrap().read::<Everything>().unwrap();
    (format!("{:#?}", loaded.settings), loaded.findings.warnings().to_vec())
}

#[test]
fn the_example_can_be_used_as_it_is() {
    let (_, warnings) = read(&example());
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn what_the_example_comments_out_is_the_default() {
    assert_eq!(read(&uncommented()), read(&example()));
}

#[test]
fn the_example_has_every_variable_and_no_other() {
    let text = uncommented();
    let named: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| is_name(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, known());
}

#[test]
fn the_page_has_every_variable_and_no_other() {
    let page = std::fs::read_to_string(in_repository("docs/configuration.md")).unwrap();
    // A table has the name, and where there is one the flat name, in its first two columns.
    let in_tables =
        page.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('|').skip(1).take(2));
    let tabled: BTreeSet<String> = in_tables.flat_map(names_in).collect();
    assert_eq!(tabled, known());
    let spoken_of: BTreeSet<String> = page.lines().flat_map(names_in).collect();
    let others: Vec<&String> = spoken_of.difference(&tabled).collect();
    assert_eq!(
        others,
        ["FORECASTING__", "ORDER_DB_PORT_3306_TCP", "ORDER_DB_SERVICE_HOST", "SSL_CA", "SSL_MODE"]
    );
}

/// The names of variables among what is set as code.
fn names_in(text: &str) -> impl Iterator<Item = String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(|code| code.split('=').next().unwrap_or(code))
        .filter(|code| is_name(code) && code.contains('_'))
        .map(str::to_owned)
}
