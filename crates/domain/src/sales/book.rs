//! The fold from orders and lines to facts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;

use super::{DaySales, ItemSales};
use crate::calendar::BusinessHour;
use crate::money::Money;

/// One line of a SERVED order.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id: among an item's lines of a day, the highest gives the item's name.
    pub id: i64,
    /// The item sold.
    pub item_id: i64,
    /// The item's name at the time.
    pub item_name: String,
    /// Units; negative for a refund.
    pub quantity: i64,
    /// Price of one unit.
    pub unit_price: Money,
}

/// The facts gathered so far, by business day.
#[derive(Debug, Default)]
pub struct SalesBook {
    days: BTreeMap<NaiveDate, DaySales>,
}

impl SalesBook {
    /// Counts one SERVED order. An order without a total counts, and adds nothing to revenue.
    pub fn add_order(&mut self, at: BusinessHour, total: Option<&Money>) {
        let day = self.days.entry(at.day).or_default();
        if let Some(hour) = day.hours.get_mut(usize::from(at.hour)) {
            hour.orders += 1;
            if let Some(total) = total {
                hour.revenue += total;
            }
        }
    }

    /// Counts one line of a SERVED order of business day `day`.
    pub fn add_line(&mut self, day: NaiveDate, line: Line) {
        let sales = line.unit_price.times(line.quantity);
        match self.days.entry(day).or_default().items.entry(line.item_id) {
            Entry::Vacant(item) => {
                item.insert(ItemSales {
                    name: line.item_name,
                    name_line_id: line.id,
                    quantity: line.quantity,
                    sales,
                });
            }
            Entry::Occupied(item) => {
                let item = item.into_mut();
                item.quantity += line.quantity;
                item.sales += &sales;
                if line.id > item.name_line_id {
                    item.name = line.item_name;
                    item.name_line_id = line.id;
                }
            }
        }
    }

    /// Takes a day out; a day of which nothing was counted is a day without orders.
    pub fn take(&mut self, day: NaiveDate) -> DaySales {
        self.days.remove(&day).unwrap_or_default()
    }
}
