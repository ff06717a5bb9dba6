//! Sources full of what goes wrong: drawn, not believable.

use jiff::ToSpan as _;
use jiff::civil::Date;
use sandbox::databases::{LineRow, OrderRow};

use super::book::Book;
use super::dice::Dice;
use super::wall_clock::Rules;

/// Values of `status` that DESIGN does not know. The last begins like the one that counts.
pub(super) const EXTRA_STATUSES: [&str; 3] = ["CANCELLED", "REFUNDED", "SERVED_LATER"];
const OTHER_STATUSES: [&str; 7] =
    ["CREATED", "CONFIRMED", "PREPARING", "READY", "CANCELLED", "REFUNDED", "SERVED_LATER"];

/// Names that a careless comparison takes for one another, and names that a careless column cuts.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "Crème brûlée",
        "crème brûlée",
        "Creme brulee",
        "Crème brûlée ",
        "Cr\u{65}\u{300}me bru\u{302}le\u{301}e",
        "Straße",
        "Strasse",
        "It's a \"test\" \\ 100 % _",
        "两个 字",
        "👨‍🍳 chef's",
        "",
        " ",
        "NULL",
        "tab\tand\nline",
    ]
    .map(str::to_owned)
    .into();
    names.push("🍕".repeat(255));
    names.push("é".repeat(255));
    names
}

/// Dates that are none, or that stand for none. A TIMESTAMP column takes the first only.
pub(super) const ZERO_DATES: [&str; 4] =
    ["0000-00-00 00:00:00", "2024-04-00 12:00:00", "2024-00-00 00:00:00", "9999-12-31 23:59:59.999999"];

/// Items; one id is beyond what a double holds.
const ITEMS: [i64; 8] = [1, 2, 3, 4, 5, 40, 0, 9_007_199_254_740_993];

/// Draws `count` orders of business days `first` to `last` and a few outside; many of them fall near `changes`, the
/// dates of changes of the clocks.
pub(super) fn draw(
    seed: u64,
    count: usize,
    rules: &Rules,
    (first, last): (Date, Date),
    changes: &[Date],
) -> Book {
    let mut dice = Dice::new(seed);
    let mut book = Book::default();
    let mut id = 0;
    for _ in 0..count {
        // Ids have gaps, and say nothing about the time.
        id += if dice.happens(8) { dice.within(2..60) } else { 1 };
        let created_at = moment(&mut dice, rules, (first, last), changes);
        let served = dice.happens(75);
        let mut order = OrderRow::served(id, &created_at, &total(&mut dice));
        if dice.happens(5) {
            order.total_amount = None;
        }
        let status = if served { "SERVED" } else { *dice.one_of(&OTHER_STATUSES) };
        book.orders.push(order.with_status(status));
    }
    add_lines(&mut dice, &mut book);
    book
}

/// Gives each order its lines; many have none. Line ids do not follow order ids, so that the day's highest line, whose
/// name counts, is anywhere.
fn add_lines(dice: &mut Dice, book: &mut Book) {
    let names = names();
    let mut of_orders = Vec::new();
    for order in &book.orders {
        of_orders.extend((0..dice.within(0..5)).map(|_| order.id));
    }
    let mut ids: Vec<i64> = (1..).take(of_orders.len()).map(|at| at * 3).collect();
    dice.shuffle(&mut ids);
    for (id, order_id) in ids.into_iter().zip(of_orders) {
        let quantity = match dice.within(0..20) {
            0..3 => -dice.within(1..4),
            3 => 0,
            4 => 100_000,
            _ => dice.within(1..6),
        };
        let quantity = i32::try_from(quantity).unwrap();
        let name = dice.one_of(&names).clone();
        book.lines.push(LineRow::new(id, order_id, *dice.one_of(&ITEMS), &name, quantity, &total(dice)));
    }
}

/// An amount that DECIMAL(10,2) holds; a sum of a few does not fit it.
fn total(dice: &mut Dice) -> String {
    let cents = match dice.within(0..20) {
        0 => 9_999_999_999,
        1 => -9_999_999_999,
        2 => -dice.within(1..5_000),
        3 => 0,
        4 => dice.within(1..10),
        5 => dice.within(5_000_000_000..9_999_999_999),
        _ => dice.within(100..20_000),
    };
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// A DATETIME as the source would hold it, or could.
fn moment(dice: &mut Dice, rules: &Rules, (first, last): (Date, Date), changes: &[Date]) -> String {
    let width = i64::from((last - first).get_days());
    let day = first.checked_add(dice.within(0..width + 1).days()).unwrap();
    match dice.within(0..100) {
        0 => (*dice.one_of(&ZERO_DATES)).to_owned(),
        // The first and the last microseconds of a business day.
        1..15 => {
            let near = *dice.one_of(&[-1, 0, 1, -1_000_000, 999_999]);
            rules.written_at(rules.start_of(day).checked_add(near.microseconds()).unwrap())
        }
        // A pre-order.
        15..18 => {
            let date = last.checked_add(dice.within(1..90).days()).unwrap();
            written(dice, date, 0..24)
        }
        // Near a change of the clocks, hours that exist and hours that do not.
        18..50 if !changes.is_empty() => {
            let date = dice.one_of(changes).checked_add(dice.within(-1..2).days()).unwrap();
            written(dice, date, 0..6)
        }
        50..60 if !changes.is_empty() => {
            let date = *dice.one_of(changes);
            written(dice, date, 0..24)
        }
        _ => written(dice, day, 0..24),
    }
}

fn written(dice: &mut Dice, date: Date, hours: std::ops::Range<i64>) -> String {
    let (hour, minute, second) = (dice.within(hours), dice.within(0..60), dice.within(0..60));
    let microsecond = *dice.one_of(&[0, 0, 1, 500_000, 999_999]);
    format!("{date} {hour:02}:{minute:02}:{second:02}.{microsecond:06}")
}
