//! A restaurant over many nights: what each nightly run must show, and what a rerun of a few days must leave alone.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rstest::rstest;
use sandbox::databases::{Database, LineRow, OrderRow, Source};

use super::book::Book;
use super::dice::Dice;
use super::facts::{Shown, assert_same, published};
use super::wall_clock::Rules;
use crate::support::Kitchen;

const LOOKBACK: i32 = 7;
const NIGHTS: i32 = 24;
/// Days before the first night.
const HISTORY: i32 = 45;

/// The restaurant, its source, and what must stand in `analytics_db`.
struct Simulation {
    kitchen: Kitchen,
    rules: Rules,
    dice: Dice,
    book: Book,
    /// Orders not served yet, and the night on which they will be.
    late: Vec<(i32, i64)>,
    standing: Shown,
    /// The nightly runs: when each began, and the highest id that it saw.
    runs: Vec<(Timestamp, i64)>,
}

impl Simulation {
    async fn new(index_on_created_at: bool, seed: u64) -> Self {
        let source = Source { index_on_created_at, ..Source::default() };
        let kitchen = Kitchen::with("nights", &source)
            .await
            .set("ANALYTICS__TIMEZONE", "Europe/Paris")
            .set("ANALYTICS__DAY_START", "04:00");
        Self {
            kitchen,
            rules: Rules::new("Europe/Paris", 4, "Europe/Paris"),
            dice: Dice::new(seed),
            book: Book::default(),
            late: Vec::new(),
            standing: Shown::new(),
            runs: Vec::new(),
        }
    }

    /// The orders of a business day, in the order of time but for those around its ends, whose ids are anyhow.
    fn open(&mut self, night: i32, day: Date) {
        let start = self.rules.start_of(day);
        let length = self.rules.start_of(day.tomorrow().unwrap()).duration_since(start).as_secs();
        let count = self.dice.within(6..16);
        let mut seconds: Vec<i64> = (0..count).map(|_| self.dice.within(7_200..length - 7_200)).collect();
        seconds.sort_unstable();
        let mut around_the_end: Vec<i64> = (0..6).map(|_| length + self.dice.within(-600..600)).collect();
        self.dice.shuffle(&mut around_the_end);
        for (at, second) in seconds.into_iter().chain(around_the_end).enumerate() {
            let moment = self.rules.written_at(start.checked_add(second.seconds()).unwrap());
            // The first order of every third day is served late.
            let is_late = (at == 0 && night % 3 == 0) || self.dice.happens(20);
            self.enter(&moment, (is_late).then_some(night));
        }
    }

    /// Enters an order with its lines; one that is not served at once will be some nights after `late_since`.
    fn enter(&mut self, created_at: &str, late_since: Option<i32>) -> i64 {
        let id = self.book.highest_id() + if self.dice.happens(10) { self.dice.within(2..9) } else { 1 };
        let total = format!("{}.{:02}", self.dice.within(1..90), self.dice.within(0..100));
        let order = OrderRow::served(id, created_at, &total);
        if let Some(since) = late_since {
            let nights = i32::try_from(self.dice.within(1..9)).unwrap();
            self.late.push((since + nights, id));
        }
        let status = if late_since.is_some() { "READY" } else { "SERVED" };
        self.book.orders.push(order.with_status(status));
        for _ in 0..self.dice.within(0..4) {
            let line_id = i64::try_from(self.book.lines.len()).unwrap() + 1;
            let item = self.dice.within(1..6);
            let name = format!("Dish {item} of {}", &created_at[..10]);
            let quantity = i32::try_from(self.dice.within(-1..4)).unwrap();
            self.book.lines.push(LineRow::new(line_id, id, item, &name, quantity, "3.35"));
        }
        id
    }

