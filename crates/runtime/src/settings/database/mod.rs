//! `ORDER_DATABASE__…` and `ANALYTICS_DATABASE__…`: how to reach a database.
//!
//! The old service's flat names (`ORDER_DB_HOST`, …) are taken where the nested ones are unset. They are exactly five
//! a database: for a Service named `order-db`, Kubernetes puts `ORDER_DB_SERVICE_HOST`, `ORDER_DB_PORT_3306_TCP` and
//! more into every container, and an `ORDER_DB_PORT` that is an address and no port.

mod files;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::duration::Span;
use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

/// The source, which is only ever read.
#[derive(Clone, Debug)]
pub struct OrderDatabase(pub DatabaseSettings);

/// The database of published figures.
#[derive(Clone, Debug)]
pub struct AnalyticsDatabase(pub DatabaseSettings);

/// TLS in MySQL's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// No TLS.
    Disabled,
    /// TLS if the server can, else none. Protects against nobody who can alter traffic.
    #[default]
    Preferred,
    /// TLS or no connection, with whatever certificate the server shows.
    Required,
    /// TLS with a certificate that SSL_CA vouches for, whatever host it names.
    VerifyCa,
    /// TLS with a certificate that SSL_CA, or without one a public authority, vouches for, and that names the host.
    VerifyIdentity,
}

impl FromStr for SslMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "disabled" => Ok(Self::Disabled),
            "preferred" => Ok(Self::Preferred),
            "required" => Ok(Self::Required),
            "verify_ca" => Ok(Self::VerifyCa),
            "verify_identity" => Ok(Self::VerifyIdentity),
            _ => Err(()),
        }
    }
}

/// How to reach a database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// The prefix of its variables, for messages that name one.
    pub prefix: &'static str,
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database user.
    pub username: String,
    /// The user's password, if it has one.
    pub password: Option<SecretString>,
    /// The database on the server.
    pub database: String,
    /// Whether and how TLS is used.
    pub ssl_mode: SslMode,
    /// A PEM file of the authorities that may vouch for the server.
    pub ssl_ca: Option<PathBuf>,
    /// How long a connection may take to make, from the first packet to the last session rule.
    pub connect_timeout: Duration,
    /// How long one statement of analytics-batch may take. The server of order_db is told so too.
    pub statement_timeout: Duration,
    /// The most connections of a pool, 1 to 20.
    pub max_connections: usize,
}

struct Names {
    prefix: &'static str,
    flat: [(&'static str, &'static str); 5],
}

const ORDER_DATABASE: Names = Names {
    prefix: "ORDER_DATABASE__",
    flat: [
        ("ORDER_DB_HOST", "HOST"),
        ("ORDER_DB_PORT", "PORT"),
        ("ORDER_DB_USER", "USERNAME"),
        ("ORDER_DB_PASSWORD", "PASSWORD"),
        ("ORDER_DB_NAME", "DATABASE"),
    ],
};

const ANALYTICS_DATABASE: Names = Names {
    prefix: "ANALYTICS_DATABASE__",
    flat: [
        ("ANALYTICS_DB_HOST", "HOST"),
        ("ANALYTICS_DB_PORT", "PORT"),
        ("ANALYTICS_DB_USER", "USERNAME"),
        ("ANALYTICS_DB_PASSWORD", "PASSWORD"),
        ("ANALYTICS_DB_NAME", "DATABASE"),
    ],
};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    host: Field<String>,
    port: Field<u16>,
    username: Field<String>,
    password: Field<String>,
    password_file: Field<PathBuf>,
    database: Field<String>,
    ssl_mode: Field<SslMode>,
    ssl_ca: Field<PathBuf>,
    connect_timeout: Field<Span>,
    statement_timeout: Field<Span>,
    max_connections: Field<usize>,
}

impl Settings for OrderDatabase {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        read(&ORDER_DATABASE, environment, findings).map(Self)
    }

    fn variables() -> Vec<String> {
        variables(&ORDER_DATABASE)
    }
}

impl Settings for AnalyticsDatabase {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        read(&ANALYTICS_DATABASE, environment, findings).map(Self)
    }

    fn variables() -> Vec<String> {
        variables(&ANALYTICS_DATABASE)
    }
}

