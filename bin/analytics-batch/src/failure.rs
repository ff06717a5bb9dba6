//! How a run can fail, in the words and exit codes (sysexits) that an operator and a scheduler act on.

use std::process::ExitCode;

use domain::analytics_db::lease::PublishError;
use domain::analytics_db::migrations::MigrationError;
use domain::order_db::catalogue::CatalogueError;
use runtime::database::ConnectError;

/// What servers say of a missing privilege.
const DENIED: &[&str] = &["command denied", "Access denied", "is not allowed"];

/// What servers, or the driver in their place, say when the same statement may succeed later.
const LOST: &[&str] = &[
    "Input/output error",
    "onnection",
    "Broken pipe",
    "gone away",
    "shutdown in progress",
    // By KILL QUERY, or by a limit on how long a statement may take.
    "execution was interrupted",
    "Lock wait timeout",
    "Deadlock",
    "is full",
    "read-only",
    "read only",
];

/// Why there is no result. Each carries the whole sentence for the operator.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Failure {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The data are not what they should be.
    #[error("{0}")]
    Data(String),
    /// A database cannot be reached, or was lost on the way.
    #[error("{0}")]
    Unavailable(String),
    /// A bug, or something that nobody foresaw.
    #[error("{0}")]
    Internal(String),
    /// Another run is at it, or this one was told to stop.
    #[error("{0}")]
    TryLater(String),
    /// A database user lacks a privilege.
    #[error("{0}")]
    Permission(String),
    /// A setting is wrong.
    #[error("{0}")]
    Configuration(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 64,
            Self::Data(_) => 65,
            Self::Unavailable(_) => 69,
            Self::Internal(_) => 70,
            Self::TryLater(_) => 75,
            Self::Permission(_) => 77,
            Self::Configuration(_) => 78,
        })
    }

    /// Tells the operator: in the log if there is one yet, or else as it is.
    pub(crate) fn tell(&self) {
        if log::log_enabled!(log::Level::Error) {
            log::error!("{self}");
        } else {
            #[expect(clippy::print_stderr, reason = "settings can be wrong before logging is set up")]
            {
                eprintln!("analytics-batch: {self}");
            }
        }
    }

    /// `analytics_db` is the ordering platform's database, whatever the settings call it.
    pub(crate) fn ordering_platforms_database() -> Self {
        Self::Configuration(
            "it holds orders and order_items, so it is the ordering platform's database, in which none of our tables \
             may be made: give analytics_db a database of its own, and name it in ANALYTICS_DATABASE__DATABASE"
                .to_owned(),
        )
    }

    /// A failure of a statement on `database`, classed by what the server says: that text is all that Diesel keeps.
    pub(crate) fn of_statement(database: &str, error: &diesel::result::Error) -> Self {
        let said = error.to_string();
        let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
        if has(DENIED) {
            Self::Permission(format!(
                "{database}: {said}. See deploy/sql/grants.sql for the grants that are needed"
            ))
        } else if has(LOST) {
            Self::Unavailable(format!(
                "{database} failed during the run: {said}. What had been published stands; run again"
            ))
        } else if has(&["doesn't exist", "Unknown column", "Unknown table"]) {
            Self::Data(format!(
                "{database}: {said}. `analytics-batch check` compares the tables with what is expected"
            ))
        } else if matches!(error, diesel::result::Error::DeserializationError(_)) {
            Self::Data(format!("{database} holds a value that cannot be read: {said}"))
        } else {
            Self::Internal(format!("{database}: {said}"))
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let said = error.to_string();
        match error {
            ConnectError::Unreachable { .. } | ConnectError::Busy { .. } | ConnectError::Other { .. } => {
                Self::Unavailable(said)
            }
            ConnectError::AccessDenied { .. } => Self::Permission(said),
            ConnectError::Tls { .. }
            | ConnectError::UnknownDatabase { .. }
            | ConnectError::Session { .. } => Self::Configuration(said),
        }
    }
}

impl From<CatalogueError> for Failure {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Database(error) => Self::of_statement("order_db", &error),
            CatalogueError::Unexpected(_) => Self::Data(error.to_string()),
        }
    }
}

impl From<MigrationError> for Failure {
    fn from(error: MigrationError) -> Self {
        let said = error.to_string();
        let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
        if has(DENIED) {
            Self::Permission(format!("{said}. See deploy/sql/grants.sql for the grants that are needed"))
        } else if has(LOST) {
            Self::Unavailable(format!("{said}. The migrations before it stand; run again"))
        } else {
            Self::Internal(said)
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::LeaseLost => Self::TryLater(error.to_string()),
            PublishError::Database(error) => Self::of_statement("analytics_db", &error),
        }
    }
}