    /// What comes in beside the day's own orders.
    fn surprise(&mut self, night: i32, day: Date) {
        let at = |days: i32, time: &str| format!("{} {time}", day.checked_add(days.days()).unwrap());
        // Entered today, dated a month ago.
        if night % 4 == 1 {
            self.enter(&at(-30 + night % 5, "12:00:00.000001"), None);
            // … and served some nights later.
            self.enter(&at(-25, "12:00:00"), Some(night));
        }
        // … and before all others.
        if night == 11 {
            self.enter(&at(-night - HISTORY - 2, "12:00:00"), None);
        }
        // Pre-orders: for tomorrow, for next week, for months ahead.
        if night % 3 == 0 {
            self.enter(&at(1, "13:00:00"), None);
            self.enter(&at(8, "04:00:00"), Some(night + 8));
            self.enter(&at(120, "20:00:00"), None);
        }
        // An order of a zero date belongs to no day.
        if night % 7 == 0 {
            self.enter("0000-00-00 00:00:00", None);
        }
    }

    async fn serve_the_late(&mut self, night: i32) {
        let due: Vec<i64> = self.late.iter().filter(|(on, _)| *on <= night).map(|(_, id)| *id).collect();
        self.late.retain(|(on, _)| *on > night);
        self.book.serve(&self.kitchen, &due).await;
    }

    /// Runs the night and compares all that is published.
    async fn nightly(&mut self, now: Timestamp) {
        let last = self.rules.last_ended(now);
        let truth = self.book.facts(&self.rules, last);
        let window =
            self.standing.keys().next_back().map(|day| day.checked_sub((LOOKBACK - 1).days()).unwrap());
        // Orders entered since the first run of the window, or unseen so far, however they are dated.
        let window_begins = window.map(|day| self.rules.start_of(day));
        let since = self.runs.iter().find(|(began, _)| window_begins.is_some_and(|start| *began >= start));
        let seen_id = since.or(self.runs.last()).map_or(0, |(_, id)| *id);
        let recent = self.book.orders.iter().filter(|order| order.id > seen_id);
        let days_of_recent: Vec<Date> =
            recent.filter_map(|order| self.rules.day_of(&order.created_at)).collect();

        self.kitchen.run_at(&now.to_string(), &[], 0);

        let found = published(&self.kitchen).await;
        for (day, rows) in &truth {
            let must_show = window.is_none_or(|window| *day >= window)
                || !self.standing.contains_key(day)
                || days_of_recent.contains(day);
            // An older day may be computed again as well, as long as it is from the orders.
            if must_show || found.get(day) == Some(rows) {
                self.standing.insert(*day, rows.clone());
            }
        }
        assert_same(&self.standing, &found, &format!("the night of {last}"));
        self.runs.push((now, self.book.highest_id()));
    }

    /// Reruns days and expects that those and no others change.
    async fn rerun(&mut self, now: Timestamp, from: Date, to: Date) {
        let truth = self.book.facts(&self.rules, self.rules.last_ended(now));
        for (day, rows) in truth.range(from..=to) {
            self.standing.insert(*day, rows.clone());
        }
        let (first, last) = (from.to_string(), to.to_string());
        self.kitchen.run_at(&now.to_string(), &["--from", &first, "--to", &last], 0);
        let when = format!("the rerun of {from} to {to}");
        assert_same(&self.standing, &published(&self.kitchen).await, &when);
    }
}

/// Whether an index leads with `created_at`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Index {
    Never,
    Always,
    /// Made some nights after the first, and dropped again.
    ForAWhile,
}

