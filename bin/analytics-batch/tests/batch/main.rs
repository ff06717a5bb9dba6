//! The real `analytics-batch` against a real server: one module a capability.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper fails by panicking, as its tests do")]

mod book;
mod running;
mod state;
mod support;

mod accuracy;
mod ahead;
mod backtest;
mod check;
mod command_line;
mod decade;
mod dry_run;
mod engines;
mod exit_codes;
mod faults;
mod first_run;
mod forecast_model;
mod hidden_index;
mod interrupted;
mod killed;
mod late_commit;
mod lease;
mod migrations;
mod mistyped;
mod oracle;
mod revisions;
mod rollups;
mod run_ledger;
mod special_days;
mod suspicions;
