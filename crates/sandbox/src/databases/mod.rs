//! A restaurant's pair of databases on a private server, with the users that the programs connect as.
//!
//! The users and their privileges are those of `deploy/sql/grants.sql`, with only names and passwords substituted: so
//! every test that runs a program also tests that file.

mod rows;
mod source;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use rows::{LineRow, OrderRow};
pub(crate) use rows::{insert_lines, insert_orders};
pub use source::{CreatedAt, Source};

use crate::error::{Doing as _, Error, Result};
use crate::server::{Server, connect_as_root, random_password};

const GRANTS: &str = include_str!("../../../../deploy/sql/grants.sql");

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// The ordering platform's.
    Orders,
    /// Ours.
    Analytics,
}

/// What a pair of databases and its users are called. The words are those of `grants.sql`, with a suffix.
#[derive(Clone, Debug)]
struct Names {
    suffix: String,
    passwords: [String; 3],
}

const USERS: [&str; 3] = ["order_reader", "analytics_batch", "analytics_api"];

impl Names {
    fn new(suffix: String) -> Self {
        Self { suffix, passwords: [random_password(), random_password(), random_password()] }
    }

    fn database(&self, database: Database) -> String {
        let word = match database {
            Database::Orders => "order_db",
            Database::Analytics => "analytics_db",
        };
        format!("{word}{}", self.suffix)
    }

    fn user(&self, word: &str) -> String {
        format!("{word}{}", self.suffix)
    }

    /// `grants.sql` for these names.
    fn grants(&self) -> Result<String> {
        let mut script = GRANTS.to_owned();
        let mut substitute = |from: String, to: String| {
            if !script.contains(&from) {
                return Err(Error::Invalid(format!("deploy/sql/grants.sql does not contain {from}")));
            }
            script = script.replace(&from, &to);
            Ok(())
        };
        for database in [Database::Orders, Database::Analytics] {
            let plain = Self { suffix: String::new(), ..self.clone() };
            substitute(format!("`{}`", plain.database(database)), format!("`{}`", self.database(database)))?;
        }
        for (user, password) in USERS.iter().zip(&self.passwords) {
            substitute(format!("'choose-a-password-for-{user}'"), format!("'{password}'"))?;
            substitute(format!("'{user}'@"), format!("'{}'@", self.user(user)))?;
        }
        Ok(script)
    }
}

/// How long the making of databases and users is tried again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether OceanBase met another change of its catalogue and left this one undone: `Try again`, and for users
/// `Operation CREATE USER failed`. The script may be carried out any number of times.
fn is_for_another_try(error: &mysql_async::Error) -> bool {
    matches!(error, mysql_async::Error::Server(said) if [4023, 1396].contains(&said.code))
}

/// A pair of databases of one restaurant. They live as long as their server.
#[derive(Clone, Debug)]
pub struct Restaurant {
    host: &'static str,
    port: u16,
    administrator: OptsBuilder,
    names: Names,
}

impl Server {
    /// A fresh order_db with the tables that DESIGN shows, a fresh empty analytics_db, and users of their own.
    ///
    /// `hint` (letters, digits, `_`) goes into the databases' names, for whoever reads a log.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn restaurant(&self, hint: &str) -> Result<Restaurant> {
        self.restaurant_with(hint, &Source::default()).await
    }

    /// As [`Server::restaurant`], with source tables of another shape.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn restaurant_with(&self, hint: &str, source: &Source) -> Result<Restaurant> {
        static MADE: AtomicU32 = AtomicU32::new(1);
        // A user's name may have 32 characters, so the hint is for the reader only and the number is what tells apart.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let hint: String = hint.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(9).collect();
        let restaurant = self.open(format!("_{hint}_{number}")).await?;
        restaurant.create_source(source).await?;
        Ok(restaurant)
    }

    /// The databases `order_db` and `analytics_db` by their plain names: made where missing and kept where not, their
    /// users with new passwords either way. Tells whether the source tables were missing.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn plain_restaurant(&self) -> Result<(Restaurant, bool)> {
        let restaurant = self.open(String::new()).await?;
        let tables = restaurant.query(Database::Orders, "SHOW TABLES LIKE 'order_items'").await?;
        let is_new = tables.is_empty();
        if is_new {
            restaurant.run(Database::Orders, "DROP TABLE IF EXISTS orders").await?;
            restaurant.create_source(&Source::default()).await?;
        }
        Ok((restaurant, is_new))
    }

    async fn open(&self, suffix: String) -> Result<Restaurant> {
        let names = Names::new(suffix);
        let restaurant = Restaurant {
            host: self.host(),
            port: self.port(),
            administrator: self.admin_options(None),
            names,
        };
        let mut script = format!(
            "CREATE DATABASE IF NOT EXISTS `{}` CHARACTER SET utf8mb4;\n{}",
            restaurant.database(Database::Orders),
            restaurant.names.grants()?
        );
        for (user, password) in USERS.iter().zip(&restaurant.names.passwords) {
            // A user that was there already has an older password.
            let user = restaurant.names.user(user);
            script.push_str(&format!("ALTER USER '{user}'@'%' IDENTIFIED BY '{password}';\n"));
        }
        let mut admin = connect_as_root(self.admin_options(None)).await?;
        let give_up = Instant::now() + PATIENCE;
        while let Err(error) = admin.query_drop(&script).await {
            if !is_for_another_try(&error) || Instant::now() > give_up {
                return Err(error).doing(|| "cannot create databases and users");
            }
        }
        admin.disconnect().await.doing(|| "cannot disconnect")?;
        Ok(restaurant)
    }
}

