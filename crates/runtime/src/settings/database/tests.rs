use std::io::Write as _;

use rstest::rstest;
use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::super::{Loaded, SettingsError};
use super::*;

const MINIMUM: [(&str, &str); 2] =
    [("ORDER_DATABASE__USERNAME", "reader"), ("ORDER_DATABASE__DATABASE", "order_db")];

fn read(variables: &[(&str, &str)]) -> Result<Loaded<OrderDatabase>, SettingsError> {
    variables.iter().copied().collect::<Environment>().read::<OrderDatabase>()
}

fn with_minimum(variables: &[(&str, &str)]) -> Result<Loaded<OrderDatabase>, SettingsError> {
    read(&[&MINIMUM, variables].concat())
}

fn password(settings: &DatabaseSettings) -> Option<&str> {
    settings.password.as_ref().map(ExposeSecret::expose_secret)
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn path_of(file: &NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

#[test]
fn the_defaults() {
    let OrderDatabase(database) = with_minimum(&[]).unwrap().settings;
    assert_eq!((database.host.as_str(), database.port), ("127.0.0.1", 3306));
    assert_eq!((database.username.as_str(), database.database.as_str()), ("reader", "order_db"));
    assert_eq!((password(&database), database.ssl_mode, &database.ssl_ca), (None, SslMode::Preferred, &None));
    assert_eq!((database.connect_timeout.as_secs(), database.max_connections), (5, 10));
}

#[test]
fn the_flat_names_of_the_old_service() {
    let flat = [
        ("ORDER_DB_HOST", "db.example.com"),
        ("ORDER_DB_PORT", "3307"),
        ("ORDER_DB_USER", "reader"),
        ("ORDER_DB_PASSWORD", "secret "),
        ("ORDER_DB_NAME", "orders"),
    ];
    let loaded = read(&flat).unwrap();
    let OrderDatabase(database) = &loaded.settings;
    assert_eq!((database.host.as_str(), database.port), ("db.example.com", 3307));
    assert_eq!((database.username.as_str(), database.database.as_str()), ("reader", "orders"));
    assert_eq!(password(database), Some("secret "), "a password is taken to the last blank");
    assert_eq!(loaded.findings.notes().len(), 5);
    assert!(!format!("{loaded:?}").contains("secret"), "{loaded:?}");
}

#[test]
fn each_database_has_names_of_its_own() {
    let environment = Environment::from_iter([
        ("ANALYTICS_DB_USER", "batch"),
        ("ANALYTICS_DATABASE__DATABASE", "analytics_db"),
        ("ORDER_DB_USER", "reader"),
        ("ORDER_DB_NAME", "order_db"),
    ]);
    let (OrderDatabase(orders), AnalyticsDatabase(analytics)) =
        environment.read::<(OrderDatabase, AnalyticsDatabase)>().unwrap().settings;
    assert_eq!((orders.username.as_str(), orders.database.as_str()), ("reader", "order_db"));
    assert_eq!((analytics.username.as_str(), analytics.database.as_str()), ("batch", "analytics_db"));
}

#[test]
fn a_nested_name_wins_over_a_flat_one() {
    let loaded = with_minimum(&[("ORDER_DB_USER", "other"), ("ORDER_DB_HOST", "db")]).unwrap();
    assert_eq!(loaded.settings.0.username, "reader");
    assert_eq!(
        loaded.findings.notes(),
        [
            "ORDER_DB_HOST is used for ORDER_DATABASE__HOST",
            "ORDER_DB_USER is not used: ORDER_DATABASE__USERNAME is set and wins",
        ]
    );
}

#[test]
fn what_kubernetes_injects_for_a_service_named_order_db_is_left_alone() {
    let injected = [
        ("ORDER_DB_SERVICE_HOST", "10.0.0.1"),
        ("ORDER_DB_SERVICE_PORT", "3306"),
        ("ORDER_DB_PORT", "tcp://10.0.0.1:3307"),
        ("ORDER_DB_PORT_3306_TCP", "tcp://10.0.0.1:3307"),
        ("ORDER_DB_PORT_3306_TCP_ADDR", "10.0.0.1"),
    ];
    let loaded = with_minimum(&injected).unwrap();
    assert_eq!((loaded.settings.0.host.as_str(), loaded.settings.0.port), ("127.0.0.1", 3306));
    let [warning] = loaded.findings.warnings() else { panic!("{:?}", loaded.findings) };
    assert!(warning.starts_with("ORDER_DB_PORT is ignored: \"tcp://10.0.0.1:3307\""), "{warning}");

    let loaded = with_minimum(&[&injected[..], &[("ORDER_DATABASE__PORT", "3308")]].concat()).unwrap();
    assert_eq!((loaded.settings.0.port, loaded.findings.warnings()), (3308, &[][..]));
}

#[test]
fn a_repeated_prefix_is_no_setting() {
    let error = with_minimum(&[("ORDER_DATABASE__ORDER_DATABASE__HOST", "db")]).unwrap_err();
    assert!(error.to_string().contains("ORDER_DATABASE__ORDER_DATABASE__HOST is not a setting"), "{error}");
    // Flat names are exactly five: what only looks like one is nobody's.
    assert_eq!(with_minimum(&[("ORDER_DB_ORDER_DB_HOST", "db")]).unwrap().settings.0.host, "127.0.0.1");
}

#[test]
fn a_mistake_is_named_as_the_user_wrote_it() {
    let error = read(&[("ORDER_DB_PORT", "33x"), ("ORDER_DB_USER", "reader")]).unwrap_err();
    assert_eq!(
        error.problems(),
        [
            "ORDER_DB_PORT is \"33x\": write a port from 1 to 65535",
            "ORDER_DATABASE__DATABASE is not set, nor is ORDER_DB_NAME: set one of them",
        ]
    );
}

#[rstest]
#[case("ORDER_DATABASE__HOST", "mysql://db", "write a host name or an IP address alone")]
#[case("ORDER_DATABASE__HOST", "[::1]", "write a host name or an IP address alone")]
#[case("ORDER_DATABASE__PORT", "0", "write a port from 1 to 65535")]
#[case("ORDER_DATABASE__SSL_MODE", "on", "write disabled, preferred, required, verify_ca or verify_identity")]
#[case("ORDER_DATABASE__CONNECT_TIMEOUT", "5", "write a duration")]
#[case("ORDER_DATABASE__MAX_CONNECTIONS", "21", "write a number from 1 to 20")]
#[case("ORDER_DATABASE__PASWORD", "hunter2", "is not a setting")]
fn what_is_not_legal_is_refused_with_what_is(#[case] name: &str, #[case] value: &str, #[case] said: &str) {
    let error = with_minimum(&[(name, value)]).unwrap_err().to_string();
    assert!(error.contains(name) && error.contains(said), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[rstest]
#[case("s3cret", "s3cret")]
#[case("s3cret\n", "s3cret")]
#[case("s3cret \r\n", "s3cret ")]
#[case("two\nlines\n", "two\nlines")]
fn a_password_from_a_file_loses_one_line_break(#[case] content: &str, #[case] expected: &str) {
    let mounted = file(content);
    let loaded = with_minimum(&[("ORDER_DATABASE__PASSWORD_FILE", path_of(&mounted))]).unwrap();
    assert_eq!(password(&loaded.settings.0), Some(expected));
}

#[test]
fn a_password_has_one_source() {
    let mounted = file("from the file\n");
    let nested =
        [("ORDER_DATABASE__PASSWORD_FILE", path_of(&mounted)), ("ORDER_DATABASE__PASSWORD", "hunter2")];
    let error = with_minimum(&nested).unwrap_err().to_string();
    let said = "ORDER_DATABASE__PASSWORD_FILE is set, and so is ORDER_DATABASE__PASSWORD: keep one of them";
    assert!(error.contains(said) && !error.contains("hunter2"), "{error}");

    let flat = [("ORDER_DATABASE__PASSWORD_FILE", path_of(&mounted)), ("ORDER_DB_PASSWORD", "hunter2")];
    let loaded = with_minimum(&flat).unwrap();
    assert_eq!(password(&loaded.settings.0), Some("from the file"));
    assert_eq!(
        loaded.findings.notes(),
        ["ORDER_DB_PASSWORD is not used: ORDER_DATABASE__PASSWORD_FILE is set and wins"]
    );
}

#[test]
fn a_password_file_must_be_there_and_hold_something() {
    let error = with_minimum(&[("ORDER_DATABASE__PASSWORD_FILE", "/no/such/file")]).unwrap_err();
    assert!(error.to_string().contains("names /no/such/file, which cannot be read"), "{error}");
    let empty = file("\n");
    let error = with_minimum(&[("ORDER_DATABASE__PASSWORD_FILE", path_of(&empty))]).unwrap_err();
    assert!(error.to_string().contains("which is empty"), "{error}");
}

#[test]
fn an_authority_goes_with_the_modes_that_verify() {
    let ca = file("-----BEGIN CERTIFICATE-----\n");
    let no_ca = file("not a certificate\n");
    let read = |mode, ca: &str| {
        let variables = [("ORDER_DATABASE__SSL_MODE", mode), ("ORDER_DATABASE__SSL_CA", ca)];
        with_minimum(&variables).map(|loaded| loaded.settings.0).map_err(|error| error.to_string())
    };
    assert_eq!(read("VERIFY_CA", path_of(&ca)).unwrap().ssl_mode, SslMode::VerifyCa);
    assert_eq!(read("verify_identity", path_of(&ca)).unwrap().ssl_ca.as_deref(), Some(ca.path()));
    assert_eq!(read("verify_identity", "").unwrap().ssl_ca, None, "the public authorities then");
    assert!(read("verify_ca", "").unwrap_err().contains("ORDER_DATABASE__SSL_CA is not set"));
    assert!(read("verify_ca", path_of(&no_ca)).unwrap_err().contains("holds no PEM certificate"));
    assert!(read("verify_ca", "/no/such/file").unwrap_err().contains("which cannot be read"));
    assert!(read("required", path_of(&ca)).unwrap_err().contains("SSL_MODE does not verify"));
    let error = read("verify-ca", path_of(&ca)).unwrap_err();
    assert_eq!(error.lines().count(), 2, "one mistake is reported once: {error}");
}
