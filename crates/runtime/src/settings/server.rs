//! `SERVER__…`: where and how the API listens, and the clock that a replay fixes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::duration::Span;
use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "SERVER__";

/// How the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// The address to bind.
    pub host: IpAddr,
    /// The port to bind; 0 takes any that is free.
    pub port: u16,
    /// The port to bind for the metrics alone, which are then not at the other; 0 takes any that is free.
    pub metrics_port: Option<u16>,
    /// The address to bind for them, if it is not to be the other's.
    pub metrics_host: Option<IpAddr>,
    /// A moment to take for the present, for tests and replays.
    pub now: Option<DateTime<Utc>>,
    /// Worker threads, 1 to 64.
    pub workers: usize,
    /// How long requests in flight may take to finish once the process is told to stop.
    pub shutdown_timeout: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long a client may take to send a request, and to take its answer.
    pub client_timeout: Duration,
    /// How long a connection is kept that brings no request.
    pub keep_alive: Duration,
    /// Connections of clients at a time, over all workers.
    pub max_connections: usize,
    /// How often to look whether something new is published.
    pub refresh: Duration,
    /// Room for answers that are kept ready, in MiB; 0 keeps none.
    pub cache_mib: u16,
    /// The sites whose pages may read the answers, as browsers write them: `https://panel.example.com`.
    pub cors_origins: Vec<String>,
}

impl ServerSettings {
    /// The address and port to bind.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// The address and port to bind for the metrics, if they have one of their own.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        let host = self.metrics_host.unwrap_or(self.host);
        self.metrics_port.map(|port| SocketAddr::new(host, port))
    }
}

/// Sites, as browsers write them into `Origin`.
#[derive(Default)]
struct Origins(Vec<String>);