impl Restaurant {
    /// The name of a database.
    #[must_use]
    pub fn database(&self, database: Database) -> String {
        self.names.database(database)
    }

    /// The name of a user, by its name in `grants.sql`: `order_reader`, `analytics_batch`, `analytics_api`.
    #[must_use]
    pub fn user(&self, word: &str) -> String {
        self.names.user(word)
    }

    /// The settings with which `analytics-batch` reaches both databases, under their nested names.
    #[must_use]
    pub fn env_for_batch(&self) -> Vec<(String, String)> {
        let mut settings = self.settings("ORDER_DATABASE", Database::Orders, 0);
        settings.extend(self.settings("ANALYTICS_DATABASE", Database::Analytics, 1));
        settings
    }

    /// The settings with which `analytics-api` reaches its database.
    #[must_use]
    pub fn env_for_api(&self) -> Vec<(String, String)> {
        self.settings("ANALYTICS_DATABASE", Database::Analytics, 2)
    }

    fn settings(&self, section: &str, database: Database, user: usize) -> Vec<(String, String)> {
        [
            ("HOST", self.host.to_owned()),
            ("PORT", self.port.to_string()),
            ("USERNAME", self.names.user(USERS[user])),
            ("PASSWORD", self.names.passwords[user].clone()),
            ("DATABASE", self.database(database)),
        ]
        .into_iter()
        .map(|(key, value)| (format!("{section}__{key}"), value))
        .collect()
    }

    /// A connection to a database as root. See [`Server::admin`].
    ///
    /// # Errors
    /// When it cannot connect.
    pub async fn admin(&self, database: Database) -> Result<Conn> {
        connect_as_root(self.administrator.clone().db_name(Some(self.database(database)))).await
    }

    /// Runs a script of SQL statements as root.
    ///
    /// # Errors
    /// At the first statement that fails; those before it have been carried out.
    pub async fn run(&self, database: Database, script: &str) -> Result<()> {
        let mut admin = self.admin(database).await?;
        admin.query_drop(script).await.doing(|| format!("a script on {}", self.database(database)))?;
        admin.disconnect().await.doing(|| "cannot disconnect")
    }

    /// The rows of a query run as root, each value as the text that the server sends, NULL as `None`.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn query(&self, database: Database, query: &str) -> Result<Vec<Vec<Option<String>>>> {
        let mut admin = self.admin(database).await?;
        let rows: Vec<mysql_async::Row> =
            admin.query(query).await.doing(|| format!("a query on {}", self.database(database)))?;
        admin.disconnect().await.doing(|| "cannot disconnect")?;
        Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(text_of).collect()).collect())
    }

    /// What the rows of order_db come to: the same again only if they are the same. (`CHECKSUM TABLE` is not known
    /// everywhere.)
    ///
    /// # Errors
    /// When the query fails.
    pub async fn checksum_of_orders(&self) -> Result<Vec<Vec<Option<String>>>> {
        let of = |table: &str, columns: &str| {
            format!("SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', {columns}))) FROM {table}")
        };
        let orders = of("orders", "id, created_at, status, table_id, COALESCE(total_amount, '-'), user_id");
        let lines = of("order_items", "id, item_id, HEX(item_name), quantity, unit_price, order_id");
        self.query(Database::Orders, &format!("{orders} UNION ALL {lines}")).await
    }
}

/// A value of the text protocol, in which everything but NULL is bytes.
fn text_of(value: mysql_async::Value) -> Option<String> {
    match value {
        mysql_async::Value::NULL => None,
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    }
}
