//! Our own database: the published business days, the forecasts as issued, and the ledger of how they came about.
//!
//! One writer at a time, and never half a day: whatever changes published rows goes through [`lease::Lease::publish`],
//! whose first statement proves that the lease is still held and counts the generation up.

pub mod accuracy;
pub mod answers;
pub mod catalogue;
pub mod days;
pub mod forecasts;
pub mod history;
pub mod lease;
pub mod migrations;
pub mod publication;
pub mod runs;
pub mod schema;
pub mod sessions;
pub mod source_days;
pub mod special_days;
pub mod suspicions;

use diesel::expression::SqlLiteral;
use diesel::query_source::Column;
use diesel::sql_types::SingleValue;
use diesel::{Expression, dsl::sql};

/// The value that an upsert would have inserted into `column`. Diesel's `excluded` is not for MySQL; `VALUES()` is
/// what every engine that we run on understands.
fn values_of<C>(_column: C) -> SqlLiteral<C::SqlType>
where
    C: Column + Expression,
    C::SqlType: SingleValue,
{
    sql(&format!("VALUES(`{}`)", C::NAME))
}

/// Rows put into one statement: far below the protocol's 65,535 placeholders for any of our tables.
const ROWS_A_STATEMENT: usize = 1_000;
