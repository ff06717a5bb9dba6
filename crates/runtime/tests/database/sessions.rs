//! What each session may do, whatever the server's own defaults are.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use mysql_async::prelude::Queryable as _;
use rstest::rstest;
use runtime::database::{Session, connect};
use sandbox::server::{Engine, Options, Server};

use crate::database;

#[derive(diesel::QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(connection: &mut AsyncMysqlConnection) -> i64 {
    let count: Count =
        diesel::sql_query("SELECT COUNT(*) AS count FROM tally").get_result(connection).await.unwrap();
    count.count
}

async fn variable(connection: &mut AsyncMysqlConnection, name: &str) -> QueryResult<String> {
    let value: Value = diesel::sql_query(format!("SELECT CAST(@@SESSION.{name} AS CHAR) AS value"))
        .get_result(connection)
        .await?;
    Ok(value.value)
}

/// A server whose defaults are the opposite of what the programs need.
fn contrary_server() -> Server {
    let options = Options::default()
        .argument("--transaction-isolation=READ-COMMITTED")
        .argument("--sql-mode=ANSI_QUOTES")
        .argument("--autocommit=0")
        .argument("--default-time-zone=+05:45");
    Server::start(Engine::from_environment().unwrap(), options).unwrap()
}

#[rstest]
#[case(Session::SourceReader)]
#[case(Session::Publisher)]
#[case(Session::ApiReader)]
#[tokio::test]
async fn a_servers_defaults_do_not_matter(#[case] session: Session) {
    let server = contrary_server();
    let settings = database(&server, "contrary").await;
    let mut connection = connect(&settings, session).await.unwrap();
    assert_eq!(variable(&mut connection, "time_zone").await.unwrap(), "+00:00");
    let autocommit = variable(&mut connection, "autocommit").await.unwrap();
    assert!(["1", "ON"].contains(&autocommit.as_str()), "{autocommit}");
    let modes = variable(&mut connection, "sql_mode").await.unwrap();
    assert!(modes.contains("ONLY_FULL_GROUP_BY") && modes.contains("STRICT_TRANS_TABLES"), "{modes}");
    assert!(!modes.contains("ANSI_QUOTES"), "{modes}");
    assert_eq!(modes.contains("NO_ZERO_DATE"), session == Session::Publisher, "{modes}");

    // Under READ COMMITTED this would be no snapshot at all, without an error.
    let mut other = connect(&settings, Session::Publisher).await.unwrap();
    connection.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT").await.unwrap();
    other.batch_execute("INSERT INTO tally VALUES (1)").await.unwrap();
    assert_eq!(count(&mut connection).await, 0, "another's commit is not seen within the transaction");
    connection.batch_execute("COMMIT").await.unwrap();
    assert_eq!(count(&mut connection).await, 1);
}

/// As on a server that is set up for people who type statements.
#[rstest]
#[case(Session::SourceReader)]
#[case(Session::Publisher)]
#[case(Session::ApiReader)]
#[tokio::test]
async fn limits_that_are_meant_for_people_do_not_matter(#[case] session: Session) {
    let server = contrary_server();
    let settings = database(&server, "limited").await;
    let mut admin = server.admin(Some("limited")).await.unwrap();
    let limits = "INSERT INTO tally VALUES (1), (2), (3); COMMIT; SET GLOBAL sql_select_limit = 1; \
                  SET GLOBAL sql_safe_updates = 1; SET GLOBAL max_join_size = 1; SET GLOBAL completion_type = 1; \
                  SET GLOBAL default_storage_engine = MyISAM; SET GLOBAL TRANSACTION READ ONLY";
    admin.query_drop(limits).await.unwrap();

    let mut connection = connect(&settings, session).await.unwrap();
    let all = "SELECT CAST(one.n AS CHAR) AS value FROM tally AS one, tally AS other";
    let rows: Vec<Value> = diesel::sql_query(all).load(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 9);
    if session == Session::Publisher {
        let updated =
            diesel::sql_query("UPDATE tally SET n = 4 WHERE n > 1").execute(&mut connection).await.unwrap();
        assert_eq!(updated, 2);
        // A COMMIT that began another transaction would leave the row to be seen by nobody else.
        connection.batch_execute("BEGIN; COMMIT; INSERT INTO tally VALUES (5)").await.unwrap();
        let mut other = connect(&settings, Session::Publisher).await.unwrap();
        assert_eq!(count(&mut other).await, 4);
        connection.batch_execute("CREATE TABLE ledger (n INT)").await.unwrap();
        let engine =
            "SELECT CAST(engine AS CHAR) AS value FROM information_schema.tables WHERE table_name = 'ledger'";
        let engine: Value = diesel::sql_query(engine).get_result(&mut connection).await.unwrap();
        assert_eq!(engine.value, "InnoDB");
    }
}

