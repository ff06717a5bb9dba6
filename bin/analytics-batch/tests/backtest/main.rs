//! `analytics-batch backtest --csv`: the real program over small files, with no settings and no server.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

mod folder;

mod folds;
mod forms;
mod interrupted;
mod output;
mod refusals;
