//! Connecting, and what there is to say about the server and the connection.

use std::net::IpAddr;

use runtime::database::{AsyncMysqlConnection, Facts, Flavour, Session, Target, connect_with_facts};
use runtime::settings::{DatabaseSettings, SslMode};

use super::findings::Findings;

/// Connects and tells about it; none if that fails, which is then the finding.
pub(super) async fn open(
    settings: &DatabaseSettings,
    session: Session,
    findings: &mut Findings,
) -> Option<AsyncMysqlConnection> {
    match connect_with_facts(settings, session).await {
        Ok((connection, facts)) => {
            describe(settings, &facts, findings);
            Some(connection)
        }
        Err(error) => {
            findings.problem(error);
            None
        }
    }
}

fn describe(settings: &DatabaseSettings, facts: &Facts, findings: &mut Findings) {
    let server = server(facts);
    findings.ok(format!("connected as {} to {server}", Target::from(settings)));
    if let Some(oldest) = older_than_tested(facts) {
        findings.warning(format!(
            "{server} is older than {oldest}, the oldest that this program is made for: update the server"
        ));
    }
    if !facts.read_only {
        findings.warning(
            "this server has no read-only sessions, so nothing but the user's privileges stops a write",
        );
    }
    let prefix = settings.prefix;
    match (&facts.cipher, settings.ssl_mode) {
        (Some(cipher), SslMode::VerifyCa | SslMode::VerifyIdentity) => {
            findings.ok(format!("TLS with {cipher}, the server's certificate verified"));
        }
        (Some(cipher), _) => findings.ok(format!(
            "TLS with {cipher}, the server's certificate not verified ({prefix}SSL_MODE=verify_identity would)"
        )),
        (None, _) if is_this_machine(&settings.host) => {
            findings.ok("no TLS, and the connection does not leave this machine");
        }
        (None, _) => findings.warning(format!(
            "no TLS: whoever is on the way to {} can read and alter what is sent. Set {prefix}SSL_MODE=required, \
             or better verify_identity",
            settings.host
        )),
    }
}

/// Product and version. Only MySQL's own version does not name the product.
fn server(facts: &Facts) -> String {
    match facts.flavour {
        Flavour::MySql => format!("MySQL {}", facts.version),
        Flavour::MariaDb | Flavour::TiDb | Flavour::OceanBase => facts.version.clone(),
    }
}

/// The oldest version that is tested, where the server's is older. TiDB and OceanBase show the version of MySQL that
/// they stand in for, which says nothing.
fn older_than_tested(facts: &Facts) -> Option<&'static str> {
    let (oldest, said) = match facts.flavour {
        Flavour::MySql => ((8, 0), "8.0"),
        Flavour::MariaDb => ((10, 6), "10.6"),
        Flavour::TiDb | Flavour::OceanBase => return None,
    };
    let mut numbers = facts.version.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse().ok());
    let version: (u32, u32) = (numbers.next()?, numbers.next()?);
    (version < oldest).then_some(said)
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.5.23-MariaDB", Some("10.6"))]
    #[case("10.11.6-MariaDB-0+deb12u1-log", None)]
    #[case("5.7.44", Some("8.0"))]
    #[case("8.0.36-Vitess", None)]
    #[case("9.7.0", None)]
    #[case("5.7.25-OceanBase-v4.3.5.0", None)]
    #[case("unknown", None)]
    fn an_old_server_is_noticed(#[case] version: &str, #[case] oldest: Option<&str>) {
        let facts = Facts {
            version: version.to_owned(),
            flavour: Flavour::of(version),
            cipher: None,
            read_only: true,
        };
        assert_eq!(older_than_tested(&facts), oldest);
    }

    #[rstest]
    #[case("localhost", true)]
    #[case("127.0.0.1", true)]
    #[case("::1", true)]
    #[case("10.0.0.5", false)]
    #[case("db.example.com", false)]
    fn loopback_needs_no_tls(#[case] host: &str, #[case] is_local: bool) {
        assert_eq!(is_this_machine(host), is_local);
    }
}
