//! How a run can fail, in the words and exit codes (sysexits) that an operator and a scheduler act on.

use std::process::ExitCode;

use domain::analytics_db::lease::PublishError;
use domain::analytics_db::migrations::MigrationError;
use domain::order_db::catalogue::CatalogueError;
use runtime::database::ConnectError;
use runtime::shutdown::Reason;

/// What servers say of a missing privilege.
const DENIED: &[&str] = &["command denied", "Access denied", "is not allowed"];

/// What servers, or the driver in their place, say when the same statement may succeed in a moment.
const PASSES: &[&str] = &[
    "Input/output error",
    // "Connection to the server is closed", "Lost connection", "Connection was killed", "Too many connections"
    "onnection",
    "Packet out of order",
    "disconnected by the server",
    "Broken pipe",
    "gone away",
    "max_prepared_stmt_count",
    // MAX_QUERIES_PER_HOUR and the like, of the account.
    "resource (current value",
    "shutdown in progress",
    "Lock wait timeout",
    "Deadlock",
    // ALTER TABLE has come between a snapshot and its first look at the table.
    "Table definition has changed",
    // TiDB's word for a deadlock, and Galera's for a node that is joining.
    "Write conflict",
    // OceanBase.
    "can't serialize access",
    "WSREP has not yet prepared",
];

/// What they say of writes to a replica, and for a while of those to a primary that gives way to another.
const READ_ONLY: &[&str] = &["read-only", "read only"];

/// What they say when a statement has taken longer than the bound on it: MariaDB, MySQL, OceanBase.
const TOOK_TOO_LONG: &[&str] = &[
    "max_statement_time exceeded",
    "maximum statement execution time exceeded",
    "reached the maximum query timeout",
];

/// What they say when a disk is full: InnoDB of a table, the storage engine, the server of a file.
const FULL: &[&str] =
    &["is full", "No space left on device", "Disk full", "Error writing file", "Can't change size of file"];

