//! What the source's own catalogue says of its tables: column types and indexes. Read before each run, so that a
//! source that is not what we take it for is refused with a reason.

use std::collections::BTreeMap;
use std::fmt;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use crate::storage::tables_without_transactions;

/// The source as its catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Whether `orders.created_at` is a TIMESTAMP, which is UTC whatever zone DATETIMEs are written in.
    pub created_at_is_utc: bool,
    /// An index on `orders` that leads with `created_at`, if there is one.
    pub created_at_index: Option<String>,
    /// The index on `order_items` that leads with `order_id`.
    pub order_id_index: String,
    /// Whether a quantity fits 32 bits, so that a double holds any sum of millions of them exactly.
    pub quantities_are_small: bool,
    /// Whether `order_items` lies in the order of its ids.
    pub lines_lie_by_id: bool,
    /// The tables of an engine that keeps no older versions of a row, such as MyISAM: there is no snapshot of them.
    pub without_snapshots: Vec<&'static str>,
    /// Whether a later order has a higher id. Engines of many nodes hand out ids by node.
    pub ids_in_order: bool,
}

/// What keeps us from reading a source.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The catalogue could not be read.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// The tables are not what we know how to read: one sentence a difference.
    #[error("the source's tables are not as expected: {}", sentence(.0))]
    Unexpected(Vec<Difference>),
}

/// One thing about a table that is not as needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    said: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

fn sentence(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    data_type: String,
}

#[derive(QueryableByName)]
struct IndexRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    index_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Text)]
    version: String,
}

const INTEGERS: &[&str] = &["bigint", "int", "mediumint", "smallint", "tinyint"];
const DECIMALS: &[&str] = &["decimal", "bigint", "int", "mediumint", "smallint", "tinyint"];
const TIMES: &[&str] = &["datetime", "timestamp"];
const TEXTS: &[&str] = &["varchar", "char", "text", "tinytext", "mediumtext", "enum"];

/// The tables that are read.
pub const TABLES: [&str; 2] = ["orders", "order_items"];

/// Table, column, the types that we can read.
const EXPECTED: &[(&str, &str, &[&str])] = &[
    ("orders", "id", INTEGERS),
    ("orders", "created_at", TIMES),
    ("orders", "status", TEXTS),
    ("orders", "total_amount", DECIMALS),
    ("order_items", "id", INTEGERS),
    ("order_items", "order_id", INTEGERS),
    ("order_items", "item_id", INTEGERS),
    ("order_items", "item_name", TEXTS),
    ("order_items", "quantity", INTEGERS),
    ("order_items", "unit_price", DECIMALS),
];

/// The columns of `table` that are read: what a user with privileges on columns alone must have SELECT on.
pub fn columns_of(table: &str) -> impl Iterator<Item = &'static str> {
    EXPECTED.iter().filter(move |(expected, _, _)| *expected == table).map(|(_, column, _)| *column)
}

