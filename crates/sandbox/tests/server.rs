//! Private servers: up, stopped, killed, restarted, and never outliving their owner.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mysql_async::OptsBuilder;
use mysql_async::prelude::Queryable as _;
use sandbox::server::{Engine, Options, Server};

fn engine() -> Engine {
    Engine::from_environment().unwrap()
}

#[tokio::test]
async fn a_killed_server_restarts_with_its_data_on_its_port() {
    let server = Server::start(engine(), Options::default()).unwrap();
    let port = server.port();
    let mut admin = server.admin(None).await.unwrap();
    admin
        .query_drop("CREATE DATABASE kept; CREATE TABLE kept.t (a INT); INSERT INTO kept.t VALUES (7)")
        .await
        .unwrap();

    server.kill().unwrap();
    assert!(admin.query_drop("SELECT 1").await.is_err(), "a killed server answers nobody");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());

    server.restart().unwrap();
    assert_eq!(server.port(), port);
    let mut admin = server.admin(Some("kept")).await.unwrap();
    assert_eq!(admin.query_first::<i32, _>("SELECT a FROM t").await.unwrap(), Some(7));

    server.stop().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[tokio::test]
async fn a_server_takes_the_callers_arguments_and_logs_queries() {
    let options = Options::default().argument("--transaction-isolation=READ-COMMITTED").with_query_log();
    let server = Server::start(engine(), options).unwrap();
    let mut admin = server.admin(None).await.unwrap();
    let variable = match server.engine() {
        Engine::MariaDb => "tx_isolation",
        Engine::MySql | Engine::OceanBase => "transaction_isolation",
    };
    let query = format!("SELECT @@global.{variable}");
    assert_eq!(admin.query_first::<String, _>(&query).await.unwrap().as_deref(), Some("READ-COMMITTED"));
    let mode: String = admin.query_first("SELECT @@global.sql_mode").await.unwrap().unwrap();
    assert!(mode.contains("ONLY_FULL_GROUP_BY"), "MySQL's mode on every engine, not {mode}");
    admin.query_drop("CREATE USER 'caller'@'%' IDENTIFIED BY 'secret'").await.unwrap();
    // Over TCP, as the programs come.
    let options = OptsBuilder::default()
        .ip_or_hostname(server.host())
        .tcp_port(server.port())
        .user(Some("caller"))
        .pass(Some("secret"))
        .prefer_socket(false);
    let mut caller = mysql_async::Conn::new(options).await.unwrap();
    assert_eq!(caller.exec_first::<i32, _, _>("SELECT ? + 1", (41,)).await.unwrap(), Some(42));
    let log = std::fs::read_to_string(server.query_log().unwrap()).unwrap();
    assert!(log.contains("Connect\tcaller@"), "{log}");
    assert!(
        ["Prepare", "Execute"].iter().all(|command| log.contains(&format!("{command}\tSELECT "))),
        "{log}"
    );
}

#[test]
fn dropping_a_server_ends_it_and_removes_its_folder() {
    let server = Server::start(engine(), Options::default()).unwrap();
    let (port, folder) = (server.port(), server.socket().parent().map(Path::to_owned).unwrap());
    assert!(folder.is_dir());
    drop(server);
    assert!(!folder.exists());
    // Nobody holds the port any more.
    TcpListener::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn data_that_is_kept_is_there_for_the_next_server() {
    // OceanBase takes what lies in a folder with .tmp in its name for rubbish.
    let folder = tempfile::Builder::new().prefix("kept-").tempdir().unwrap();
    let data = folder.path().join("data");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for expected in [None, Some("kept".to_owned())] {
        let server = Server::start(engine(), Options::default().kept_in(&data)).unwrap();
        runtime.block_on(async {
            let mut admin = server.admin(None).await.unwrap();
            let found: Option<String> = admin.query_first("SHOW DATABASES LIKE 'kept'").await.unwrap();
            assert_eq!(found, expected);
            admin.query_drop("CREATE DATABASE IF NOT EXISTS kept").await.unwrap();
        });
    }
    assert!(data.is_dir());
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let error =
        Server::start(engine(), Options::default().argument("--no-such-option=1")).unwrap_err().to_string();
    assert!(error.contains("no-such-option"), "{error}");
}

#[test]
fn a_server_ends_when_its_owner_is_killed() {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["server", "--engine", engine().key()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> =
        BufReader::new(owner.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    let socket = PathBuf::from(lines[1].strip_prefix("socket ").unwrap());
    let address = lines[2].strip_prefix("address ").unwrap().to_owned();
    TcpStream::connect(&address).unwrap();

    owner.kill().unwrap();
    owner.wait().unwrap();
    let give_up = Instant::now() + Duration::from_secs(30);
    let folder = socket.parent().unwrap();
    while folder.exists() || TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < give_up, "the server or its folder {} outlived its owner", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
