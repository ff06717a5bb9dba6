//! The HTTP API: serves the business days and forecasts that analytics-batch has published, and computes none itself.
//!
//! - [`Application`] is the whole program but for its command line, [`Arguments`]: build it from [`Settings`], run it until it is
//!   told to stop.
//! - `routes` has one file a resource; `parameters` reads what a client asks, `problem` is what it gets when that is
//!   not to be had.
//! - `connections` bounds how many clients there are and how long each may take.
//! - `observe` is what every request passes first and last: it gives each its id, logs it and counts it in `metrics`.
//! - `openapi` tells of every route, made from the same constants and types that serve it.
//! - `gate` comes next: `auth` says who may in, `cors` which sites may read, `names` by which names it may be asked.
//! - `database` reads each answer in one snapshot, with the queries of `domain::analytics_db::answers`.
//! - An `answer` is made once and `kept` for as long as nothing that it depends on has changed, `rendered` in each
//!   encoding; `watch` looks once a second whether something has.
//!
//! **Invariant:** this program reads analytics_db and nothing else. It has no credentials for order_db and no code
//! that reads it, it writes nothing, and it never migrates: without tables it stays up, says so, and recovers.

mod answer;
mod application;
mod auth;
mod command_line;
mod connections;
mod cors;
mod csv;
mod dashboard;
mod database;
mod exposure;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod gate;
mod kept;
mod meta;
mod metrics;
mod missing;
mod names;
mod observe;
mod openapi;
mod parameters;
mod probe;
mod problem;
mod rendered;
mod routes;
mod standing;
mod state;
mod turns;
mod watch;
mod weekday;

pub use application::{Application, Settings, StartError};
pub use auth::Unusable;
pub use command_line::Arguments;
pub use exposure::Exposed;
pub use openapi::{Access, document as openapi_document};
pub use probe::{Probe, Unwell};
