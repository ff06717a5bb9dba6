//! Sets of order ids, as ranges: what a run reads when it goes by id.

use std::num::NonZeroU64;
use std::ops::RangeInclusive;

/// A set of ids, kept as ascending ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdRanges(Vec<(i64, i64)>);

impl IdRanges {
    /// The ids from the first to the last, both included; none if they are the wrong way round.
    #[must_use]
    pub fn from_range(ids: RangeInclusive<i64>) -> Self {
        Self::from_ids([ids], 0)
    }

    /// The union of `ranges`. Ranges with at most `gap` ids between them become one: reading a few rows in vain is
    /// cheaper than asking twice.
    #[must_use]
    pub fn from_ids(ranges: impl IntoIterator<Item = RangeInclusive<i64>>, gap: i64) -> Self {
        let mut sorted: Vec<(i64, i64)> =
            ranges.into_iter().filter(|range| !range.is_empty()).map(RangeInclusive::into_inner).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (low, high) in sorted {
            match merged.last_mut() {
                Some((_, last)) if low <= last.saturating_add(gap).saturating_add(1) => {
                    *last = high.max(*last);
                }
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    /// The ids in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ids(self.iter().chain(other.iter()), 0)
    }

    /// Whether there is no id in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = RangeInclusive<i64>> + '_ {
        self.0.iter().map(|(low, high)| *low..=*high)
    }
}

/// The ids of a range in parts of at most `width` of them, ascending; none of a range the wrong way round.
pub fn parts(ids: RangeInclusive<i64>, width: NonZeroU64) -> impl Iterator<Item = RangeInclusive<i64>> {
    let (first, last) = ids.into_inner();
    let next = move |start: &i64| start.checked_add_unsigned(width.get()).filter(|next| *next <= last);
    std::iter::successors((first <= last).then_some(first), next)
        .map(move |start| start..=start.saturating_add_unsigned(width.get() - 1).min(last))
}

impl IntoIterator for IdRanges {
    type Item = RangeInclusive<i64>;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(i64, i64)>, fn((i64, i64)) -> RangeInclusive<i64>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(low, high)| low..=high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn ranges_merge_across_small_gaps_only() {
        let ranges = IdRanges::from_ids([20..=30, 1..=5, 8..=9, 31..=31], 2);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [1..=9, 20..=31]);
    }

    #[test]
    fn parts_begin_where_the_ones_before_end() {
        let parts = |ids, width| parts(ids, NonZeroU64::new(width).unwrap()).collect::<Vec<_>>();
        assert_eq!(parts(1..=10, 4), [1..=4, 5..=8, 9..=10]);
        assert_eq!(parts(1..=8, 4), [1..=4, 5..=8]);
        assert_eq!(parts(5..=5, 4), [5..=5]);
        assert_eq!(parts(i64::MAX - 5..=i64::MAX, 4), [i64::MAX - 5..=i64::MAX - 2, i64::MAX - 1..=i64::MAX]);
        assert_eq!(parts(i64::MIN..=i64::MAX, u64::MAX), [i64::MIN..=i64::MAX - 1, i64::MAX..=i64::MAX]);
        #[expect(clippy::reversed_empty_ranges, reason = "which is none")]
        let none = parts(2..=1, 4);
        assert_eq!(none, []);
    }

    fn some_ranges() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0i64..60, 0i64..12).prop_map(|(low, width)| (low, low + width)), 0..6)
    }

    fn ids(ranges: &[(i64, i64)]) -> BTreeSet<i64> {
        ranges.iter().flat_map(|(low, high)| *low..=*high).collect()
    }

    fn set(ranges: &[(i64, i64)]) -> IdRanges {
        IdRanges::from_ids(ranges.iter().map(|(low, high)| *low..=*high), 0)
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(a in some_ranges(), b in some_ranges()) {
            let expected: BTreeSet<i64> = ids(&a).union(&ids(&b)).copied().collect();
            let union: BTreeSet<i64> = set(&a).union(&set(&b)).iter().flatten().collect();
            prop_assert_eq!(union, expected);
        }
    }
}
