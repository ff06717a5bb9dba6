//! How a connection fails, in words that lead to the mistake.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use runtime::database::{ConnectError, Flavour, Session, connect, connect_with_facts};
use runtime::settings::DatabaseSettings;
use sandbox::server::{Engine, Server};

use crate::{database, settings};

async fn refused(settings: &DatabaseSettings) -> ConnectError {
    match connect(settings, Session::ApiReader).await {
        Ok(_) => panic!("connected"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_wrong_password_is_denied_and_not_repeated() {
    let server = Server::shared().unwrap();
    database(server, "denied").await;
    let wrong = settings(server, &[("USERNAME", "denied"), ("DATABASE", "denied"), ("PASSWORD", "hunter2")]);
    let error = refused(&wrong).await;
    assert!(matches!(error, ConnectError::AccessDenied { .. }) && !error.is_transient(), "{error:?}");
    let said = error.to_string();
    assert!(said.starts_with("access denied for denied@127.0.0.1:"), "{said}");
    assert!(said.contains("Check ANALYTICS_DATABASE__USERNAME and ANALYTICS_DATABASE__PASSWORD"), "{said}");
    assert!(!said.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn an_unknown_database_is_named() {
    let server = Server::shared().unwrap();
    database(server, "lost").await;
    let mut admin = server.admin(None).await.unwrap();
    admin.query_drop("GRANT SELECT ON `no_such_db`.* TO lost@'%'").await.unwrap();
    let error = refused(&settings(server, &[("USERNAME", "lost"), ("DATABASE", "no_such_db")])).await;
    assert!(matches!(error, ConnectError::UnknownDatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("no database \"no_such_db\" on 127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_database_that_was_not_granted_is_denied() {
    let server = Server::shared().unwrap();
    database(server, "one_user").await;
    let error = refused(&settings(server, &[("USERNAME", "one_user"), ("DATABASE", "mysql")])).await;
    assert!(matches!(error, ConnectError::AccessDenied { .. }), "{error:?}");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let server = Server::shared().unwrap();
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().to_string()
    };
    let error = refused(&settings(server, &[("USERNAME", "u"), ("DATABASE", "d"), ("PORT", &port)])).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }) && error.is_transient(), "{error:?}");
    let said = error.to_string();
    assert!(said.contains(&format!("no database answers at 127.0.0.1:{port}")), "{said}");
    assert!(said.contains("ANALYTICS_DATABASE__HOST and ANALYTICS_DATABASE__PORT"), "{said}");
}

#[tokio::test]
async fn a_host_that_does_not_resolve_is_unreachable() {
    let server = Server::shared().unwrap();
    let nowhere = [("USERNAME", "u"), ("DATABASE", "d"), ("HOST", "db.invalid"), ("CONNECT_TIMEOUT", "20s")];
    let error = refused(&settings(server, &nowhere)).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = Server::shared().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let variables =
        [("USERNAME", "u"), ("DATABASE", "d"), ("PORT", port.as_str()), ("CONNECT_TIMEOUT", "200ms")];
    let started = Instant::now();
    let error = refused(&settings(server, &variables)).await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("no connection within 200ms"), "{error}");
}

#[tokio::test]
async fn what_is_no_database_is_not_connected() {
    let server = Server::shared().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let error = refused(&settings(server, &[("USERNAME", "u"), ("DATABASE", "d"), ("PORT", &port)])).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_tells_about_its_server() {
    let server = Server::shared().unwrap();
    let settings = database(server, "facts").await;
    let (_connection, facts) = connect_with_facts(&settings, Session::SourceReader).await.unwrap();
    let flavour = match server.engine() {
        Engine::MariaDb => Flavour::MariaDb,
        Engine::MySql => Flavour::MySql,
        Engine::OceanBase => Flavour::OceanBase,
    };
    assert_eq!((facts.flavour, facts.read_only), (flavour, true));
    assert!(server.version().starts_with(facts.version.split('-').next().unwrap()), "{facts:?}");
    let (_connection, facts) = connect_with_facts(&settings, Session::Publisher).await.unwrap();
    assert!(!facts.read_only);
}

/// MySQL's own plugin: MariaDB has none. Its full exchange happens once an account and server start; later logins
/// find the password cached, so both are tried.
#[tokio::test]
async fn caching_sha2_password_works_with_and_without_tls() {
    let server = Server::shared().unwrap();
    if server.engine() != Engine::MySql {
        return;
    }
    for (name, mode) in [("sha2_plain", "disabled"), ("sha2_tls", "required")] {
        database(server, name).await;
        let mut admin = server.admin(None).await.unwrap();
        let alter = format!("ALTER USER {name}@'%' IDENTIFIED WITH caching_sha2_password BY 's3cret'");
        admin.query_drop(alter).await.unwrap();
        let settings = settings(server, &[("USERNAME", name), ("DATABASE", name), ("SSL_MODE", mode)]);
        for _ in ["the full exchange", "the short one"] {
            let (_connection, facts) = connect_with_facts(&settings, Session::ApiReader).await.unwrap();
            assert_eq!(facts.cipher.is_some(), mode == "required", "{facts:?}");
        }
    }
}
