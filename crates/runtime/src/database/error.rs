//! Why a connection could not be made, said so that the reader knows what to look at.

use std::fmt;
use std::time::Duration;

use mysql_async::{DriverError, Error, IoError, ServerError};

use crate::settings::{DatabaseSettings, SslMode};

/// Whom a connection was for. Prints as `user@host:port/database`, and holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The prefix of the variables that say so.
    pub prefix: &'static str,
    /// The server's name or address.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// The database user.
    pub username: String,
    /// The database.
    pub database: String,
}

impl From<&DatabaseSettings> for Target {
    fn from(settings: &DatabaseSettings) -> Self {
        Self {
            prefix: settings.prefix,
            host: settings.host.clone(),
            port: settings.port,
            username: settings.username.clone(),
            database: settings.database.clone(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}/{}", self.username, self.host, self.port, self.database)
    }
}

/// A connection that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answered as a database does.
    #[error(
        "no database answers at {}:{}: {reason}. Check that the server runs and that {}HOST and {}PORT are right",
        target.host, target.port, target.prefix, target.prefix
    )]
    Unreachable {
        /// Whom the connection was for.
        target: Box<Target>,
        /// What happened.
        reason: String,
    },
    /// The server answers and takes no more work now.
    #[error("the server at {}:{} takes no connection now: {reason}", target.host, target.port)]
    Busy {
        /// Whom the connection was for.
        target: Box<Target>,
        /// The server's words.
        reason: String,
    },
    /// TLS as it was asked for cannot be had.
    #[error("TLS with {}:{} failed: {reason}. Check {}SSL_MODE and {}SSL_CA", target.host, target.port, target.prefix, target.prefix)]
    Tls {
        /// Whom the connection was for.
        target: Box<Target>,
        /// What happened.
        reason: String,
    },
    /// The server knows the user not, or not with this password, or not for this database.
    #[error(
        "access denied for {target}: {reason}. Check {}USERNAME and {}PASSWORD, and what the user was granted",
        target.prefix, target.prefix
    )]
    AccessDenied {
        /// Whom the connection was for.
        target: Box<Target>,
        /// The server's words.
        reason: String,
    },
    /// There is no such database.
    #[error(
        "there is no database {:?} on {}:{}. Create it, or check {}DATABASE",
        target.database, target.host, target.port, target.prefix
    )]
    UnknownDatabase {
        /// Whom the connection was for.
        target: Box<Target>,
    },
    /// The server would not have a rule of the session, so the connection was given up.
    #[error("{target} was connected, but the server refused {rule:?}: {reason}")]
    Session {
        /// Whom the connection was for.
        target: Box<Target>,
        /// The statement.
        rule: String,
        /// The server's words.
        reason: String,
    },
    /// The server takes no statement as long as those that it would be sent.
    #[error(
        "the server at {}:{} takes no statement longer than {bytes} bytes: raise its max_allowed_packet, to 16M say",
        target.host, target.port
    )]
    ShortStatements {
        /// Whom the connection was for.
        target: Box<Target>,
        /// Its `max_allowed_packet`.
        bytes: u64,
    },
    /// Anything else that the server or its protocol said.
    #[error("{target} could not be connected: {reason}")]
    Other {
        /// Whom the connection was for.
        target: Box<Target>,
        /// What was said.
        reason: String,
    },
}

/// Whether a server says that it only cannot now: too many connections, as it ends, or as it begins.
pub(super) fn passes(said: &ServerError) -> bool {
    // ER_CON_COUNT_ERROR, ER_UNKNOWN_COM_ERROR (of a Galera node that is joining), ER_SERVER_SHUTDOWN,
    // ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED, and MariaDB's ER_CONNECTION_KILLED
    matches!(said.code, 1040 | 1047 | 1053 | 1203 | 1226 | 1927)
}

impl ConnectError {
    /// Whether the same connection may succeed later with nothing changed on this side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }

    /// Whom the connection was for.
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Unreachable { target, .. }
            | Self::Busy { target, .. }
            | Self::Tls { target, .. }
            | Self::AccessDenied { target, .. }
            | Self::UnknownDatabase { target }
            | Self::Session { target, .. }
            | Self::ShortStatements { target, .. }
            | Self::Other { target, .. } => target,
        }
    }

    pub(super) fn timed_out(settings: &DatabaseSettings, after: Duration) -> Self {
        let reason = format!("no connection within {after:?}");
        Self::Unreachable { target: Box::new(settings.into()), reason }
    }

    pub(super) fn new(settings: &DatabaseSettings, error: &Error) -> Self {
        let target = Box::new(Target::from(settings));
        match error {
            Error::Server(said) if settings.ssl_mode == SslMode::Disabled => {
                Self::from_server(target, said).or_for_want_of_tls()
            }
            Error::Server(said) => Self::from_server(target, said),
            Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                Self::Tls { target, reason: "the server offers none".to_owned() }
            }
            Error::Io(IoError::Tls(failure)) => Self::Tls { target, reason: failure.to_string() },
            Error::Io(IoError::Io(failure)) => match super::tls::failure(failure) {
                Some(failure) => Self::Tls { target, reason: failure },
                None => Self::Unreachable { target, reason: failure.to_string() },
            },
            Error::Driver(DriverError::ConnectionClosed) => {
                Self::Unreachable { target, reason: error.to_string() }
            }
            other => Self::Other { target, reason: other.to_string() },
        }
    }

    /// A server denies access in the same words when only the missing TLS is the matter.
    fn or_for_want_of_tls(mut self) -> Self {
        if let Self::AccessDenied { target, reason } = &mut self {
            *reason = format!(
                "{reason}; or the server or the account may demand TLS: see {}SSL_MODE",
                target.prefix
            );
        }
        self
    }

    /// Numbers from the error reference of MySQL 8.0, and of MariaDB where it has its own.
    fn from_server(target: Box<Target>, said: &ServerError) -> Self {
        let reason = said.message.clone();
        match said.code {
            _ if passes(said) => Self::Busy { target, reason },
            // ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED,
            // ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_MUST_CHANGE_PASSWORD(_LOGIN), ER_ACCOUNT_HAS_BEEN_LOCKED and
            // MariaDB's ER_ACCOUNT_HAS_BEEN_LOCKED
            1044 | 1045 | 1129 | 1130 | 1698 | 1820 | 1862 | 3118 | 4151 => {
                Self::AccessDenied { target, reason }
            }
            // ER_BAD_DB_ERROR
            1049 => Self::UnknownDatabase { target },
            // ER_SECURE_TRANSPORT_REQUIRED
            3159 => Self::Tls { target, reason },
            _ => Self::Other { target, reason: said.to_string() },
        }
    }
}
