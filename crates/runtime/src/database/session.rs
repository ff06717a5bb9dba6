//! The rules of a session, stated once when it is opened.

use std::borrow::Cow;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error};

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// Reads order_db: read-only, one snapshot a transaction, and reads that may take long.
    SourceReader,
    /// Publishes into analytics_db: the only one that may write.
    Publisher,
    /// Answers requests from analytics_db: read-only, one snapshot a transaction, and no statement that takes long.
    ApiReader,
}

/// Whose server it is, as far as that changes what may be said to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL, and whatever passes for it.
    MySql,
    /// MariaDB.
    MariaDb,
    /// TiDB, which has no read-only sessions.
    TiDb,
    /// OceanBase, in its MySQL mode.
    OceanBase,
}

impl Flavour {
    /// Reads it from the text of `VERSION()`.
    #[must_use]
    pub fn of(version: &str) -> Self {
        let version = version.to_ascii_lowercase();
        if version.contains("mariadb") {
            Self::MariaDb
        } else if version.contains("tidb") {
            Self::TiDb
        } else if version.contains("oceanbase") {
            Self::OceanBase
        } else {
            Self::MySql
        }
    }
}

/// Set first: under READ COMMITTED, which servers may default to, a transaction has no snapshot and nothing says so.
const REPEATABLE_READ: &str = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";
const READ_ONLY: &str = "SET SESSION TRANSACTION READ ONLY";
const READ_WRITE: &str = "SET SESSION TRANSACTION READ WRITE";
/// MySQL 8's default but for zero dates, which a reader must be able to compare with in order to leave them out.
const READER: &str = "SET autocommit = 1, time_zone = '+00:00', sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,\
                      ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";
/// MySQL 8's default, which other servers do not have: out of range is an error and not the nearest value.
const WRITER: &str = "SET autocommit = 1, time_zone = '+00:00', sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,\
                      NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";
/// What an administrator may have set for people who type statements: that an answer ends after some rows, a read of
/// many is refused, a write must name a key, and a COMMIT begins another transaction or ends the connection.
const FOR_PROGRAMS: &str = "SET SESSION sql_select_limit = 18446744073709551615, sql_big_selects = 1, \
                            sql_safe_updates = 0, completion_type = 0";
/// In MyISAM a day that is half written stays so.
const TRANSACTIONAL: &str = "SET SESSION default_storage_engine = InnoDB";
/// A migration may take long, and ends by itself.
const MARIADB_UNBOUNDED: &str = "SET SESSION max_statement_time = 0";
/// A run that waits longer than this for a row has met another writer, which the lease should have kept out.
const LOCK_WAIT: &str = "SET SESSION innodb_lock_wait_timeout = 10";
/// The same in microseconds: OceanBase takes the other, and keeps to this one.
const OCEANBASE_LOCK_WAIT: &str = "SET SESSION ob_trx_lock_timeout = 10000000";
/// A minute in place of a day or a year: a table that somebody has locked and forgotten must not hang every night.
const TABLE_LOCK_WAIT: &str = "SET SESSION lock_wait_timeout = 60";
/// Ten minutes in place of one: a server gives up on a client that takes in no rows for so long, and a slice of a
/// streamed read is not taken in before the last one has been dealt with.
const NETWORK: &str = "SET SESSION net_write_timeout = 600, net_read_timeout = 600";
/// Ten minutes in place of eight hours: a run that was suspended in the midst of a transaction keeps the lease's row, and
/// so every other run, until the server ends its session. No connection of a run is quiet for as long, but where it reads
/// for longer before it has anything to publish: then it makes another.
const IDLE: &str = "SET SESSION wait_timeout = 600";
/// A minute where the server can tell a session that is quiet within a transaction from one that is between two.
const MARIADB_IDLE: &str = "SET SESSION idle_transaction_timeout = 60";
/// Half of what the server may send, in place of one kilobyte or megabyte: rows of the source come joined in one text. A
/// longer one would break the connection, where one that is cut off is noticed.
const LONG_TEXT: &str = "SET SESSION group_concat_max_len = @@max_allowed_packet DIV 2";
/// The same for OceanBase, which sends sixteen megabytes unless told otherwise.
const OCEANBASE_LONG_TEXT: &str = "SET SESSION group_concat_max_len = 4194304";
/// OceanBase ends any statement after ten seconds; in microseconds.
const OCEANBASE_LONG: &str = "SET SESSION ob_query_timeout = 600000000";
/// Ten seconds: no answer of the API is worth more, and a client that has gone does not stop its statement.
const MARIADB_SHORT: &str = "SET SESSION max_statement_time = 10";
/// The same in milliseconds; MySQL and TiDB.
const MYSQL_SHORT: &str = "SET SESSION max_execution_time = 10000";

/// ER_UNKNOWN_SYSTEM_VARIABLE.
const UNKNOWN_VARIABLE: u16 = 1193;

