//! Sets of order ids, as ranges: what a run reads when it goes by id.

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