/// Why there is no result. Each carries the whole sentence for the operator.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Failure {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The data are not what they should be.
    #[error("{0}")]
    Data(String),
    /// A row of the source holds what cannot be read; which one is not known yet.
    #[error("{0}")]
    Unreadable(String),
    /// A database cannot be reached, was lost on the way, or is busy: it may pass, and is tried again.
    #[error("{0}")]
    Unavailable(String),
    /// A database answers and cannot do what it must until somebody has mended it.
    #[error("{0}")]
    OutOfOrder(String),
    /// The lease on publishing was not ours when it mattered: it had run out, or another run has it.
    #[error("{0}")]
    LeaseLost(String),
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
            Self::Data(_) | Self::Unreadable(_) => 65,
            Self::Unavailable(_) | Self::OutOfOrder(_) => 69,
            Self::Internal(_) => 70,
            Self::TryLater(_) | Self::LeaseLost(_) => 75,
            Self::Permission(_) => 77,
            Self::Configuration(_) => 78,
        })
    }

    /// Whether the same may succeed in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Of what kind it is, as the ledger has it: a word that may be shown to anybody.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Data(_) | Self::Unreadable(_) => "data",
            Self::Unavailable(_) => "database_unavailable",
            Self::OutOfOrder(_) => "database_out_of_order",
            Self::Internal(_) => "internal",
            Self::TryLater(_) => "interrupted",
            Self::LeaseLost(_) => "lease_lost",
            Self::Permission(_) => "permission",
            Self::Configuration(_) => "configuration",
        }
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

    /// The process was told to stop in the midst of its work.
    pub(crate) fn interrupted(reason: Reason) -> Self {
        Self::TryLater(format!("interrupted by {reason}: what was published stands, run again to go on"))
    }

    /// Another run holds the lease that was this one's.
    pub(crate) fn taken_over() -> Self {
        Self::LeaseLost(
            "the lease on publishing was taken over by another run: this one has stopped. What it had published stands"
                .to_owned(),
        )
    }

    /// `analytics_db` is the ordering platform's database, whatever the settings call it.
    pub(crate) fn ordering_platforms_database() -> Self {
        Self::Configuration(
            "it holds orders and order_items, so it is the ordering platform's database, in which none of our tables \
             may be made: give analytics_db a database of its own, and name it in ANALYTICS_DATABASE__DATABASE"
                .to_owned(),
        )
    }

    /// Tables of ours that an engine without transactions keeps, none if it is empty.
    pub(crate) fn of_tables_without_transactions(tables: &[(&'static str, String)]) -> Option<Self> {
        let (table, engine) = tables.first()?;
        let names = tables.iter().map(|(table, _)| *table).collect::<Vec<_>>().join(", ");
        Some(Self::Configuration(format!(
            "analytics_db keeps {names} in {engine}, which has no transactions, so that a day may be left half written \
             there: have an administrator run ALTER TABLE {table} ENGINE = InnoDB, and so for each of them"
        )))
    }

    /// A failure to read on from tables of the source that were there when the run was planned: one that is gone may be
    /// in the midst of being exchanged for its successor, as tools that change schemas do.
    pub(crate) fn of_reading_on(error: &diesel::result::Error) -> Self {
        let said = error.to_string();
        match Self::of_statement("order_db", error) {
            Self::Data(sentence) if said.starts_with("Table ") && said.contains("doesn't exist") => {
                Self::Unavailable(sentence)
            }
            failure => failure,
        }
    }

    /// A failure of a statement on `database`, classed by what the server says: that text is all that Diesel keeps.
    pub(crate) fn of_statement(database: &str, error: &diesel::result::Error) -> Self {
        let said = error.to_string();
        let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
        if has(DENIED) {
            Self::Permission(format!(
                "{database}: {said}. See deploy/sql/grants.sql for the grants that are needed"
            ))
        } else if has(TOOK_TOO_LONG) {
            Self::OutOfOrder(format!(
                "{database} ended a statement that took longer than {}__STATEMENT_TIMEOUT: {said}. See what keeps its \
                 server busy, or raise the setting, or lower ORDERS__SLICE. What had been published stands; run again",
                if database == "order_db" { "ORDER_DATABASE" } else { "ANALYTICS_DATABASE" }
            ))
        } else if said.contains("execution was interrupted") {
            // KILL QUERY: somebody wants it to end, so it is not begun again.
            Self::OutOfOrder(format!(
                "{database} failed during the run: {said}. What had been published stands; run again"
            ))
        } else if has(FULL) {
            Self::OutOfOrder(format!(
                "{database} has no room left: {said}. Free space on its server's disk and run again. What had been \
                 published stands, each day whole"
            ))
        } else if has(READ_ONLY) {
            Self::Unavailable(format!(
                "{database} failed during the run: {said}. If that lasts, name the primary in \
                 ANALYTICS_DATABASE__HOST, or have its server take writes again"
            ))
        } else if has(PASSES) {
            Self::Unavailable(format!("{database} failed during the run: {said}"))
        } else if has(&["doesn't exist", "Unknown column", "Unknown table"]) {
            Self::Data(format!(
                "{database}: {said}. `analytics-batch check` compares the tables with what is expected"
            ))
        } else if matches!(error, diesel::result::Error::DeserializationError(_)) {
            let said = format!("{database} holds a value that cannot be read: {said}");
            if database == "order_db" { Self::Unreadable(said) } else { Self::Data(said) }
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
            | ConnectError::Session { .. }
            | ConnectError::ShortStatements { .. } => Self::Configuration(said),
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
        } else if has(FULL) {
            Self::OutOfOrder(format!(
                "{said}. analytics_db has no room left: free space on its server's disk and run again"
            ))
        } else if has(PASSES) || has(READ_ONLY) {
            Self::Unavailable(said)
        } else {
            Self::Internal(said)
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::LeaseLost => Self::LeaseLost(error.to_string()),
            PublishError::Database(error) => Self::of_statement("analytics_db", &error),
        }
    }
}
