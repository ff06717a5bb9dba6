//! Connections against real servers: which `SANDBOX_ENGINE` names decides whether MariaDB or MySQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper fails by panicking, as its tests do")]

mod access;
mod pool;
mod sessions;
mod tls;

use mysql_async::prelude::Queryable as _;
use runtime::settings::{AnalyticsDatabase, DatabaseSettings, Environment};
use sandbox::server::Server;

/// A database and a user of its own on `server`, and the settings that lead there.
async fn database(server: &Server, name: &str) -> DatabaseSettings {
    let mut admin = server.admin(None).await.unwrap();
    let script = format!(
        "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; \
         CREATE TABLE {name}.tally (n INT NOT NULL) ENGINE = InnoDB; \
         DROP USER IF EXISTS {name}@'%'; CREATE USER {name}@'%' IDENTIFIED BY 's3cret'; \
         GRANT ALL ON {name}.* TO {name}@'%'"
    );
    admin.query_drop(script).await.unwrap();
    settings(server, &[("USERNAME", name), ("DATABASE", name)])
}

/// Settings for `server`, with these variables on top.
fn settings(server: &Server, variables: &[(&str, &str)]) -> DatabaseSettings {
    let port = server.port().to_string();
    let defaults = [("HOST", server.host()), ("PORT", port.as_str()), ("PASSWORD", "s3cret")];
    let all = defaults.iter().chain(variables);
    let environment: Environment =
        all.map(|(name, value)| (format!("ANALYTICS_DATABASE__{name}"), (*value).to_owned())).collect();
    let AnalyticsDatabase(settings) = environment.read().unwrap().settings;
    settings
}