impl Session {
    /// Whether a write is to fail.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        !matches!(self, Self::Publisher)
    }

    /// What the server's `max_allowed_packet` must hold at least, in bytes. The batch names thousands of ids of the
    /// source in a statement, and publishes a thousand rows in one; the API's statements fit anywhere.
    pub(super) fn longest_statement(self) -> u64 {
        match self {
            Self::SourceReader => 1 << 17,
            Self::Publisher => 1 << 20,
            Self::ApiReader => 0,
        }
    }

    /// What must hold, in order.
    fn rules(self, flavour: Flavour) -> Vec<&'static str> {
        let mut rules = vec![REPEATABLE_READ];
        if self.is_read_only() {
            // TiDB refuses the statement unless it is told to accept it and do nothing.
            if flavour != Flavour::TiDb {
                rules.push(READ_ONLY);
            }
            rules.push(READER);
        } else {
            rules.extend([READ_WRITE, WRITER]);
        }
        rules
    }

    /// What is better so, and left alone on a server that does not know the variable.
    fn preferences(self, flavour: Flavour) -> Vec<&'static str> {
        let own: &[&str] = match (self, flavour) {
            (Self::SourceReader, Flavour::OceanBase) => &[NETWORK, OCEANBASE_LONG_TEXT],
            (Self::SourceReader, _) => &[NETWORK, LONG_TEXT, TABLE_LOCK_WAIT],
            (Self::Publisher, Flavour::OceanBase) => &[NETWORK, IDLE, OCEANBASE_LONG, OCEANBASE_LOCK_WAIT],
            (Self::Publisher, Flavour::MariaDb) => {
                &[NETWORK, IDLE, MARIADB_IDLE, TABLE_LOCK_WAIT, LOCK_WAIT, TRANSACTIONAL, MARIADB_UNBOUNDED]
            }
            (Self::Publisher, _) => &[NETWORK, IDLE, TABLE_LOCK_WAIT, LOCK_WAIT, TRANSACTIONAL],
            (Self::ApiReader, Flavour::MariaDb) => &[MARIADB_SHORT],
            (Self::ApiReader, Flavour::MySql | Flavour::TiDb) => &[MYSQL_SHORT],
            // Its own limit of ten seconds is right.
            (Self::ApiReader, Flavour::OceanBase) => &[],
        };
        [&[FOR_PROGRAMS], own].concat()
    }

    /// The bound on the time of one statement, in the words that the server has for it. It is put on reads of the
    /// source alone: what a migration does to a large table may take long.
    fn bound(self, flavour: Flavour, statement_timeout: Duration) -> Option<String> {
        let milliseconds = statement_timeout.as_millis();
        (self == Self::SourceReader).then(|| match flavour {
            Flavour::MariaDb => {
                format!("SET SESSION max_statement_time = {}", statement_timeout.as_secs_f64())
            }
            Flavour::MySql | Flavour::TiDb => format!("SET SESSION max_execution_time = {milliseconds}"),
            Flavour::OceanBase => format!("SET SESSION ob_query_timeout = {milliseconds}000"),
        })
    }

    /// Puts the rules into force, or says which one the server refused.
    pub(super) async fn apply(
        self,
        conn: &mut Conn,
        flavour: Flavour,
        statement_timeout: Duration,
    ) -> Result<(), (Cow<'static, str>, Error)> {
        for rule in self.rules(flavour) {
            conn.query_drop(rule).await.map_err(|error| (rule.into(), error))?;
        }
        let preferences = self.preferences(flavour).into_iter().map(Cow::Borrowed);
        for preference in preferences.chain(self.bound(flavour, statement_timeout).map(Cow::Owned)) {
            match conn.query_drop(preference.as_ref()).await {
                Err(Error::Server(said)) if said.code == UNKNOWN_VARIABLE => {
                    log::debug!("the server does not know {preference:?}: left as it is");
                }
                result => result.map_err(|error| (preference, error))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("9.7.0", Flavour::MySql)]
    #[case("8.0.36-Vitess", Flavour::MySql)]
    #[case("10.11.6-MariaDB-0+deb12u1-log", Flavour::MariaDb)]
    #[case("8.0.11-TiDB-v7.5.0", Flavour::TiDb)]
    #[case("5.7.25-OceanBase-v4.3.5.0", Flavour::OceanBase)]
    #[case("5.7.25-OceanBase seekdb-v1.4.0.0", Flavour::OceanBase)]
    fn a_server_is_known_by_its_version(#[case] version: &str, #[case] flavour: Flavour) {
        assert_eq!(Flavour::of(version), flavour);
    }

    #[rstest]
    #[case(Flavour::MariaDb, "SET SESSION max_statement_time = 1.5")]
    #[case(Flavour::MySql, "SET SESSION max_execution_time = 1500")]
    #[case(Flavour::OceanBase, "SET SESSION ob_query_timeout = 1500000")]
    fn a_read_of_the_source_is_bounded_in_the_servers_own_unit(#[case] flavour: Flavour, #[case] said: &str) {
        let timeout = Duration::from_millis(1_500);
        assert_eq!(Session::SourceReader.bound(flavour, timeout).as_deref(), Some(said));
        assert_eq!(Session::Publisher.bound(flavour, timeout), None);
    }

    #[test]
    fn isolation_comes_first_and_only_the_publisher_may_write() {
        for session in [Session::SourceReader, Session::Publisher, Session::ApiReader] {
            let rules = session.rules(Flavour::MySql);
            assert_eq!(rules[0], REPEATABLE_READ);
            assert_eq!(rules.contains(&READ_ONLY), session != Session::Publisher);
        }
    }
}
