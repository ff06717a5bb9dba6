//! Drives the dashboard in a real browser, against the real program, on what the real batch has published. What the
//! page shows is held against what the API answers a client that is no browser.
//!
//! Every page that is closed must have written nothing to the console and have asked no other host.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper fails by panicking, as its tests do")]

mod access;
mod figures;
mod page;
mod pickers;
mod pictures;
mod restaurant;
mod screenshots;
mod sign_in;
mod trouble;
