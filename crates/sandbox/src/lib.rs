//! A private database server and a sample restaurant, for `make demo`, `make acceptance` and every test.
//!
//! - [`server`] finds or unpacks a MariaDB or MySQL server program and runs it privately: own data folder, own
//!   socket, loopback only, gone when its owner is gone.
//! - [`databases`] makes a pair of databases on it, with the users of `deploy/sql/grants.sql`.
//! - [`old_service`] is the schema of the Python service that this project takes over from.
//! - [`programs`] runs the real `analytics-batch` and `analytics-api` against them.
//! - [`proxy`] stands between a program and a server, and does to their connections what networks do.
//! - [`sample`] is the sample restaurant.
//! - [`decade`] is an analytics_db of ten years, for a bench.
//! - [`browser`] is a headless Chromium, for tests that look at pages.
//! - [`tools`] are other programs that a bench or a check needs.
//!
//! **Invariant:** nothing here depends on the crates `domain` or `runtime`. The sandbox is the independent side: what
//! it computes checks what they compute. And nothing here installs, replaces or configures anything on the machine:
//! all that it keeps lies under `.sandbox/` of the workspace.

pub mod browser;
pub mod databases;
pub mod decade;
mod environment;
mod error;
mod guard;
pub mod old_service;
pub mod programs;
pub mod proxy;
pub mod sample;
pub mod server;
pub mod tools;

pub use environment::{state_folder, workspace};
pub use error::{Error, Result};
