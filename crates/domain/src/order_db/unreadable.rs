//! Which row of the source cannot be read, once it is known that one cannot: drivers tell no more than that.

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

/// Table, what makes a row of it unreadable, and how that is said.
const REASONS: [(&str, &str, &str); 8] = [
    ("order_items", "item_id IS NULL", "no item_id"),
    ("order_items", "item_name IS NULL", "no item_name"),
    ("order_items", "quantity IS NULL", "no quantity"),
    ("order_items", "unit_price IS NULL", "no unit_price"),
    ("order_items", "item_id > 9223372036854775807", "an item_id above 9223372036854775807"),
    ("order_items", "order_id > 9223372036854775807", "an order_id above 9223372036854775807"),
    ("order_items", "id > 9223372036854775807", "an id above 9223372036854775807"),
    ("orders", "id > 9223372036854775807", "an id above 9223372036854775807"),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
}

/// The first row that cannot be read, in words; None if none is found. It may look at all lines, for each of the reasons
/// that a column's type allows.
///
/// # Errors
/// If the source cannot be asked.
pub async fn unreadable_row(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<String>> {
    for (table, condition, said) in REASONS {
        let row: Option<Row> =
            sql_query(format!("SELECT CAST(id AS CHAR) AS id FROM {table} WHERE {condition} LIMIT 1"))
                .get_result(connection)
                .await
                .optional()?;
        if let Some(Row { id }) = row {
            return Ok(Some(format!("the row of {table} with the id {id} has {said}")));
        }
    }
    Ok(None)
}
