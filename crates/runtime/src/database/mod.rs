//! Connections to MySQL and to what speaks its protocol, with TLS and the rules of a session already in force.
//!
//! A connection comes from [`connect`], [`connect_with_facts`] or a [`pool`], and from nowhere else; so what a
//! session may do is decided here, once, when it is opened, and never in a query.

mod connect;
mod error;
mod pool;
mod session;
mod tls;

pub use diesel_async::AsyncMysqlConnection;

pub use self::connect::{Facts, connect, connect_with_facts};
pub use self::error::{ConnectError, Target};
pub use self::pool::{BuildError, Manager, Pool, PoolError, PooledConnection, pool};
pub use self::session::{Flavour, Session};