impl FromStr for Origins {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins
            .map(|origin| is_origin(origin).then(|| origin.to_owned()).ok_or(()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Whether a browser would write this origin so: one that it writes in another way would never match.
fn is_origin(text: &str) -> bool {
    let (rest, usual_port) = match text.split_once("://") {
        Some(("https", rest)) => (rest, ":443"),
        Some(("http", rest)) => (rest, ":80"),
        _ => return false,
    };
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:[]".contains(c);
    !rest.is_empty() && rest.chars().all(legal) && !rest.ends_with(usual_port) && !rest.ends_with(':')
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    host: Field<IpAddr>,
    port: Field<u16>,
    metrics_port: Field<u16>,
    metrics_host: Field<IpAddr>,
    now: Field<DateTime<Utc>>,
    workers: Field<usize>,
    shutdown_timeout: Field<Span>,
    request_timeout: Field<Span>,
    client_timeout: Field<Span>,
    keep_alive: Field<Span>,
    max_connections: Field<usize>,
    refresh: Field<Span>,
    cache_mib: Field<u16>,
    cors_origins: Field<Origins>,
}

impl Settings for ServerSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let metrics_apart = fields.metrics_port.is_set();
        let workers = fields.workers.only_if(|count| (1..=64).contains(count));
        let up_to_5_minutes = |span: &Span| (1..=300_000).contains(&span.0.as_millis());
        let shutdown_timeout = fields.shutdown_timeout.only_if(up_to_5_minutes);
        let request_timeout = fields.request_timeout.only_if(up_to_5_minutes);
        let up_to_an_hour = |span: &Span| (1_000..=3_600_000).contains(&span.0.as_millis());
        let client_timeout = fields.client_timeout.only_if(up_to_an_hour);
        let keep_alive = fields.keep_alive.only_if(up_to_an_hour);
        let max_connections = fields.max_connections.only_if(|count| (1..=100_000).contains(count));
        let refresh = fields.refresh.only_if(|span| (100..=60_000).contains(&span.0.as_millis()));
        let cache_mib = fields.cache_mib.only_if(|mib| *mib <= 1_024);
        let ten_seconds = Span(Duration::from_secs(10));
        let settings = Self {
            host: section.value(
                "HOST",
                fields.host,
                Ipv4Addr::LOCALHOST.into(),
                "the IP address to listen on, such as 127.0.0.1",
            ),
            port: section.value("PORT", fields.port, 8087, "a port from 0 to 65535"),
            metrics_port: section.optional("METRICS_PORT", fields.metrics_port, "a port from 0 to 65535"),
            metrics_host: section.optional(
                "METRICS_HOST",
                fields.metrics_host,
                "the IP address to show the metrics on, such as 127.0.0.1",
            ),
            now: section.optional("NOW", fields.now, "a moment in RFC 3339, such as 2026-01-31T23:30:00Z"),
            workers: section.value("WORKERS", workers, 2, "a number from 1 to 64"),
            shutdown_timeout: section
                .value(
                    "SHUTDOWN_TIMEOUT",
                    shutdown_timeout,
                    ten_seconds,
                    "a duration from 1ms to 5m, such as 10s",
                )
                .0,
            request_timeout: section
                .value(
                    "REQUEST_TIMEOUT",
                    request_timeout,
                    ten_seconds,
                    "a duration from 1ms to 5m, such as 10s",
                )
                .0,
            client_timeout: section
                .value(
                    "CLIENT_TIMEOUT",
                    client_timeout,
                    Span(Duration::from_secs(30)),
                    "a duration from 1s to 1h, such as 30s",
                )
                .0,
            keep_alive: section
                .value(
                    "KEEP_ALIVE",
                    keep_alive,
                    Span(Duration::from_secs(75)),
                    "a duration from 1s to 1h, such as 75s",
                )
                .0,
            max_connections: section.value(
                "MAX_CONNECTIONS",
                max_connections,
                2_000,
                "a number from 1 to 100000",
            ),
            refresh: section
                .value(
                    "REFRESH",
                    refresh,
                    Span(Duration::from_secs(1)),
                    "a duration from 100ms to 1m, such as 1s",
                )
                .0,
            cache_mib: section.value("CACHE_MIB", cache_mib, 4, "a number of MiB from 0 to 1024"),
            cors_origins: section
                .value(
                    "CORS_ORIGINS",
                    fields.cors_origins,
                    Origins::default(),
                    "sites separated by commas, each as browsers write it and nothing behind it: \
                     https://panel.example.com",
                )
                .0,
        };
        if settings.metrics_host.is_some() && !metrics_apart {
            section.refuse("METRICS_HOST", "has no effect alone: set SERVER__METRICS_PORT too");
        }
        if settings.port != 0 && settings.metrics_address() == Some(settings.address()) {
            section.refuse("METRICS_PORT", "is taken by the API itself: write another port");
        }
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_listen_on_loopback_only() {
        let server = Environment::default().read::<ServerSettings>().unwrap().settings;
        assert_eq!(server.address(), SocketAddr::from(([127, 0, 0, 1], 8087)));
        assert_eq!((server.now, server.workers, server.metrics_address()), (None, 2, None));
        assert_eq!(
            (server.shutdown_timeout, server.request_timeout),
            (Duration::from_secs(10), Duration::from_secs(10))
        );
        assert_eq!((server.refresh, server.cache_mib), (Duration::from_secs(1), 4));
        assert_eq!(
            (server.client_timeout, server.keep_alive, server.max_connections),
            (Duration::from_secs(30), Duration::from_secs(75), 2_000)
        );
    }

    #[test]
    fn every_setting_is_taken() {
        let environment = Environment::from_iter([
            ("SERVER__HOST", "::1"),
            ("SERVER__PORT", "0"),
            ("SERVER__METRICS_PORT", "9090"),
            ("SERVER__METRICS_HOST", "127.0.0.1"),
            ("SERVER__NOW", "2026-01-31T23:30:00+01:00"),
            ("SERVER__WORKERS", "4"),
            ("SERVER__SHUTDOWN_TIMEOUT", "1s"),
            ("SERVER__REQUEST_TIMEOUT", "2500ms"),
            ("SERVER__CLIENT_TIMEOUT", "1m"),
            ("SERVER__KEEP_ALIVE", "1h"),
            ("SERVER__MAX_CONNECTIONS", "100"),
            ("SERVER__REFRESH", "5s"),
            ("SERVER__CACHE_MIB", "64"),
            ("SERVER__CORS_ORIGINS", "https://panel.example.com, http://localhost:3000"),
        ]);
        let server = environment.read::<ServerSettings>().unwrap().settings;
        assert_eq!(server.address().to_string(), "[::1]:0");
        assert_eq!(server.metrics_address().unwrap().to_string(), "127.0.0.1:9090");
        assert_eq!(server.now.unwrap().to_rfc3339(), "2026-01-31T22:30:00+00:00");
        assert_eq!(server.workers, 4);
        assert_eq!((server.shutdown_timeout.as_millis(), server.request_timeout.as_millis()), (1_000, 2_500));
        assert_eq!(
            (server.client_timeout, server.keep_alive),
            (Duration::from_mins(1), Duration::from_hours(1))
        );
        assert_eq!(server.max_connections, 100);
        assert_eq!((server.refresh, server.cache_mib), (Duration::from_secs(5), 64));
        assert_eq!(server.cors_origins, ["https://panel.example.com", "http://localhost:3000"]);
    }

    #[test]
    fn metrics_have_an_address_of_their_own_or_none() {
        let read = |settings: &[(&str, &str)]| {
            let read = Environment::from_iter(settings.iter().copied()).read::<ServerSettings>();
            read.map(|loaded| loaded.settings).map_err(|error| error.to_string())
        };
        let beside = read(&[("SERVER__METRICS_PORT", "9090")]).unwrap();
        assert_eq!(beside.metrics_address(), Some(SocketAddr::from(([127, 0, 0, 1], 9090))));
        let alone = read(&[("SERVER__METRICS_HOST", "0.0.0.0")]).unwrap_err();
        assert!(
            alone.contains("SERVER__METRICS_HOST has no effect alone: set SERVER__METRICS_PORT"),
            "{alone}"
        );
        let same = read(&[("SERVER__METRICS_PORT", "8087")]).unwrap_err();
        assert!(same.contains("SERVER__METRICS_PORT is taken by the API itself"), "{same}");
        let elsewhere = [("SERVER__METRICS_PORT", "8087"), ("SERVER__METRICS_HOST", "127.0.0.2")];
        assert!(read(&elsewhere).is_ok());
        assert!(read(&[("SERVER__PORT", "0"), ("SERVER__METRICS_PORT", "0")]).is_ok());
    }

    #[test]
    fn an_origin_that_no_browser_writes_is_refused() {
        for origin in [
            "*",
            "null",
            "panel.example.com",
            "https://",
            "https://panel.example.com/",
            "https://Panel.example.com",
            "https://panel.example.com:443",
            "http://panel.example.com:80",
            "https://*.example.com",
            "https://a.example https://b.example",
            "ftp://panel.example.com",
        ] {
            let error = Environment::from_iter([("SERVER__CORS_ORIGINS", origin)])
                .read::<ServerSettings>()
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("SERVER__CORS_ORIGINS is") && error.contains("as browsers write it"),
                "{error}"
            );
        }
    }

    #[test]
    fn one_run_shows_every_mistake_by_its_full_name() {
        let environment = Environment::from_iter([
            ("SERVER__HOTS", "0.0.0.0"),
            ("SERVER__HOST", "localhost"),
            ("SERVER__PORT", "80x"),
            ("SERVER__WORKERS", "0"),
            ("SERVER__REQUEST_TIMEOUT", "10"),
        ]);
        let error = environment.read::<ServerSettings>().unwrap_err();
        assert_eq!(error.problems().len(), 5, "{error}");
        for said in [
            "SERVER__HOTS is not a setting: SERVER__ is followed by one of HOST, PORT, METRICS_PORT, METRICS_HOST, NOW, WORKERS",
            "SERVER__HOST is \"localhost\": write the IP address",
            "SERVER__PORT is \"80x\": write a port from 0 to 65535",
            "SERVER__WORKERS is \"0\": write a number from 1 to 64",
            "SERVER__REQUEST_TIMEOUT is \"10\": write a duration",
        ] {
            assert!(error.to_string().contains(said), "{said}\n{error}");
        }
    }
}
