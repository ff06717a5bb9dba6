//! A change of calendar: refused, and healed by a rebuild to what a fresh build gives.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rstest::rstest;
use sandbox::databases::{OrderRow, Source};

use super::book::Book;
use super::dice::Dice;
use super::facts::{Shown, assert_same, published};
use super::hard_rows::{EXTRA_STATUSES, draw};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// Zone, day start, and the zone that the source is taken to be written in.
type Calendar = (&'static str, i8, &'static str);

const LAST: &str = "2024-04-14";

fn rules_of((zone, day_start, written_in): Calendar) -> Rules {
    Rules::new(zone, day_start, written_in)
}

fn set(kitchen: Kitchen, (zone, day_start, written_in): Calendar) -> Kitchen {
    kitchen
        .set("ORDERS__TIMEZONE", written_in)
        .set("ANALYTICS__TIMEZONE", zone)
        .set("ANALYTICS__DAY_START", &format!("{day_start:02}:00"))
}

async fn kitchen(calendar: Calendar) -> Kitchen {
    let source = Source { extra_statuses: EXTRA_STATUSES.map(str::to_owned).into(), ..Source::default() };
    set(Kitchen::with("rebuild", &source).await, calendar)
}

/// Another analytics_db over the orders of `first`.
async fn fresh_over(first: &Kitchen, calendar: Calendar) -> Kitchen {
    let fresh = kitchen(calendar).await;
    let orders = first.restaurant.env_for_batch().into_iter().filter(|(key, _)| key.starts_with("ORDER_"));
    Kitchen { batch: fresh.batch.with(orders), restaurant: fresh.restaurant }
}

fn drawn() -> Book {
    let date = |text: &str| text.parse::<Date>().unwrap();
    // Around a change of the clocks in Paris; the first order is at the very start of a day in UTC.
    let days = (date("2024-03-10"), date(LAST));
    let mut book = draw(41, 600, &Rules::new("UTC", 0, "UTC"), days, &[date("2024-03-31")]);
    let id = book.highest_id() + 1;
    book.orders.push(OrderRow::served(id, "2024-03-09 00:00:00", "7.77"));
    book
}

/// Forecasts of days that have not begun, and where they start from.
async fn coming(kitchen: &Kitchen, today: Date) -> Vec<String> {
    let query = format!(
        "SELECT forecast_type, forecast_date, origin, horizon, model, forecast_value, lower_80, upper_80, lower_95, upper_95
         FROM forecast_history WHERE forecast_date > '{today}' AND origin = (SELECT MAX(date) FROM published_days)
         ORDER BY forecast_type, forecast_date"
    );
    kitchen.published(&query).await
}

async fn calendars(kitchen: &Kitchen) -> Vec<String> {
    kitchen
        .published("SELECT date, timezone, day_start, orders_timezone FROM published_days ORDER BY date")
        .await
}

