//! Orders and their lines, as they go into order_db.

use std::fmt::Write as _;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::{Database, Restaurant};
use crate::error::{Doing as _, Result};

/// Rows in one INSERT. A statement of 1,000 rows is far below any server's packet limit and past where more rows help.
const BATCH: usize = 1_000;

/// A row of `orders`. Moments and money are text, so that a test can put in what no type of ours would hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderRow {
    /// Primary key.
    pub id: i64,
    /// `2026-11-21 19:30:00.000000`, or `0000-00-00 00:00:00`.
    pub created_at: String,
    /// One of the ENUM's values.
    pub status: String,
    /// The table it was served at.
    pub table_id: i64,
    /// `12.50`, or NULL.
    pub total_amount: Option<String>,
    /// The guest.
    pub user_id: i64,
}

impl OrderRow {
    /// A SERVED order.
    #[must_use]
    pub fn served(id: i64, created_at: &str, total_amount: &str) -> Self {
        Self {
            id,
            created_at: created_at.to_owned(),
            status: "SERVED".to_owned(),
            table_id: 1,
            total_amount: Some(total_amount.to_owned()),
            user_id: 1,
        }
    }

    /// The same order in another status.
    #[must_use]
    pub fn with_status(self, status: &str) -> Self {
        Self { status: status.to_owned(), ..self }
    }
}

/// A row of `order_items`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineRow {
    /// Primary key.
    pub id: i64,
    /// The menu item.
    pub item_id: i64,
    /// Its name when it was sold.
    pub item_name: String,
    /// How many; negative for a return.
    pub quantity: i32,
    /// `12.50`
    pub unit_price: String,
    /// The order.
    pub order_id: i64,
}

impl LineRow {
    /// A line of an order.
    #[must_use]
    pub fn new(
        id: i64,
        order_id: i64,
        item_id: i64,
        item_name: &str,
        quantity: i32,
        unit_price: &str,
    ) -> Self {
        Self {
            id,
            item_id,
            item_name: item_name.to_owned(),
            quantity,
            unit_price: unit_price.to_owned(),
            order_id,
        }
    }
}

impl Restaurant {
    /// Inserts orders and lines as root, in batches.
    ///
    /// # Errors
    /// When the server refuses a row; batches before it have been inserted.
    pub async fn insert(&self, orders: &[OrderRow], lines: &[LineRow]) -> Result<()> {
        let mut admin = self.admin(Database::Orders).await?;
        insert_orders(&mut admin, orders).await?;
        insert_lines(&mut admin, lines).await?;
        admin.disconnect().await.doing(|| "cannot disconnect")
    }
}

/// Inserts orders over a connection to order_db.
pub(crate) async fn insert_orders(connection: &mut Conn, orders: &[OrderRow]) -> Result<()> {
    for batch in orders.chunks(BATCH) {
        let mut sql =
            "INSERT INTO orders (id, created_at, status, table_id, total_amount, user_id) VALUES ".to_owned();
        for (at, row) in batch.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let total = row.total_amount.as_deref().unwrap_or("NULL");
            // Writing to a string cannot fail.
            let _ = write!(
                sql,
                "{comma}({},{},{},{},{total},{})",
                row.id,
                quoted(&row.created_at),
                quoted(&row.status),
                row.table_id,
                row.user_id
            );
        }
        connection.query_drop(sql).await.doing(|| "inserting orders")?;
    }
    Ok(())
}

/// Inserts lines over a connection to order_db.
pub(crate) async fn insert_lines(connection: &mut Conn, lines: &[LineRow]) -> Result<()> {
    for batch in lines.chunks(BATCH) {
        let mut sql =
            "INSERT INTO order_items (id, item_id, item_name, quantity, unit_price, order_id) VALUES "
                .to_owned();
        for (at, row) in batch.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(
                sql,
                "{comma}({},{},{},{},{},{})",
                row.id,
                row.item_id,
                quoted(&row.item_name),
                row.quantity,
                row.unit_price,
                row.order_id
            );
        }
        connection.query_drop(sql).await.doing(|| "inserting order lines")?;
    }
    Ok(())
}

/// Text as an SQL literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
