//! A source as the test knows it: the rows in memory are the rows in order_db.

use jiff::civil::Date;
use sandbox::databases::{Database, LineRow, OrderRow};

use super::facts::{Shown, facts};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// All rows of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) orders: Vec<OrderRow>,
    pub(super) lines: Vec<LineRow>,
    /// Rows that are in order_db already.
    stored: (usize, usize),
}

impl Book {
    /// Inserts the rows that are not in order_db yet.
    pub(super) async fn store(&mut self, kitchen: &Kitchen) {
        let (orders, lines) = self.stored;
        kitchen.restaurant.insert(&self.orders[orders..], &self.lines[lines..]).await.unwrap();
        self.stored = (self.orders.len(), self.lines.len());
    }

    /// Turns orders SERVED, here and there.
    pub(super) async fn serve(&mut self, kitchen: &Kitchen, ids: &[i64]) {
        if ids.is_empty() {
            return;
        }
        for order in self.orders.iter_mut().filter(|order| ids.contains(&order.id)) {
            order.status = "SERVED".to_owned();
        }
        self.change(kitchen, &format!("UPDATE orders SET status = 'SERVED' WHERE id IN ({})", list(ids)))
            .await;
    }

    /// Deletes orders and their lines, here and there.
    pub(super) async fn delete(&mut self, kitchen: &Kitchen, ids: &[i64]) {
        self.orders.retain(|order| !ids.contains(&order.id));
        self.lines.retain(|line| !ids.contains(&line.order_id));
        self.stored = (self.orders.len(), self.lines.len());
        let ids = list(ids);
        self.change(kitchen, &format!("DELETE FROM order_items WHERE order_id IN ({ids})")).await;
        self.change(kitchen, &format!("DELETE FROM orders WHERE id IN ({ids})")).await;
    }

    async fn change(&self, kitchen: &Kitchen, statement: &str) {
        kitchen.restaurant.run(Database::Orders, statement).await.unwrap();
    }

    /// What must stand by these rows.
    pub(super) fn facts(&self, rules: &Rules, last: Date) -> Shown {
        facts(&self.orders, &self.lines, rules, last)
    }

    /// The highest order id, 0 if there is none.
    pub(super) fn highest_id(&self) -> i64 {
        self.orders.iter().map(|order| order.id).max().unwrap_or_default()
    }
}

fn list(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