#[rstest]
#[case::without_an_index(Index::Never, 1)]
#[case::with_an_index(Index::Always, 2)]
#[case::with_an_index_for_a_while(Index::ForAWhile, 4)]
#[tokio::test(flavor = "multi_thread")]
async fn each_night_shows_what_has_changed(#[case] index: Index, #[case] seed: u64) {
    let mut simulation = Simulation::new(index == Index::Always, seed).await;
    // The clocks go back on the fifth night.
    let opening: Date = "2024-10-22".parse().unwrap();
    let day_of = |night: i32| opening.checked_add(night.days()).unwrap();
    for night in -HISTORY..0 {
        simulation.open(night, day_of(night));
    }
    for night in 0..NIGHTS {
        let day = day_of(night);
        let index_changes = match night {
            6 => "CREATE INDEX by_time ON orders (created_at)",
            13 => "DROP INDEX by_time ON orders",
            _ => "DO 0",
        };
        if index == Index::ForAWhile {
            simulation.kitchen.restaurant.run(Database::Orders, index_changes).await.unwrap();
        }
        // Closed for two days: later on the window starts with a day without orders.
        if !(4..6).contains(&night) {
            simulation.open(night, day);
        }
        simulation.surprise(night, day);
        simulation.book.store(&simulation.kitchen).await;
        simulation.serve_the_late(night).await;
        let now = simulation.rules.start_of(day.tomorrow().unwrap()).checked_add(20.minutes()).unwrap();
        match night {
            // Missed nights.
            7..10 | 15..18 => {}
            // Missed, and a part of the gap filled by hand: the next night must fill the rest, and must still see the
            // order that was entered meanwhile and dated long ago.
            18 => simulation.rerun(now, day_of(17), day_of(18)).await,
            _ => simulation.nightly(now).await,
        }
        if night % 5 == 3 && night > 3 {
            // A rerun far back brings up to date what was served too late for any night.
            simulation.rerun(now, day_of(night - 20), day_of(night - 18)).await;
        }
    }
}

/// Before the first SERVED order there may be others. One of them, still in the window, is served and so is the first.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_order_is_served_late(#[values(false, true)] index_on_created_at: bool) {
    let mut simulation = Simulation::new(index_on_created_at, 3).await;
    for (day, served) in [(1, false), (2, false), (4, true), (5, true)] {
        simulation.enter(&format!("2024-06-0{day} 12:00:00"), (!served).then_some(0));
    }
    simulation.book.store(&simulation.kitchen).await;
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    simulation.nightly(instant("2024-06-06T02:30:00Z")).await;
    assert_eq!(simulation.standing.len(), 2);
    simulation.book.serve(&simulation.kitchen, &[2]).await;
    simulation.nightly(instant("2024-06-06T02:40:00Z")).await;
    assert_eq!(simulation.standing.len(), 4);
}

/// A few days by hand before any night, as one does to try the program.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_is_for_a_few_days(#[values(false, true)] index_on_created_at: bool) {
    let mut simulation = Simulation::new(index_on_created_at, 5).await;
    let first: Date = "2024-06-01".parse().unwrap();
    let day_of = |night: i32| first.checked_add(night.days()).unwrap();
    for night in 0..20 {
        simulation.open(night, day_of(night));
    }
    simulation.book.store(&simulation.kitchen).await;
    let now = "2024-06-21T02:30:00Z".parse().unwrap();
    simulation.rerun(now, day_of(4), day_of(6)).await;
    assert_eq!(simulation.standing.len(), 3);
    // Now a day of those and the days around it change.
    simulation.enter("2024-06-06 12:00:00", None);
    simulation.enter("2024-06-02 12:00:00", None);
    simulation.book.store(&simulation.kitchen).await;
    simulation.serve_the_late(30).await;
    simulation.rerun(now, day_of(6), day_of(8)).await;
    simulation.nightly(now).await;
    assert_eq!(simulation.standing.len(), 20);
}

/// A backup is put back: the newest orders are gone, and their ids are given to others.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_has_lost_its_newest_orders_is_read_anew(
    #[values(false, true)] index_on_created_at: bool,
) {
    let mut simulation = Simulation::new(index_on_created_at, 6).await;
    let first: Date = "2024-06-01".parse().unwrap();
    for night in 0..20 {
        simulation.open(night, first.checked_add(night.days()).unwrap());
    }
    simulation.book.store(&simulation.kitchen).await;
    let now = "2024-06-21T02:30:00Z".parse().unwrap();
    simulation.nightly(now).await;
    // Fewer than a day has, so that no day is left without.
    let lost: Vec<i64> = simulation.book.orders.iter().rev().take(5).map(|order| order.id).collect();
    simulation.book.delete(&simulation.kitchen, &lost).await;
    simulation.enter("2024-06-03 12:00:00", None);
    simulation.book.store(&simulation.kitchen).await;
    simulation.runs.clear();
    simulation.nightly(now).await;
}
