//! One slice of the source: orders and what they sold, read in one snapshot.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use domain::calendar::{BusinessHour, Calendar, SourceClock};
use domain::order_db::catalogue::Catalogue;
use domain::order_db::{IdRanges, ItemGroup, Order, OrderLine, Runs, item_groups, lines_of};
use domain::sales::ItemSales;
use runtime::database::AsyncMysqlConnection;

/// Ids between two SERVED orders across which their lines are still asked for as one range.
const LINE_GAP: i64 = 16;

/// An order with its place in the book.
pub(super) struct Placed {
    pub(super) order: Order,
    pub(super) at: Option<BusinessHour>,
    pub(super) instant: Option<DateTime<Utc>>,
    pub(super) counts: bool,
}

/// What orders of one day sold of an item.
pub(super) struct Sold {
    pub(super) day: NaiveDate,
    pub(super) item_id: i64,
    pub(super) sales: ItemSales,
}

/// The orders of one snapshot, and what those that count sold.
pub(super) struct Slice {
    /// Ascending by id.
    pub(super) orders: Vec<Placed>,
    pub(super) sold: Vec<Sold>,
    /// Lines of the orders that count.
    pub(super) lines_read: i64,
}

impl Slice {
    pub(super) fn new(mut orders: Vec<Order>, calendar: Calendar, clock: SourceClock) -> Self {
        orders.sort_unstable_by_key(|order| order.id);
        let placed = orders.into_iter().map(|order| {
            let instant = order.created_at.0.map(|written| clock.instant_of(written));
            Placed { at: instant.map(|instant| calendar.hour_of(instant)), instant, counts: false, order }
        });
        Self { orders: placed.collect(), sold: Vec::new(), lines_read: 0 }
    }

    /// Lets those SERVED orders count whose day is wanted.
    pub(super) fn keep(&mut self, wanted: impl Fn(NaiveDate) -> bool) {
        for placed in &mut self.orders {
            placed.counts = placed.order.served && placed.at.is_some_and(|at| wanted(at.day));
        }
    }

    /// Reads what the orders that count sold, inside the snapshot of the orders: summed by the source where they lie
    /// together, line by line where they are scattered.
    pub(super) async fn read_sold(
        &mut self,
        connection: &mut AsyncMysqlConnection,
        catalogue: &Catalogue,
    ) -> QueryResult<()> {
        let counted: Vec<(i64, NaiveDate)> = self.counted().collect();
        if let Some(runs) = Runs::of(counted.iter().copied()) {
            for group in item_groups(connection, &runs, catalogue).await? {
                self.take_group(group);
            }
            return Ok(());
        }
        let ids = IdRanges::from_ids(counted.iter().map(|(id, _)| *id..=*id), LINE_GAP);
        for line in lines_of(connection, &ids, &catalogue.order_id_index).await? {
            if let Ok(index) = counted.binary_search_by_key(&line.order_id, |(id, _)| *id) {
                self.take_line(counted[index].1, line);
            }
        }
        Ok(())
    }

    fn counted(&self) -> impl Iterator<Item = (i64, NaiveDate)> + '_ {
        let counted = self.orders.iter().filter(|placed| placed.counts);
        counted.filter_map(|placed| Some((placed.order.id, placed.at?.day)))
    }

    fn take_group(&mut self, group: ItemGroup<NaiveDate>) {
        self.lines_read += group.lines;
        let ItemGroup { of, item_id, quantity, sales, line_id, item_name, .. } = group;
        let sales = ItemSales { name: item_name, name_line_id: line_id, quantity, sales };
        self.sold.push(Sold { day: of, item_id, sales });
    }

    fn take_line(&mut self, day: NaiveDate, line: OrderLine) {
        self.lines_read += 1;
        let OrderLine { id, item_id, item_name, quantity, unit_price, .. } = line;
        let sales = unit_price.0.times(quantity);
        let sales = ItemSales { name: item_name, name_line_id: id, quantity, sales };
        self.sold.push(Sold { day, item_id, sales });
    }
}
