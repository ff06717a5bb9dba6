//! The decimal rules: money is exact from the database to the JSON string and is rounded once, half away from zero,
//! to two places, on its way out. It is never a float here.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use bigdecimal::{BigDecimal, RoundingMode};
use serde::{Serialize, Serializer};

/// Decimal places of an amount as stored and shown.
pub const PLACES: i64 = 2;

/// An exact amount in the restaurant's currency. Displays and serialises as a plain decimal with two places: `"-0.50"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(BigDecimal);

impl Money {
    /// The amount of `quantity` units at this price.
    #[must_use]
    pub fn times(&self, quantity: i64) -> Self {
        Self(&self.0 * BigDecimal::from(quantity))
    }

    /// The average over `count`, rounded; zero over none.
    #[must_use]
    pub fn average_over(&self, count: u32) -> Self {
        if count == 0 {
            return Self::default();
        }
        Self(&self.0 / BigDecimal::from(count)).rounded()
    }

    /// The amount rounded to [`PLACES`], half away from zero.
    #[must_use]
    pub fn rounded(&self) -> Self {
        Self(self.0.with_scale_round(PLACES, RoundingMode::HalfUp))
    }

    /// The decimal inside, for a database to store: round it first.
    #[must_use]
    pub fn into_decimal(self) -> BigDecimal {
        self.0
    }
}

impl From<BigDecimal> for Money {
    fn from(amount: BigDecimal) -> Self {
        Self(amount)
    }
}

impl From<Money> for BigDecimal {
    fn from(amount: Money) -> Self {
        amount.0
    }
}

impl AddAssign<&Money> for Money {
    fn add_assign(&mut self, other: &Money) {
        self.0 += &other.0;
    }
}

impl<'a> Sum<&'a Money> for Money {
    fn sum<I: Iterator<Item = &'a Money>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |mut total, amount| {
            total += amount;
            total
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rounded().0.to_plain_string())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn money(text: &str) -> Money {
        Money(text.parse().unwrap())
    }

    // Worked by hand.
    #[rstest]
    #[case("0", "0.00")]
    #[case("1.005", "1.01")]
    #[case("-1.005", "-1.01")]
    #[case("2.675", "2.68")]
    #[case("0.004999", "0.00")]
    #[case("1E+3", "1000.00")]
    #[case("1E-10", "0.00")]
    #[case("123456789012345678.994", "123456789012345678.99")]
    fn shows_two_places_rounded_half_away_from_zero(#[case] amount: &str, #[case] shown: &str) {
        assert_eq!(money(amount).to_string(), shown);
        assert_eq!(serde_json::to_value(money(amount)).unwrap(), shown);
    }

    // Worked by hand: 10 / 3 = 3.333…, 1 / 8 = 0.125, -1 / 8 = -0.125.
    #[rstest]
    #[case("10", 3, "3.33")]
    #[case("1", 8, "0.13")]
    #[case("-1", 8, "-0.13")]
    #[case("5", 0, "0.00")]
    fn averages_are_rounded_once(#[case] total: &str, #[case] count: u32, #[case] average: &str) {
        assert_eq!(money(total).average_over(count).to_string(), average);
    }
}
