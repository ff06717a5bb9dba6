//! Published days held against what the source holds of them. Nothing here touches a database.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use domain::analytics_db::days::Fingerprint;
use domain::analytics_db::source_days::SourceMap;
use serde::Serialize;

/// How a day and the source disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The orders are other ones than were counted.
    Changed,
    /// The source holds fewer orders than stand, of a day that a nightly run leaves alone then.
    Shrunk,
    /// The day stands with sales, and the source holds none of them.
    Emptied,
    /// The source holds orders of a day that has ended and is not published.
    Unpublished,
}

/// Why a published day cannot be held against the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// The source's first order lies later.
    Purged,
    /// It is the first day that a purged source holds orders of, and it holds fewer than were counted.
    PurgedInPart,
    /// It was computed by another calendar, and stands for want of its orders.
    AnotherCalendar,
}

/// A day on which the source and we disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drift {
    pub(super) date: NaiveDate,
    pub(super) kind: Kind,
    /// As it stands; none if it is not published.
    pub(super) published: Option<Fingerprint>,
    /// What the source holds of it.
    pub(super) source: Fingerprint,
    /// Whether the next nightly run computes it again by itself.
    pub(super) next_night: bool,
}

/// What the source holds, by business day.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The days that it holds SERVED orders of.
    pub(super) days: BTreeMap<NaiveDate, Fingerprint>,
    /// Where its orders of any status lie.
    pub(super) map: SourceMap,
    /// The first day with a SERVED order, not counting those before the configured first day.
    pub(super) first_day: Option<NaiveDate>,
}

/// What is published.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Every published day.
    pub(super) days: BTreeMap<NaiveDate, Fingerprint>,
    /// Those of them that another calendar computed.
    pub(super) of_other_calendars: Vec<NaiveDate>,
    /// The first day that the next nightly run computes again whatever it finds.
    pub(super) window_start: NaiveDate,
}

/// What comparing came to.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// How many published days agree.
    pub(super) agreeing: usize,
    /// The days that do not, ascending.
    pub(super) drift: Vec<Drift>,
    /// The published days of which nobody can tell.
    pub(super) not_verifiable: Vec<(NaiveDate, Reason)>,
}

impl Comparison {
    /// Compares the days of `scope`.
    pub(super) fn of(standing: &Standing, held: &Held, scope: &RangeInclusive<NaiveDate>) -> Self {
        let mut comparison = Self::default();
        let in_scope = |(day, _): &(&NaiveDate, &Fingerprint)| scope.contains(day);
        for (day, published) in standing.days.iter().filter(in_scope) {
            let source = held.days.get(day).cloned().unwrap_or_default();
            if let Some(reason) = reason_against(standing, held, *day, published, &source) {
                comparison.not_verifiable.push((*day, reason));
            } else if agree(published, &source) {
                comparison.agreeing += 1;
            } else {
                let next_night = *day >= standing.window_start;
                let kind = match (source.orders, next_night) {
                    (0, _) => Kind::Emptied,
                    (orders, false) if orders < published.orders => Kind::Shrunk,
                    _ => Kind::Changed,
                };
                let next_night = next_night && kind != Kind::Emptied;
                let published = Some(published.clone());
                comparison.drift.push(Drift { date: *day, kind, published, source, next_night });
            }
        }
        let unpublished =
            held.days.iter().filter(in_scope).filter(|(day, _)| !standing.days.contains_key(day));
        comparison.drift.extend(unpublished.map(|(day, source)| Drift {
            date: *day,
            kind: Kind::Unpublished,
            published: None,
            source: source.clone(),
            // It fills gaps, wherever they are.
            next_night: true,
        }));
        comparison.drift.sort_unstable_by_key(|drift| drift.date);
        comparison
    }
}

/// Whether they are of the same orders, as far as a fingerprint tells.
fn agree(published: &Fingerprint, source: &Fingerprint) -> bool {
    published.orders == source.orders
        && published.revenue == source.revenue
        && (published.highest_order_id.is_none() || published.highest_order_id == source.highest_order_id)
}

