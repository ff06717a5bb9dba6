//! Many rows in one value: the source joins them in a text, and sends a row in place of thousands.
//!
//! What a row of a few numbers costs is its way here: reading it is the least of it. A text may be cut off by the
//! server's limits, and a row that holds a NULL is left out of it, so the source counts the rows as well, each ends
//! with a mark, and a text that is not whole is not used.

use std::fmt::Display;
use std::num::NonZeroU64;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

/// Rows in a text, at most: some 100 kB. What a row of its own costs is long saved by then, and `mysql_async` keeps 128
/// buffers for good, each as large as the largest answer that has been in it.
pub(super) const ROWS_A_TEXT: NonZeroU64 = NonZeroU64::new(2_500).expect("some");

/// Texts in a statement: what a statement costs of its own, its two ways to the source and back above all, is shared.
pub(super) const TEXTS_A_STATEMENT: usize = 8;

/// Ends a row. Neither it nor [`BETWEEN`] is in a number or a time, and nothing else may be packed.
const END: char = ';';

/// Stands between two columns.
const BETWEEN: char = ',';

#[derive(QueryableByName)]
struct Packed {
    #[diesel(sql_type = BigInt)]
    row_count: i64,
    #[diesel(sql_type = Nullable<Text>)]
    packed: Option<String>,
}

/// The rows of `columns` that `texts` name, each those of one text, in no order; None if the source could not send them
/// whole, or if `parse` does not understand one of them.
///
/// # Errors
/// If the source cannot be read.
pub(super) async fn packed<R>(
    connection: &mut AsyncMysqlConnection,
    columns: &[&str],
    texts: impl Iterator<Item = impl Display>,
    parse: impl Fn(&mut std::str::Split<'_, char>) -> Option<R>,
) -> QueryResult<Option<Vec<R>>> {
    let columns = columns.join(&format!(", '{BETWEEN}', "));
    // MariaDB alone reads what stands between /*M! and */. It is quicker at one value than at many, and MySQL is not.
    let each = texts.map(|from| {
        format!(
            "SELECT COUNT(*) AS row_count, \
             GROUP_CONCAT(/*M!100000 CONCAT(*/ {columns}, '{END}' /*M!100000 )*/ SEPARATOR '') AS packed FROM {from}"
        )
    });
    let answers: Vec<Packed> =
        sql_query(each.collect::<Vec<_>>().join(" UNION ALL ")).load(connection).await?;
    let row = |row: &str| parse(&mut row.strip_suffix(END)?.split(BETWEEN));
    let mut rows = Vec::new();
    for Packed { row_count, packed } in answers {
        let before = rows.len();
        for text in packed.unwrap_or_default().split_inclusive(END) {
            let Some(row) = row(text) else { return Ok(None) };
            rows.push(row);
        }
        if i64::try_from(rows.len() - before) != Ok(row_count) {
            return Ok(None);
        }
    }
    Ok(Some(rows))
}
