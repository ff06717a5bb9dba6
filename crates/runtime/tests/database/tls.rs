//! TLS in each of MySQL's modes, against servers with certificates of an authority of the test's own.

use std::fs;
use std::path::{Path, PathBuf};

use mysql_async::prelude::Queryable as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use runtime::database::{ConnectError, Facts, Session, connect_with_facts};
use sandbox::server::{Engine, Options, Server};
use tempfile::TempDir;

use crate::{database, settings};

/// An authority, and what it and others have signed.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server with a certificate for these hosts.
    fn server(&self, hosts: &[&str]) -> Server {
        let key = KeyPair::generate().unwrap();
        let params =
            CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.file("cert.pem"), certificate.pem()).unwrap();
        fs::write(self.file("key.pem"), key.serialize_pem()).unwrap();
        let option = |name: &str, file: &str| format!("--ssl-{name}={}", self.file(file).display());
        let options = Options::default()
            .argument(option("ca", "ca.pem"))
            .argument(option("cert", "cert.pem"))
            .argument(option("key", "key.pem"));
        Server::start(Engine::from_environment().unwrap(), options).unwrap()
    }
}

async fn facts(server: &Server, mode: &str, ca: Option<&Path>) -> Result<Facts, ConnectError> {
    at(server, server.host(), mode, ca).await
}

async fn at(server: &Server, host: &str, mode: &str, ca: Option<&Path>) -> Result<Facts, ConnectError> {
    let ca = ca.map_or("", |path| path.to_str().unwrap());
    let variables =
        [("USERNAME", "tls"), ("DATABASE", "tls"), ("HOST", host), ("SSL_MODE", mode), ("SSL_CA", ca)];
    connect_with_facts(&settings(server, &variables), Session::ApiReader).await.map(|(_, facts)| facts)
}

fn tls_error(result: Result<Facts, ConnectError>) -> String {
    match result {
        Err(error @ ConnectError::Tls { .. }) => {
            assert!(!error.is_transient());
            error.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_is_vouched_for_by_name() {
    let authority = Authority::new("our authority");
    let server = authority.server(&["127.0.0.1", "localhost"]);
    database(&server, "tls").await;
    let ca = authority.file("ca.pem");
    assert_eq!(facts(&server, "disabled", None).await.unwrap().cipher, None);
    for (mode, ca) in
        [("preferred", None), ("required", None), ("verify_ca", Some(&*ca)), ("verify_identity", Some(&*ca))]
    {
        let cipher = facts(&server, mode, ca).await.unwrap().cipher;
        assert!(cipher.is_some(), "{mode}");
    }
    assert!(at(&server, "localhost", "verify_identity", Some(&ca)).await.unwrap().cipher.is_some());
}

#[tokio::test]
async fn a_server_that_is_vouched_for_by_another_name() {
    for hosts in [&["db.example.com"][..], &["*.example.com"], &["10.9.8.7"]] {
        let authority = Authority::new("our authority");
        let server = authority.server(hosts);
        database(&server, "tls").await;
        let ca = authority.file("ca.pem");
        assert!(facts(&server, "verify_ca", Some(&ca)).await.unwrap().cipher.is_some(), "{hosts:?}");
        let said = tls_error(facts(&server, "verify_identity", Some(&ca)).await);
        assert!(said.contains("not valid for name \"127.0.0.1\""), "{said}");
        assert!(said.contains("Check ANALYTICS_DATABASE__SSL_MODE"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_we_know_vouches_for() {
    let server = Authority::new("our authority").server(&["127.0.0.1"]);
    database(&server, "tls").await;
    let other = Authority::new("another authority");
    for mode in ["verify_ca", "verify_identity"] {
        let said = tls_error(facts(&server, mode, Some(&other.file("ca.pem"))).await);
        assert!(said.contains("UnknownIssuer"), "{said}");
    }
    let said = tls_error(facts(&server, "verify_identity", None).await);
    assert!(said.contains("UnknownIssuer"), "the public authorities do not: {said}");
    assert!(facts(&server, "required", None).await.unwrap().cipher.is_some());
}

#[tokio::test]
async fn a_certificate_that_names_no_host_is_of_no_use_for_verifying() {
    let authority = Authority::new("our authority");
    let server = authority.server(&[]);
    database(&server, "tls").await;
    let ca = authority.file("ca.pem");
    assert!(facts(&server, "required", None).await.unwrap().cipher.is_some());
    for mode in ["verify_ca", "verify_identity"] {
        let said = tls_error(facts(&server, mode, Some(&ca)).await);
        assert!(said.contains("names no host"), "{said}");
    }
}

#[tokio::test]
async fn a_server_without_tls() {
    let option = match Engine::from_environment().unwrap() {
        Engine::MariaDb => "--skip-ssl",
        // MySQL 8.4 took --skip-ssl away; without a version of TLS there is none.
        Engine::MySql => "--tls-version=",
        Engine::OceanBase => "--ssl=OFF",
    };
    let server =
        Server::start(Engine::from_environment().unwrap(), Options::default().argument(option)).unwrap();
    database(&server, "tls").await;
    let authority = Authority::new("our authority");
    let ca = authority.file("ca.pem");
    assert_eq!(facts(&server, "disabled", None).await.unwrap().cipher, None);
    assert_eq!(facts(&server, "preferred", None).await.unwrap().cipher, None);
    for (mode, ca) in [("required", None), ("verify_ca", Some(&*ca)), ("verify_identity", Some(&*ca))] {
        let said = tls_error(facts(&server, mode, ca).await);
        assert!(said.contains("the server offers none"), "{said}");
    }
}

#[tokio::test]
async fn an_account_or_a_server_that_insists_on_tls() {
    let authority = Authority::new("our authority");
    let server = authority.server(&["127.0.0.1"]);
    database(&server, "tls").await;
    let mut admin = server.admin(None).await.unwrap();
    admin.query_drop("SET GLOBAL require_secure_transport = 1").await.unwrap();
    // MySQL has a number of its own for this; MariaDB denies access, and says no more.
    let error = facts(&server, "disabled", None).await.unwrap_err();
    let (ConnectError::Tls { .. } | ConnectError::AccessDenied { .. }) = &error else { panic!("{error:?}") };
    assert!(error.to_string().contains("SSL_MODE"), "{error}");
    assert!(facts(&server, "preferred", None).await.unwrap().cipher.is_some());

    admin
        .query_drop("SET GLOBAL require_secure_transport = 0; ALTER USER tls@'%' REQUIRE SSL")
        .await
        .unwrap();
    let denied = facts(&server, "disabled", None).await.unwrap_err();
    assert!(matches!(denied, ConnectError::AccessDenied { .. }), "{denied:?}");
    assert!(denied.to_string().contains("may demand TLS: see ANALYTICS_DATABASE__SSL_MODE"), "{denied}");
    assert!(facts(&server, "preferred", None).await.unwrap().cipher.is_some());
}