impl Catalogue {
    /// Reads the catalogue of the connection's database.
    ///
    /// # Errors
    /// If it cannot be read, or if a table, a column, a type or the index on `order_items.order_id` is not as needed.
    pub async fn read(connection: &mut AsyncMysqlConnection) -> Result<Self, CatalogueError> {
        let columns: Columns = sql_query(
            "SELECT CAST(table_name AS CHAR) AS table_name, CAST(column_name AS CHAR) AS column_name, \
             CAST(data_type AS CHAR) AS data_type FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name IN ('orders', 'order_items')",
        )
        .load::<ColumnRow>(connection)
        .await?
        .into_iter()
        // To a server `ID` and `id` are one column.
        .map(|row| ((row.table_name, row.column_name.to_lowercase()), row.data_type.to_lowercase()))
        .collect();
        let indexes = sql_query(format!(
            "SELECT CAST(table_name AS CHAR) AS table_name, CAST(index_name AS CHAR) AS index_name, \
             CAST(column_name AS CHAR) AS column_name FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name IN ('orders', 'order_items') AND seq_in_index = 1 {} \
             ORDER BY index_name",
            only_visible(connection).await?
        ))
        .load::<IndexRow>(connection)
        .await?;
        let version =
            sql_query("SELECT VERSION() AS version").get_result::<VersionRow>(connection).await?.version;

        let index_on = |table: &str, column: &str| {
            indexes
                .iter()
                .find(|row| row.table_name == table && row.column_name.eq_ignore_ascii_case(column))
                .map(|row| row.index_name.clone())
        };
        let without_snapshots = tables_without_transactions(connection, &TABLES).await?;
        let mut differences = differences(&columns);
        let order_id_index = index_on("order_items", "order_id");
        if differences.is_empty() && order_id_index.is_none() {
            let said = "order_items has no index that begins with order_id: add one, or if it is a view, name the \
                        database of its table";
            differences.push(Difference { table: "order_items", said: said.to_owned() });
        }
        match order_id_index {
            Some(order_id_index) if differences.is_empty() => Ok(Self {
                created_at_is_utc: columns
                    .get(&("orders".to_owned(), "created_at".to_owned()))
                    .is_some_and(|data_type| data_type == "timestamp"),
                created_at_index: index_on("orders", "created_at"),
                order_id_index,
                quantities_are_small: columns
                    .get(&("order_items".to_owned(), "quantity".to_owned()))
                    .is_some_and(|data_type| data_type != "bigint"),
                lines_lie_by_id: indexes.iter().any(|row| {
                    (row.table_name.as_str(), row.index_name.as_str()) == ("order_items", "PRIMARY")
                        && row.column_name.eq_ignore_ascii_case("id")
                }),
                without_snapshots: without_snapshots.into_iter().map(|(table, _)| table).collect(),
                ids_in_order: !version.contains("TiDB") && !version.contains("OceanBase"),
            }),
            _ => Err(CatalogueError::Unexpected(differences)),
        }
    }

    /// What to tell an operator of tables without snapshots, if there are any.
    #[must_use]
    pub fn want_of_snapshots(&self) -> Option<String> {
        let tables = self.without_snapshots.join(" and ");
        (!tables.is_empty()).then(|| {
            format!(
                "the storage engine of {tables} has no snapshots: an order that changes in the midst of a slice may be \
                 counted in one figure of its day and not in another, until the next night computes the day again. \
                 InnoDB has them"
            )
        })
    }
}

/// The condition that leaves out indexes which the optimiser is told not to see: a query that names one fails. Each
/// engine has a column of its own for it, or none.
async fn only_visible(connection: &mut AsyncMysqlConnection) -> QueryResult<&'static str> {
    let columns = sql_query(
        "SELECT CAST(table_name AS CHAR) AS table_name, UPPER(CAST(column_name AS CHAR)) AS column_name, \
         CAST(data_type AS CHAR) AS data_type FROM information_schema.columns \
         WHERE LOWER(table_schema) = 'information_schema' AND UPPER(table_name) = 'STATISTICS'",
    )
    .load::<ColumnRow>(connection)
    .await?;
    let has = |name: &str| columns.iter().any(|column| column.column_name == name);
    Ok(if has("IS_VISIBLE") {
        "AND is_visible = 'YES'"
    } else if has("IGNORED") {
        "AND ignored = 'NO'"
    } else {
        ""
    })
}

/// Data types by table and column.
type Columns = BTreeMap<(String, String), String>;

fn differences(columns: &Columns) -> Vec<Difference> {
    let is_there = |table: &str| columns.keys().any(|(found, _)| found == table);
    let missing_tables = TABLES.into_iter().filter(|table| !is_there(table)).map(|table| Difference {
        table,
        said: format!("the table {table} is missing, or the user may not see it"),
    });
    let of_columns =
        EXPECTED.iter().filter(|(table, _, _)| is_there(table)).filter_map(|(table, column, types)| {
            let said = match columns.get(&((*table).to_owned(), (*column).to_owned())) {
                None => format!("{table}.{column} is missing, or the user may not see it"),
                Some(found) if !types.contains(&found.as_str()) => {
                    format!("{table}.{column} is {found}; it must be {}", types.join(" or "))
                }
                Some(_) => return None,
            };
            Some(Difference { table, said })
        });
    missing_tables.chain(of_columns).collect()
}

/// An identifier as SQL quotes it.
pub(super) fn quoted(identifier: &str) -> String {
    format!("`{}`", identifier.replace('`', "``"))
}
