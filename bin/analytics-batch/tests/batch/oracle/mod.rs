//! What is published, against a second computation of it from the raw rows.
//!
//! The oracle ([`wall_clock`], [`facts`]) shares no code with the programs: zones by jiff, money in whole cents, plain
//! loops over all orders. What it computes must stand in analytics_db row by row, whatever the source, its zone and
//! its history have been. The rows are drawn by [`dice`] from fixed seeds: a failure repeats.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

mod book;
mod cut_off;
mod dice;
mod drift;
mod facts;
mod figures;
mod hard_rows;
mod jobs;
mod nights;
mod only_reads;
mod reads;
mod rebuild;
mod reruns;
mod snapshot;
mod verify;
mod wall_clock;