fn reason_against(
    standing: &Standing,
    held: &Held,
    day: NaiveDate,
    published: &Fingerprint,
    source: &Fingerprint,
) -> Option<Reason> {
    // A source without a single SERVED order has not been purged: it is another database, or an empty one.
    let first = held.first_day?;
    let is_purged = |day: NaiveDate| day < first && held.map.ids_of(day).is_empty();
    let with_sales = |(day, published): (&NaiveDate, &Fingerprint)| is_purged(*day) && published.orders > 0;
    if standing.of_other_calendars.contains(&day) {
        Some(Reason::AnotherCalendar)
    } else if is_purged(day) {
        Some(Reason::Purged)
    } else if day == first && source.orders < published.orders && standing.days.range(..first).any(with_sales)
    {
        Some(Reason::PurgedInPart)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn day(nth: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 5, nth).unwrap()
    }

    /// Days with so many orders of 10.00 each; ids go up from the first.
    fn days(orders: &[(u32, i64)]) -> BTreeMap<NaiveDate, Fingerprint> {
        let mut id = 0;
        let mut fingerprint = |orders: i64| {
            id += orders;
            let revenue = format!("{}.00", 10 * orders).parse().unwrap();
            Fingerprint { orders, revenue, highest_order_id: (orders > 0).then_some(id) }
        };
        orders.iter().map(|(nth, orders)| (day(*nth), fingerprint(*orders))).collect()
    }

    fn held(orders: &[(u32, i64)]) -> Held {
        let days = days(orders);
        let map =
            SourceMap::of(days.iter().map(|(day, found)| (*day, found.highest_order_id.unwrap(), true)));
        let first_day = map.first_served_day(None);
        Held { days, map, first_day }
    }

    fn compared(published: &[(u32, i64)], source: &Held) -> Comparison {
        let standing = Standing { days: days(published), window_start: day(8), ..Standing::default() };
        Comparison::of(&standing, source, &(day(1)..=day(31)))
    }

    #[rstest]
    #[case::the_same(&[(1, 2), (3, 4)], &[], &[])]
    #[case::more(&[(1, 2), (3, 5)], &[(3, Kind::Changed)], &[])]
    #[case::fewer_long_ago(&[(1, 2), (3, 3)], &[(3, Kind::Shrunk)], &[])]
    #[case::fewer_on_the_first_day_of_all(&[(1, 1), (3, 5)], &[(1, Kind::Shrunk), (3, Kind::Changed)], &[])]
    #[case::none(&[(1, 2)], &[(3, Kind::Emptied)], &[])]
    #[case::a_day_of_no_sales_had_some(&[(1, 2), (2, 0), (3, 4)], &[], &[])]
    #[case::not_published(&[(1, 2), (3, 4), (5, 1)], &[(5, Kind::Unpublished)], &[])]
    #[case::purged(&[(3, 4)], &[(3, Kind::Changed)], &[(1, Reason::Purged), (2, Reason::Purged)])]
    #[case::purged_in_part(&[(3, 1)], &[], &[(1, Reason::Purged), (2, Reason::Purged), (3, Reason::PurgedInPart)])]
    fn each_disagreement_has_a_name(
        #[case] source: &[(u32, i64)],
        #[case] drift: &[(u32, Kind)],
        #[case] not_verifiable: &[(u32, Reason)],
    ) {
        let source: Vec<_> = source.iter().copied().filter(|(_, orders)| *orders > 0).collect();
        let found = compared(&[(1, 2), (2, 0), (3, 4)], &held(&source));
        let expected: Vec<_> = drift.iter().map(|(nth, kind)| (day(*nth), *kind)).collect();
        assert_eq!(found.drift.iter().map(|drift| (drift.date, drift.kind)).collect::<Vec<_>>(), expected);
        let expected: Vec<_> = not_verifiable.iter().map(|(nth, reason)| (day(*nth), *reason)).collect();
        assert_eq!(found.not_verifiable, expected);
    }

    #[test]
    fn an_empty_source_is_no_purged_one() {
        let found = compared(&[(1, 2), (2, 0), (3, 4)], &Held::default());
        assert_eq!((found.agreeing, found.drift.len(), found.not_verifiable.len()), (1, 2, 0));
        assert!(found.drift.iter().all(|drift| drift.kind == Kind::Emptied), "{found:?}");
    }

    /// A day whose highest id is not known is compared by the rest.
    #[test]
    fn a_highest_id_counts_where_it_is_known() {
        let published = Fingerprint { orders: 1, highest_order_id: None, ..Fingerprint::default() };
        let source = Fingerprint { highest_order_id: Some(7), ..published.clone() };
        assert!(agree(&published, &source));
        assert!(!agree(&Fingerprint { highest_order_id: Some(6), ..published }, &source));
    }
}