#[tokio::test]
async fn a_server_that_takes_no_long_statement_is_told_of() {
    let options = Options::default().argument("--max-allowed-packet=64K");
    let server = Server::start(Engine::from_environment().unwrap(), options).unwrap();
    let settings = database(&server, "short").await;
    let refused = connect(&settings, Session::Publisher).await.err().unwrap();
    assert!(!refused.is_transient());
    let said = "takes no statement longer than 65536 bytes: raise its max_allowed_packet";
    assert!(refused.to_string().contains(said), "{refused}");
    connect(&settings, Session::ApiReader).await.unwrap();
}

#[rstest]
#[case(Session::SourceReader)]
#[case(Session::ApiReader)]
#[tokio::test]
async fn a_reader_cannot_write_whatever_it_was_granted(#[case] session: Session) {
    let server = Server::shared().unwrap();
    let name = format!("reader_{}", if session == Session::ApiReader { "api" } else { "source" });
    let settings = database(server, &name).await;
    let mut connection = connect(&settings, session).await.unwrap();
    for write in
        ["INSERT INTO tally VALUES (1)", "DELETE FROM tally", "DROP TABLE tally", "CREATE TABLE t (n INT)"]
    {
        let error = diesel::sql_query(write).execute(&mut connection).await.unwrap_err();
        let Error::DatabaseError(kind, _) = &error else { panic!("{error:?}") };
        assert!(matches!(kind, DatabaseErrorKind::ReadOnlyTransaction), "{write}: {error:?}");
    }
    assert_eq!(count(&mut connection).await, 0);
}

#[tokio::test]
async fn the_publisher_writes_and_is_strict() {
    let server = Server::shared().unwrap();
    let settings = database(server, "publisher").await;
    let mut connection = connect(&settings, Session::Publisher).await.unwrap();
    diesel::sql_query("INSERT INTO tally VALUES (1)").execute(&mut connection).await.unwrap();
    let error = diesel::sql_query("INSERT INTO tally VALUES (3000000000)")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Out of range"), "{error}");
    assert_eq!(variable(&mut connection, "innodb_lock_wait_timeout").await.unwrap(), "10");
    // A suspended run does not keep the lease's row for hours.
    assert_eq!(variable(&mut connection, "wait_timeout").await.unwrap(), "600");
    if server.engine() == Engine::MariaDb {
        assert_eq!(variable(&mut connection, "idle_transaction_timeout").await.unwrap(), "60");
    }
}

#[tokio::test]
async fn an_update_counts_the_rows_it_found() {
    let server = Server::shared().unwrap();
    let settings = database(server, "found_rows").await;
    let mut connection = connect(&settings, Session::Publisher).await.unwrap();
    connection.batch_execute("INSERT INTO tally VALUES (1)").await.unwrap();
    let same =
        diesel::sql_query("UPDATE tally SET n = 1 WHERE n = 1").execute(&mut connection).await.unwrap();
    assert_eq!(same, 1, "a lease is checked by the rows that its statement matched");
}

#[tokio::test]
async fn long_reads_are_given_time_and_requests_are_not() {
    let server = Server::shared().unwrap();
    let settings = database(server, "limits").await;
    let mut source = connect(&settings, Session::SourceReader).await.unwrap();
    assert_eq!(variable(&mut source, "net_write_timeout").await.unwrap(), "600");
    let mut api = connect(&settings, Session::ApiReader).await.unwrap();
    let limit = match server.engine() {
        Engine::MariaDb => ("max_statement_time", "10.000000"),
        Engine::MySql => ("max_execution_time", "10000"),
        // What it has by itself.
        Engine::OceanBase => ("ob_query_timeout", "10000000"),
    };
    assert_eq!(variable(&mut api, limit.0).await.unwrap(), limit.1);
    assert_ne!(variable(&mut source, limit.0).await.unwrap(), limit.1);
}
