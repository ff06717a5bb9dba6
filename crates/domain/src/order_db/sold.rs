//! What orders sold, by item: one interface, and two extractors behind it that give the same rows.
//!
//! Which orders to ask for, and what each belongs to, is the caller's to say: nothing here knows a calendar.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::Hash;

use diesel::QueryResult;
use diesel_async::AsyncMysqlConnection;

use super::catalogue::Catalogue;
use super::groups::{self, runs_of};
use super::lines;
use crate::sales::ItemSales;

/// How what orders sold is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extractor {
    /// Raw lines, folded here.
    Lines,
    /// Groups made by the source, a row for each item and price of what its orders belong to.
    Groups,
}

/// What orders that belong to one thing, a business day say, sold of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold<T> {
    /// What the orders belong to.
    pub of: T,
    /// The item.
    pub item_id: i64,
    /// What was sold of it.
    pub sales: ItemSales,
    /// On how many lines.
    pub lines: i64,
}

impl Extractor {
    /// The quicker one for these orders, ascending by id: groups, unless that would take a query for each handful
    /// of them.
    #[must_use]
    pub fn suited_to<T: Copy + Ord>(orders: &[(i64, T)]) -> Self {
        if groups::are_scattered(&runs_of(orders), orders.len()) { Self::Lines } else { Self::Groups }
    }

    /// What `orders` sold, each with what it belongs to and ascending by id: a row for each item of each of those,
    /// ascending, and the same rows by either extractor. Orders and lines agree inside a snapshot only.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub async fn sold<T: Copy + Ord + Hash>(
        self,
        connection: &mut AsyncMysqlConnection,
        orders: &[(i64, T)],
        catalogue: &Catalogue,
    ) -> QueryResult<Vec<Sold<T>>> {
        let mut items = Items::default();
        match self {
            Self::Lines => lines::read(connection, orders, catalogue, &mut items).await?,
            Self::Groups => groups::read(connection, orders, catalogue, &mut items).await?,
        }
        Ok(items.into_rows())
    }
}

/// The fold that both extractors end in.
#[derive(Debug)]
pub(super) struct Items<T>(BTreeMap<(T, i64), (ItemSales, i64)>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord> Items<T> {
    /// Adds what `lines` lines say, which no other call says.
    pub(super) fn add(&mut self, of: T, item_id: i64, sales: ItemSales, lines: i64) {
        match self.0.entry((of, item_id)) {
            Entry::Vacant(none) => {
                none.insert((sales, lines));
            }
            Entry::Occupied(some) => {
                let (sold, count) = some.into_mut();
                sold.add(sales);
                *count += lines;
            }
        }
    }

    fn into_rows(self) -> Vec<Sold<T>> {
        let row = |((of, item_id), (sales, lines))| Sold { of, item_id, sales, lines };
        self.0.into_iter().map(row).collect()
    }
}
