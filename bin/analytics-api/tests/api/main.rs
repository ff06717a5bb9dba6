//! Drives the real program over HTTP, against a private database server. Expected values are worked by hand.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

mod accuracy;
mod auth;
mod clients;
mod cors;
mod csv;
mod dashboard;
mod dayparts;
mod docs;
mod forecast;
mod health;
mod hourly;
mod http;
mod item;
mod jwt;
mod kept;
mod meta;
mod metrics;
mod metrics_port;
mod openapi;
mod parameters;
mod process;
mod requests;
mod revisions;
mod rollups;
mod runs;
mod snapshot;
mod summary;
mod support;
mod top_items;
