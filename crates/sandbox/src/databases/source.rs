//! The tables of order_db, and the shapes in which they are met.

use std::fmt::Write as _;

use super::{Database, Restaurant};
use crate::error::Result;

/// The type of `orders.created_at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreatedAt {
    /// A wall clock without a zone, to the microsecond.
    #[default]
    DateTime,
    /// UTC, whatever the settings say.
    Timestamp,
}

/// The shape of the source tables. The default is that of DESIGN, with no index on `created_at`.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The type of `created_at`.
    pub created_at: CreatedAt,
    /// Whether an index leads with `created_at`.
    pub index_on_created_at: bool,
    /// Whether both tables have columns that DESIGN does not know, first, last and in between.
    pub extra_columns: bool,
    /// Values of `status` that DESIGN does not know.
    pub extra_statuses: Vec<String>,
}

impl Source {
    /// The statements that make the tables.
    fn script(&self) -> String {
        let created_at = match self.created_at {
            CreatedAt::DateTime => "DATETIME(6) NOT NULL",
            CreatedAt::Timestamp => "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
        };
        let mut statuses = "'CREATED','CONFIRMED','PREPARING','READY','SERVED'".to_owned();
        for status in &self.extra_statuses {
            // Writing to a string cannot fail.
            let _ = write!(statuses, ",'{status}'");
        }
        let key = if self.index_on_created_at { ", KEY created_at_status (created_at, status)" } else { "" };
        let (first, middle, last) = if self.extra_columns {
            (
                "branch SMALLINT NOT NULL DEFAULT 1,",
                "note VARCHAR(255) NULL DEFAULT 'no onions',",
                ", created_by JSON NULL, tip DECIMAL(10,2) NOT NULL DEFAULT 0",
            )
        } else {
            ("", "", "")
        };
        format!(
            "CREATE TABLE orders ({first}
                 id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                 created_at {created_at}, {middle}
                 status ENUM({statuses}) NOT NULL,
                 table_id BIGINT NOT NULL,
                 total_amount DECIMAL(10,2) NULL,
                 user_id BIGINT NOT NULL{last}{key}
             ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;
             CREATE TABLE order_items ({first}
                 id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                 item_id BIGINT NOT NULL,
                 item_name VARCHAR(255) NOT NULL, {middle}
                 quantity INT NOT NULL,
                 unit_price DECIMAL(10,2) NOT NULL,
                 order_id BIGINT NOT NULL{last},
                 KEY order_id (order_id),
                 FOREIGN KEY (order_id) REFERENCES orders (id)
             ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;"
        )
    }
}

impl Restaurant {
    /// Makes the source tables in an order_db that has none.
    pub(crate) async fn create_source(&self, source: &Source) -> Result<()> {
        self.run(Database::Orders, &source.script()).await
    }
}
