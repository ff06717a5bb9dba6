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

    /// The ids in this set and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (low, high) in self.0.iter().copied() {
            // The next id that may still be kept; none once the cuts have passed the range's end.
            let mut next = Some(low);
            for (cut_low, cut_high) in other.0.iter().copied().filter(|(_, cut_high)| *cut_high >= low) {
                let Some(start) = next.filter(|start| *start <= high && cut_low <= high) else { break };
                if cut_low > start {
                    left.push(start..=cut_low - 1);
                }
                next = cut_high.checked_add(1);
            }
            if let Some(start) = next {
                left.push(start..=high);
            }
        }
        Self::from_ids(left, 0)
    }

    /// Whether `id` is in the set.
    #[must_use]
    pub fn contains(&self, id: i64) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&id))
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
            let expected: BTreeSet<i64> = ids(&a).difference(&ids(&b)).copied().collect();
            let difference: BTreeSet<i64> = set(&a).without(&set(&b)).iter().flatten().collect();
            prop_assert_eq!(difference, expected);
            let expected: BTreeSet<i64> = ids(&a).union(&ids(&b)).copied().collect();
            let union: BTreeSet<i64> = set(&a).union(&set(&b)).iter().flatten().collect();
            prop_assert_eq!(union, expected);
        }
    }
}
