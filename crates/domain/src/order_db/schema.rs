//! The two tables of the ordering platform, as far as we read them. Another team's: more columns and more status
//! values than these may be there.

#![expect(missing_docs, reason = "the macro makes an item of each column; the tables are documented")]

use diesel::table;

table! {
    /// One row an order.
    orders (id) {
        id -> BigInt,
        created_at -> Datetime,
        // An ENUM there. It is compared with a literal and never read, so that a new value cannot stop us.
        status -> Varchar,
        total_amount -> Nullable<Decimal>,
    }
}
