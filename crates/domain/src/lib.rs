//! What the programs of this workspace mean by the same words.
//!
//! Inside, dependencies point one way: `order_db` and `analytics_db` may use [`sales`], [`forecast`], [`calendar`]
//! and [`money`]; those four know no database and no clock, and never will.

pub mod analytics_db;
pub mod calendar;
pub mod forecast;
pub mod money;
#[cfg(feature = "order_db")]
pub mod order_db;
pub mod sales;
