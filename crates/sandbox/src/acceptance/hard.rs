//! An order_db of hard rows: everything that has been met in a real one and could bend a figure.
//!
//! Totals that add up beyond DECIMAL(10,2), negative ones and none; orders without lines; statuses of somebody else's;
//! zero dates; names of 255 characters, outside the basic plane, or the same but for case; items renamed within a day
//! by lines that were not entered in order; ids out of order across midnight; the hours in which the clocks of Europe,
//! America and Lord Howe Island change; moments a microsecond before a day starts.

use chrono::{Days, NaiveDate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use sandbox::databases::{LineRow, OrderRow};

use super::export::Export;

/// Ranges of days, so that changes of the clocks in autumn and in spring are among them, and a long gap between.
const RANGES: [((i32, u32, u32), u64); 2] = [((2025, 9, 25), 47), ((2026, 3, 5), 37)];

/// Times of day at which a boundary is, somewhere.
const TIMES: [&str; 14] = [
    "00:00:00.000000",
    "00:00:00.000001",
    "01:59:59.999999",
    "02:00:00.000000",
    "02:15:00.000000",
    "02:30:00.000000",
    "02:59:59.999999",
    "03:00:00.000000",
    "03:59:59.999999",
    "04:00:00.000000",
    "11:59:59.999999",
    "12:00:00.000000",
    "22:30:00.500000",
    "23:59:59.999999",
];

const STATUSES: [&str; 10] = [
    "SERVED",
    "SERVED",
    "SERVED",
    "SERVED",
    "SERVED",
    "SERVED",
    "READY",
    "CREATED",
    "CANCELLED",
    "SERVED_OUTSIDE",
];

const TOTALS: [&str; 10] =
    ["0.05", "12.34", "99999999.99", "99999999.99", "0.00", "-3.33", "7", "-99999999.99", "0.01", "NULL"];

const NAMES: [&str; 8] = [
    "Tea",
    "tea",
    "Tea ",
    "Té",
    "Crêpe \u{1f95e}",
    "\u{1d573}\u{1d58a}\u{1d597}\u{1d587}",
    "It's \"hot\" \\ 100%; -- DROP",
    "茶\u{200d}\u{0301}",
];

/// The same rows every time.
pub(crate) fn export() -> Export {
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(45));
    let mut orders = Vec::new();
    for ((year, month, day), days) in RANGES {
        let first = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        for date in (0..days).map(|age| first + Days::new(age)) {
            // Every sixth day or so is closed.
            let count = if chance.below(6) == 0 { 0 } else { chance.below(50) };
            orders.extend((0..count).map(|_| order(&mut chance, date)));
        }
    }
    orders.extend((0..5).map(|_| OrderRow::served(0, "0000-00-00 00:00:00.000000", "1000.00")));
    // Ids run with time, but for orders that were entered late or early: some far away.
    let count = orders.len();
    for at in 0..count {
        let other =
            if chance.below(50) == 0 { chance.below(count) } else { at + chance.below(12.min(count - at)) };
        orders.swap(at, other);
    }
    for (id, order) in (1..).zip(&mut orders) {
        order.id = id;
    }
    let lines = lines(&mut chance, &orders);
    Export { orders, lines }
}

fn order(chance: &mut Chance, date: NaiveDate) -> OrderRow {
    let time = if chance.below(3) == 0 {
        TIMES[chance.below(TIMES.len())].to_owned()
    } else {
        let [hour, minute, second, micros] = [24, 60, 60, 1_000_000].map(|bound| chance.below(bound));
        format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
    };
    let total = TOTALS[chance.below(TOTALS.len())];
    let order = OrderRow::served(0, &format!("{date} {time}"), total);
    let order = OrderRow { total_amount: order.total_amount.filter(|total| total != "NULL"), ..order };
    order.with_status(STATUSES[chance.below(STATUSES.len())])
}

fn lines(chance: &mut Chance, orders: &[OrderRow]) -> Vec<LineRow> {
    let long = "\u{1f35d}".repeat(255);
    let mut lines = Vec::new();
    for order in orders {
        for _ in 0..chance.below(4) {
            let name = if chance.below(20) == 0 { &long } else { NAMES[chance.below(NAMES.len())] };
            let item_id = match chance.below(30) {
                0 => i64::MAX,
                1 => 0,
                2 => -7,
                other => i64::try_from(other).unwrap_or_default(),
            };
            let quantity = [1, 1, 2, 3, 0, -1, 1_000_000][chance.below(7)];
            let price = ["0.01", "3.33", "12.50", "0.00", "99999.99", "-1.00"][chance.below(6)];
            lines.push(LineRow::new(0, order.id, item_id, name, quantity, price));
        }
    }
    // Lines are not entered in the order of their orders.
    for at in 0..lines.len() {
        let reach = 40.min(lines.len() - at);
        lines.swap(at, at + chance.below(reach));
    }
    for (id, line) in (1..).zip(&mut lines) {
        line.id = id;
    }
    lines
}

struct Chance(ChaCha8Rng);

impl Chance {
    /// Uniform enough in 0..`bound`, which must not be 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound
    }
}
