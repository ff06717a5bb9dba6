//! The unit in which forecasts leave this module: whole hundredths, so that sums are exact.
//!
//! Floats stay inside the forecast. A value is rounded here, once, and never turned back for further arithmetic.

use std::fmt;

use serde::Serialize;

/// A number of hundredths: cents of the currency, or hundredths of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Hundredths(i64);

impl Hundredths {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The most that a column DECIMAL(18,2) holds.
    pub const MAX: Self = Self(999_999_999_999_999_999);

    /// `value` rounded half away from zero. What is negative or not a number is zero, since no forecast is; what is
    /// beyond [`Self::MAX`] is that.
    #[must_use]
    pub fn nearest(value: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float outside i64 saturates, and is clamped next"
        )]
        let hundredths = (value * 100.0).round() as i64;
        Self(hundredths.clamp(0, Self::MAX.0))
    }

    /// How many hundredths: the unscaled value of a decimal with two places.
    #[must_use]
    pub fn count(self) -> i64 {
        self.0
    }

    /// Splits the number in proportion to `weights` into parts that add up to it exactly, by the method of the
    /// largest remainder: each part gets the whole hundredths of its share, and those left over go one each to the
    /// largest fractions, the earlier part first where they are equal. Weights must be finite and not negative; if
    /// all are zero there is nothing to go by, and the first part gets everything.
    #[must_use]
    pub fn split<const N: usize>(self, weights: &[f64; N]) -> [Self; N] {
        let total: f64 = weights.iter().sum();
        let mut parts = [Self::ZERO; N];
        let mut left = self.0;
        let mut fractions = [(0.0, 0_usize); N];
        for (index, weight) in weights.iter().enumerate() {
            let share = if total > 0.0 { self.0 as f64 * (weight / total) } else { 0.0 };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a share is at most the number itself, an i64"
            )]
            let whole = (share.floor() as i64).clamp(0, left);
            parts[index] = Self(whole);
            left -= whole;
            fractions[index] = (share - share.floor(), index);
        }
        fractions.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let owed = fractions.iter().filter(|(_, index)| weights[*index] > 0.0);
        for (_, index) in owed.take(usize::try_from(left).unwrap_or(usize::MAX)) {
            parts[*index].0 += 1;
            left -= 1;
        }
        // Beyond 2^53 shares lose their last digits, and more may be left over than there are parts.
        let largest = (0..N).max_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a)));
        if let Some(largest) = largest {
            parts[largest].0 += left;
        }
        parts
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_half_away_from_zero_and_never_below_it() {
        assert_eq!(Hundredths::nearest(0.125).to_string(), "0.13");
        assert_eq!(Hundredths::nearest(12.0).to_string(), "12.00");
        assert_eq!(Hundredths::nearest(-0.01), Hundredths::ZERO);
        assert_eq!(Hundredths::nearest(f64::NAN), Hundredths::ZERO);
        assert_eq!(Hundredths::nearest(f64::INFINITY), Hundredths::MAX);
    }

    #[test]
    fn gives_what_is_left_to_the_largest_fractions() {
        // Thirds of 1.00: 33.33 hundredths each, one left over, all fractions equal: the first gets it.
        let parts = Hundredths::nearest(1.0).split(&[1.0, 1.0, 1.0]);
        assert_eq!(parts.map(Hundredths::count), [34, 33, 33]);
        // 10 hundredths as 1:2:4 are 1.43, 2.86, 5.71: 1 + 2 + 5 and the two left go to .86 and .71.
        let parts = Hundredths(10).split(&[1.0, 2.0, 4.0]);
        assert_eq!(parts.map(Hundredths::count), [1, 3, 6]);
    }

    proptest! {
        #[test]
        fn parts_add_up(total in 0_i64..=Hundredths::MAX.0, weights in proptest::array::uniform24(0.0_f64..1e6)) {
            let parts = Hundredths(total).split(&weights);
            prop_assert_eq!(parts.iter().map(|part| part.0).sum::<i64>(), total);
            prop_assert!(parts.iter().all(|part| part.0 >= 0));
        }
    }
}