#[rstest]
#[case::to_the_east(("UTC", 0, "UTC"), ("Asia/Kathmandu", 0, "UTC"))]
#[case::to_the_west(("Asia/Kathmandu", 0, "UTC"), ("America/Santiago", 0, "UTC"))]
#[case::to_a_later_start(("Europe/Paris", 0, "UTC"), ("Europe/Paris", 4, "UTC"))]
#[case::to_an_earlier_start(("Europe/Paris", 4, "UTC"), ("Europe/Paris", 0, "UTC"))]
#[case::across_the_date_line(("Pacific/Kiritimati", 0, "UTC"), ("Pacific/Pago_Pago", 12, "UTC"))]
#[case::the_source_in_another_zone(("Europe/Paris", 4, "UTC"), ("Europe/Paris", 4, "Asia/Tokyo"))]
#[case::and_back(("Pacific/Pago_Pago", 12, "UTC"), ("Pacific/Kiritimati", 0, "UTC"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_is_as_a_fresh_build(
    #[case] old: Calendar,
    #[case] new: Calendar,
    // Half of the moments are just after a day has ended by one calendar and not by the other.
    #[values("2024-04-15T00:30:00Z", "2024-04-15T13:00:00Z")] now: &str,
) {
    let mut book = drawn();
    let kitchen = kitchen(old).await;
    book.store(&kitchen).await;
    kitchen.run_at(now, &[], 0);
    let instant: Timestamp = now.parse().unwrap();
    let old_last = rules_of(old).last_ended(instant);
    assert_same(&book.facts(&rules_of(old), old_last), &published(&kitchen).await, "before");

    let kitchen = set(kitchen, new);
    let refusal = kitchen.run_at(now, &[], 78);
    assert!(refusal.stderr.contains("--rebuild"), "{}", refusal.stderr);
    assert_same(&book.facts(&rules_of(old), old_last), &published(&kitchen).await, "refused");
    kitchen.run_at(now, &["--rebuild"], 0);

    let last = rules_of(new).last_ended(instant);
    assert_same(&book.facts(&rules_of(new), last), &published(&kitchen).await, "rebuilt");
    let fresh = fresh_over(&kitchen, new).await;
    fresh.run_at(now, &[], 0);
    assert_eq!(calendars(&kitchen).await, calendars(&fresh).await);
    let today = last.tomorrow().unwrap();
    assert_eq!(coming(&kitchen, today).await, coming(&fresh, today).await);

    // And the nights after it go on.
    let next = instant.checked_add(24.hours()).unwrap();
    kitchen.run_at(&next.to_string(), &[], 0);
    let expected = book.facts(&rules_of(new), last.tomorrow().unwrap());
    assert_same(&expected, &published(&kitchen).await, "the night after");
}

/// Days whose orders are gone cannot be computed again: they stand as they were, by their own calendar.
#[rstest]
#[case::by_the_same_calendar(("Europe/Paris", 4, "UTC"), ("Europe/Paris", 4, "UTC"))]
#[case::by_a_later_start(("Europe/Paris", 0, "UTC"), ("Europe/Paris", 4, "UTC"))]
#[case::by_an_earlier_start(("Europe/Paris", 4, "UTC"), ("Europe/Paris", 0, "UTC"))]
#[case::by_a_zone_to_the_east(("Europe/Paris", 4, "UTC"), ("Asia/Kathmandu", 0, "UTC"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_alone_what_the_source_no_longer_holds(
    #[case] old: Calendar,
    #[case] new: Calendar,
) {
    let mut dice = Dice::new(51);
    let mut book = drawn();
    let kitchen = kitchen(old).await;
    book.store(&kitchen).await;
    let now: Timestamp = "2024-04-15T12:00:00Z".parse().unwrap();
    kitchen.run_at(&now.to_string(), &[], 0);
    let before = published(&kitchen).await;

    // Whole days by the old calendar.
    let kept_from: Date = "2024-03-25".parse().unwrap();
    let is_gone =
        |order: &&OrderRow| rules_of(old).day_of(&order.created_at).is_none_or(|day| day < kept_from);
    let gone: Vec<i64> = book.orders.iter().filter(is_gone).map(|order| order.id).collect();
    assert!(gone.len() > 100);
    book.delete(&kitchen, &gone).await;
    // Something to rebuild.
    let unserved = book.orders.iter().filter(|order| order.status == "READY").map(|order| order.id);
    let turned: Vec<i64> = unserved.filter(|_| dice.happens(50)).collect();
    book.serve(&kitchen, &turned).await;

    let kitchen = set(kitchen, new);
    kitchen.run_at(&now.to_string(), &["--rebuild"], 0);

    let mut expected: Shown = before.range(..kept_from).map(|(day, rows)| (*day, rows.clone())).collect();
    expected.extend(book.facts(&rules_of(new), rules_of(new).last_ended(now)));
    let found = published(&kitchen).await;
    if old == new {
        assert_same(&expected, &found, "rebuilt");
    } else {
        // The day that the old and the new calendar cut differently may be either's.
        let not_cut = |shown: &Shown| -> Shown {
            let near = kept_from.yesterday().unwrap()..=kept_from;
            shown
                .iter()
                .filter(|(day, _)| !near.contains(day))
                .map(|(day, rows)| (*day, rows.clone()))
                .collect()
        };
        assert_same(&not_cut(&expected), &not_cut(&found), "rebuilt");
    }
    let next = now.checked_add(24.hours()).unwrap();
    kitchen.run_at(&next.to_string(), &[], 0);
}
