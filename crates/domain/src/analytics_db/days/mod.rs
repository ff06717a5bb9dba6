//! Published business days: what stands, what should stand, and the least change that leads from one to the other.
//!
//! A day is its daily row, its 24 hourly rows and its item rows. They change together, in the caller's transaction of
//! [`super::lease::Lease::publish`], and rows that are equal are not written again.
//! What a change does to figures that stood is recorded in it, and the sums of item sales by month and year change with
//! the rows that they are made of.

mod change;
mod fingerprint;
mod ledger;
mod out_of_step;
mod revision;
mod rollups;
mod rows;
mod upsert;

pub use change::{DayChanges, apply, withdraw};
pub use fingerprint::{Fingerprint, fingerprints};
pub use ledger::{DayCalendar, PublishedDay, published};
pub use out_of_step::{OutOfStep, out_of_step};
pub use rows::{StandingDays, orders_between, standing, too_large};
