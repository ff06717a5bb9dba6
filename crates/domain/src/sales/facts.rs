//! The facts of one business day.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::money::Money;

/// What one business day sold. The default is a day without orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaySales {
    /// By wall-clock hour, 0 to 23.
    pub hours: [HourSales; 24],
    /// By item id.
    pub items: BTreeMap<i64, ItemSales>,
    /// The highest id of its SERVED orders, none without any.
    pub highest_order_id: Option<i64>,
}

/// The SERVED orders of one wall-clock hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourSales {
    /// How many there were.
    pub orders: u32,
    /// The sum of their totals.
    pub revenue: Money,
}

/// What one item sold on one business day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSales {
    /// Its name on the line with the highest id.
    pub name: Arc<str>,
    /// That line's id.
    pub name_line_id: i64,
    /// Units sold, refunds taken off. Wider than any quantity of a line, so that no sum of them wraps.
    pub quantity: i128,
    /// Quantity times unit price, summed. Item sales are not revenue: discounts and fees are in neither.
    pub sales: Money,
}

impl ItemSales {
    /// Adds what other lines sold of the item: the name on the highest line stands.
    pub(crate) fn add(&mut self, more: Self) {
        self.quantity += more.quantity;
        self.sales += &more.sales;
        if more.name_line_id > self.name_line_id {
            self.name = more.name;
            self.name_line_id = more.name_line_id;
        }
    }
}

impl DaySales {
    /// Adds what an item sold.
    pub(super) fn add_items(&mut self, item_id: i64, more: ItemSales) {
        match self.items.entry(item_id) {
            Entry::Vacant(item) => {
                item.insert(more);
            }
            Entry::Occupied(item) => item.into_mut().add(more),
        }
    }

    /// The number of SERVED orders.
    #[must_use]
    pub fn orders(&self) -> u32 {
        self.hours.iter().map(|hour| hour.orders).sum()
    }

    /// The sum of the orders' totals, exact.
    #[must_use]
    pub fn revenue(&self) -> Money {
        self.hours.iter().map(|hour| &hour.revenue).sum()
    }

    /// Revenue over orders, rounded; zero on a day without orders.
    #[must_use]
    pub fn average_order_value(&self) -> Money {
        self.revenue().average_over(self.orders())
    }
}
