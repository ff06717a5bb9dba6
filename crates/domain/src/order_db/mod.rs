//! The ordering platform's database, which is only ever read.
//!
//! Nothing in this module can write: its rows can be queried and not inserted, its statements are SELECTs and the
//! ones that open and close a snapshot. The cargo feature `order_db` keeps it out of the API altogether.

mod amount;
pub mod catalogue;
mod extent;
mod groups;
mod lines;
mod orders;
mod packed;
pub mod schema;
mod snapshot;
mod sold;
mod time;
mod unreadable;

pub use crate::id_ranges::{IdRanges, parts};
pub use amount::SourceAmount;
use amount::SourceUnits;
pub use lines::highest_line_id;
pub use orders::{Order, created_between, ends_of_ids, first_entered, latest_times, newest, next_by_id};
pub use snapshot::in_snapshot;
pub use sold::{Extractor, Sold};
pub use time::SourceTime;
pub use unreadable::unreadable_row;
