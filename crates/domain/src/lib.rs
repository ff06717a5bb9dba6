//! What the programs of this workspace mean by the same words.
//!
//! Inside, dependencies point one way: `order_db` and `analytics_db` may use [`sales`], [`forecast`], [`calendar`],
//! [`dayparts`], [`period`], [`id_ranges`] and [`money`]; those seven know no database and no clock, and never will.

pub mod analytics_db;
pub mod calendar;
pub mod dayparts;
pub mod forecast;
pub mod id_ranges;
pub mod money;
#[cfg(feature = "order_db")]
pub mod order_db;
pub mod period;
pub mod sales;
mod storage;