fn variables(names: &Names) -> Vec<String> {
    let flat = names.flat.map(|(flat, _)| flat.to_owned()).to_vec();
    [super::names::<Fields>(names.prefix), flat].concat()
}

fn read(names: &Names, environment: &Environment, findings: &mut Findings) -> Option<DatabaseSettings> {
    let ignored_port = service_link(names, environment);
    if let Some((flat, value)) = ignored_port {
        let is_needed = environment.get(&format!("{}PORT", names.prefix)).is_none();
        let say = if is_needed { Findings::warn } else { Findings::note };
        say(
            findings,
            format!(
                "{flat} is ignored: {value:?} is what Kubernetes sets for a Service of that name, and no port. \
             {}PORT, or else 3306, is used",
                names.prefix
            ),
        );
    }
    let mut section = Section::new(environment, names.prefix, findings);
    for (flat, field) in names.flat {
        let rival = (field == "PASSWORD").then_some("PASSWORD_FILE");
        if ignored_port.is_none_or(|(ignored, _)| ignored != flat) {
            section.or_flat(environment, flat, field, rival);
        }
    }
    let fields: Fields = section.fields();
    let host = fields.host.only_if(|host| !host.contains(|c: char| c.is_whitespace() || "/[]".contains(c)));
    let connect_timeout =
        fields.connect_timeout.only_if(|span| (100..=120_000).contains(&span.0.as_millis()));
    let statement_timeout =
        fields.statement_timeout.only_if(|span| (1_000..=3_600_000).contains(&span.0.as_millis()));
    let max_connections = fields.max_connections.only_if(|count| (1..=20).contains(count));
    let is_mode_legal = !matches!(fields.ssl_mode, Field::Illegal(_));
    let ssl_mode = section.value(
        "SSL_MODE",
        fields.ssl_mode,
        SslMode::default(),
        "disabled, preferred, required, verify_ca or verify_identity",
    );
    let ssl_ca = section.optional("SSL_CA", fields.ssl_ca, "the path of a PEM file");
    if is_mode_legal {
        files::check_ssl_ca(&mut section, ssl_mode, ssl_ca.as_deref());
    }
    let settings = DatabaseSettings {
        prefix: names.prefix,
        host: section.value(
            "HOST",
            host,
            "127.0.0.1".to_owned(),
            "a host name or an IP address alone, such as db.example.com",
        ),
        port: section.value("PORT", fields.port.only_if(|port| *port != 0), 3306, "a port from 1 to 65535"),
        username: required(&mut section, names, "USERNAME", fields.username),
        password: files::password(&mut section, fields.password, fields.password_file),
        database: required(&mut section, names, "DATABASE", fields.database),
        ssl_mode,
        ssl_ca,
        connect_timeout: section
            .value(
                "CONNECT_TIMEOUT",
                connect_timeout,
                Span(Duration::from_secs(5)),
                "a duration from 100ms to 2m, such as 5s",
            )
            .0,
        statement_timeout: section
            .value(
                "STATEMENT_TIMEOUT",
                statement_timeout,
                Span(Duration::from_secs(120)),
                "a duration from 1s to 1h, such as 2m",
            )
            .0,
        max_connections: section.value("MAX_CONNECTIONS", max_connections, 10, "a number from 1 to 20"),
    };
    section.finish(settings)
}

/// The flat port, where it is an address that Kubernetes put there.
fn service_link<'e>(names: &Names, environment: &'e Environment) -> Option<(&'static str, &'e str)> {
    let (flat, _) = names.flat.into_iter().find(|(_, field)| *field == "PORT")?;
    let value = environment.get(flat)?;
    value.contains("://").then_some((flat, value))
}

fn required(section: &mut Section<'_>, names: &Names, field: &'static str, read: Field<String>) -> String {
    let value = section.optional(field, read, "a name").filter(|name| !name.trim().is_empty());
    value.unwrap_or_else(|| {
        let flat = names.flat.iter().find(|(_, nested)| *nested == field).map_or("", |(flat, _)| flat);
        section.refuse(field, format_args!("is not set, nor is {flat}: set one of them"));
        String::new()
    })
}

#[cfg(test)]
mod tests;
