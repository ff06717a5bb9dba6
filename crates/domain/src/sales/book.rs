//! The fold from orders and lines to facts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::{DaySales, ItemSales};
use crate::calendar::BusinessHour;
use crate::money::Money;

/// The facts gathered so far, by business day.
#[derive(Debug, Default)]
pub struct SalesBook {
    days: BTreeMap<NaiveDate, DaySales>,
    /// Each name once, for the many days that an item is sold on.
    names: HashSet<Arc<str>>,
}

impl SalesBook {
    /// Counts one SERVED order. An order without a total counts, and adds nothing to revenue.
    pub fn add_order(&mut self, id: i64, at: BusinessHour, total: Option<&Money>) {
        let day = self.days.entry(at.day).or_default();
        day.highest_order_id = day.highest_order_id.max(Some(id));
        if let Some(hour) = day.hours.get_mut(usize::from(at.hour)) {
            hour.orders += 1;
            if let Some(total) = total {
                hour.revenue += total;
            }
        }
    }

    /// Counts what SERVED orders of business day `day` sold of an item: one line of an order, or several together.
    pub fn add_items(&mut self, day: NaiveDate, item_id: i64, mut sold: ItemSales) {
        match self.names.get(&sold.name) {
            Some(name) => sold.name = Arc::clone(name),
            None => drop(self.names.insert(Arc::clone(&sold.name))),
        }
        self.days.entry(day).or_default().add_items(item_id, sold);
    }

    /// Takes a day out; a day of which nothing was counted is a day without orders.
    pub fn take(&mut self, day: NaiveDate) -> DaySales {
        self.days.remove(&day).unwrap_or_default()
    }
}
