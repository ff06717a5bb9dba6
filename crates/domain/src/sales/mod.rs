//! Aggregation: orders and their lines become the daily, hourly and item facts of business days.
//!
//! Pure folding: nothing here knows a database or a clock, and nothing here decides which orders to read. Feeding each
//! SERVED order and each of its lines exactly once, in whatever order, gives the facts.

mod book;
mod facts;

pub use book::SalesBook;
pub use facts::{DaySales, HourSales, ItemSales};
