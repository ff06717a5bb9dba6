//! One connection, with TLS and session rules.

use diesel_async::AsyncMysqlConnection;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, OptsBuilder, SslOpts};
use secrecy::ExposeSecret;

use super::error::{ConnectError, passes};
use super::session::{Flavour, Session};
use super::tls;
use crate::settings::{DatabaseSettings, SslMode};

/// What a connection found out about its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The server's own words for its version.
    pub version: String,
    /// Whose server it is.
    pub flavour: Flavour,
    /// The cipher of the connection; none without TLS.
    pub cipher: Option<String>,
    /// Whether the server itself refuses writes in this session.
    pub read_only: bool,
}

/// Opens a connection that belongs to no pool.
///
/// # Errors
/// If it cannot be made within the settings' time, or not as they ask.
pub async fn connect(
    settings: &DatabaseSettings,
    session: Session,
) -> Result<AsyncMysqlConnection, ConnectError> {
    within(settings, async {
        let (conn, _, _) = open(settings, session).await?;
        into_diesel(settings, conn).await
    })
    .await
}

/// The same, and tells about the server. Its `SHOW STATUS` is why [`connect`] is another function: a nightly run says
/// nothing to the source but `SELECT`, `SET` and transactions.
///
/// # Errors
/// As [`connect`].
pub async fn connect_with_facts(
    settings: &DatabaseSettings,
    session: Session,
) -> Result<(AsyncMysqlConnection, Facts), ConnectError> {
    within(settings, async {
        let (mut conn, version, flavour) = open(settings, session).await?;
        let status: Option<(String, String)> = conn
            .query_first("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
            .await
            .map_err(|error| ConnectError::new(settings, &error))?;
        let cipher = status.map(|(_, cipher)| cipher).filter(|cipher| !cipher.is_empty());
        let read_only = session.is_read_only() && flavour != Flavour::TiDb;
        Ok((into_diesel(settings, conn).await?, Facts { version, flavour, cipher, read_only }))
    })
    .await
}

async fn within<T>(
    settings: &DatabaseSettings,
    connecting: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    tokio::time::timeout(settings.connect_timeout, connecting)
        .await
        .unwrap_or_else(|_| Err(ConnectError::timed_out(settings, settings.connect_timeout)))
}

async fn open(
    settings: &DatabaseSettings,
    session: Session,
) -> Result<(Conn, String, Flavour), ConnectError> {
    let refused = |error: Error| ConnectError::new(settings, &error);
    let mut conn = log_in(settings).await.map_err(refused)?;
    let about: Option<(String, u64)> =
        conn.query_first("SELECT VERSION(), @@max_allowed_packet").await.map_err(refused)?;
    let (version, longest_statement) = about.unwrap_or_default();
    // Told now: of a statement that is too long servers say nothing, and close the connection.
    if longest_statement < session.longest_statement() {
        let target = Box::new(settings.into());
        return Err(ConnectError::ShortStatements { target, bytes: longest_statement });
    }
    let flavour = Flavour::of(&version);
    let applied = session.apply(&mut conn, flavour, settings.statement_timeout).await;
    applied.map_err(|(rule, error)| match error {
        Error::Server(said) if !passes(&said) => ConnectError::Session {
            target: Box::new(settings.into()),
            rule: rule.into_owned(),
            reason: said.to_string(),
        },
        other => refused(other),
    })?;
    Ok((conn, version, flavour))
}

async fn log_in(settings: &DatabaseSettings) -> Result<Conn, Error> {
    let tls = tls::options(settings);
    match (Conn::new(options(settings, tls.clone())).await, settings.ssl_mode) {
        (Err(error), SslMode::Preferred) if tls::is_unavailable(&error) => {
            log::debug!(
                "{}:{}: no TLS ({error}), so the connection is a plain one",
                settings.host,
                settings.port
            );
            Conn::new(options(settings, None)).await
        }
        (Err(error), SslMode::VerifyCa) => match (tls::vouched_for(&error), tls) {
            (Some(host), Some(tls)) => {
                Conn::new(options(settings, Some(tls.with_danger_tls_hostname_override(Some(host))))).await
            }
            _ => Err(error),
        },
        (result, _) => result,
    }
}

fn options(settings: &DatabaseSettings, tls: Option<SslOpts>) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname(settings.host.as_str())
        .tcp_port(settings.port)
        .user(Some(settings.username.as_str()))
        .pass(settings.password.as_ref().map(ExposeSecret::expose_secret))
        .db_name(Some(settings.database.as_str()))
        .ssl_opts(tls)
        // Or, on this machine, the connection would be exchanged for one over a socket, past TLS and the port.
        .prefer_socket(false)
        .tcp_keepalive(Some(15_000_u32))
        // Both as diesel-async has them: it counts rows found and caches statements itself.
        .client_found_rows(true)
        .stmt_cache_size(0)
}

async fn into_diesel(settings: &DatabaseSettings, conn: Conn) -> Result<AsyncMysqlConnection, ConnectError> {
    AsyncMysqlConnection::try_from(conn).await.map_err(|error| {
        let (target, reason) = (Box::new(settings.into()), error.to_string());
        if reason.contains("max_prepared_stmt_count") {
            return ConnectError::Busy { target, reason };
        }
        // It sets the zone and the character set, which no server refuses that has granted the rules: it has gone.
        ConnectError::Unreachable { target, reason }
    })
}
