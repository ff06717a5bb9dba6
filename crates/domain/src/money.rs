//! The decimal rules: money is exact from the database to the JSON string and is rounded once, half away from zero,
//! to two places, on its way out. It is never a float here.

use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{AddAssign, Sub};
use std::str::FromStr;

use bigdecimal::{BigDecimal, ParseBigDecimalError, RoundingMode, ToPrimitive as _};
use serde::{Serialize, Serializer};

/// Decimal places of an amount as stored and shown.
pub const PLACES: i64 = 2;

/// Ten-thousandths in one: the unit in which ordinary amounts are counted.
const UNIT: i64 = 10_000;

/// Decimal places of [`UNIT`].
const UNIT_PLACES: i64 = 4;

/// Units in one hundredth, the least amount that is shown.
const UNITS_A_HUNDREDTH: i64 = UNIT / 100;

/// An exact amount in the restaurant's currency. Displays and serialises as a plain decimal with two places: `"-0.50"`.
#[derive(Clone, Debug)]
pub struct Money(Amount);

/// A run adds up millions of amounts, and a decimal of any size costs an allocation for each: an amount of up to four
/// places is an integer instead, for as long as it fits: to 922 million million. A full build holds some for each
/// item and day, so they are kept small.
#[derive(Clone, Debug)]
enum Amount {
    /// Ten-thousandths.
    Units(i64),
    /// Whatever they cannot hold.
    Decimal(Box<BigDecimal>),
}

impl Money {
    /// The amount of `quantity` units at this price.
    #[must_use]
    pub fn times(&self, quantity: i128) -> Self {
        let product = match (&self.0, i64::try_from(quantity)) {
            (Amount::Units(units), Ok(quantity)) => units.checked_mul(quantity).map(Amount::Units),
            _ => None,
        };
        Self(product.unwrap_or_else(|| Amount::decimal(self.decimal() * BigDecimal::from(quantity))))
    }

    /// The average over `count`, rounded; zero over none.
    #[must_use]
    pub fn average_over(&self, count: u32) -> Self {
        if count == 0 {
            return Self::default();
        }
        match &self.0 {
            Amount::Units(units) => Self::of_hundredths(hundredths(*units, count.into())),
            Amount::Decimal(amount) => Self::from(amount.as_ref() / BigDecimal::from(count)).rounded(),
        }
    }

    /// The amount rounded to [`PLACES`], half away from zero.
    #[must_use]
    pub fn rounded(&self) -> Self {
        match &self.0 {
            Amount::Units(units) => Self::of_hundredths(hundredths(*units, 1)),
            Amount::Decimal(amount) => Self::from(amount.with_scale_round(PLACES, RoundingMode::HalfUp)),
        }
    }

    /// The decimal inside, for a database to store: round it first.
    #[must_use]
    pub fn into_decimal(self) -> BigDecimal {
        self.decimal()
    }

    fn of_hundredths(hundredths: i64) -> Self {
        Self(match hundredths.checked_mul(UNITS_A_HUNDREDTH) {
            Some(units) => Amount::Units(units),
            None => Amount::decimal(BigDecimal::new(hundredths.into(), PLACES)),
        })
    }

    fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Amount::Units(units) if units % UNITS_A_HUNDREDTH == 0 => {
                BigDecimal::new((units / UNITS_A_HUNDREDTH).into(), PLACES)
            }
            Amount::Units(units) => BigDecimal::new((*units).into(), UNIT_PLACES),
            Amount::Decimal(amount) => amount.as_ref().clone(),
        }
    }
}

impl Amount {
    fn decimal(amount: BigDecimal) -> Self {
        Self::Decimal(Box::new(amount))
    }
}

/// `units / count` in hundredths, rounded half away from zero.
fn hundredths(units: i64, count: i64) -> i64 {
    let divisor = UNITS_A_HUNDREDTH * count;
    let (whole, rest) = (units / divisor, units % divisor);
    if rest.abs() >= divisor - rest.abs() { whole + units.signum() } else { whole }
}

impl Default for Money {
    fn default() -> Self {
        Self(Amount::Units(0))
    }
}

impl From<BigDecimal> for Money {
    fn from(amount: BigDecimal) -> Self {
        let units = || {
            let (digits, places) = amount.as_bigint_and_scale();
            let missing = UNIT_PLACES.checked_sub(places).filter(|missing| *missing >= 0)?;
            digits.to_i64()?.checked_mul(10_i64.checked_pow(u32::try_from(missing).ok()?)?)
        };
        match units() {
            Some(units) => Self(Amount::Units(units)),
            None => Self(Amount::decimal(amount)),
        }
    }
}

impl From<Money> for BigDecimal {
    fn from(amount: Money) -> Self {
        amount.into_decimal()
    }
}

impl FromStr for Money {
    type Err = ParseBigDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseBigDecimalError> {
        match plain_units(text.as_bytes()) {
            Some(units) => Ok(Self(Amount::Units(units))),
            None => BigDecimal::from_str(text).map(Self::from),
        }
    }
}

/// The units of a number written as databases write them, such as `-12.50`; None of anything less plain.
fn plain_units(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !digits.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let (mut value, mut places) = (0_i64, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                places = places.map(|places: u32| places + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    let missing = u32::try_from(UNIT_PLACES).ok()?.checked_sub(places.unwrap_or(0))?;
    let units = value.checked_mul(10_i64.checked_pow(missing)?)?;
    Some(if negative { -units } else { units })
}

impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Money {}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Money {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Amount::Units(ours), Amount::Units(theirs)) => ours.cmp(theirs),
            _ => self.decimal().cmp(&other.decimal()),
        }
    }
}

impl AddAssign<&Money> for Money {
    fn add_assign(&mut self, other: &Money) {
        let sum = match (&self.0, &other.0) {
            (Amount::Units(ours), Amount::Units(theirs)) => ours.checked_add(*theirs).map(Amount::Units),
            _ => None,
        };
        self.0 = sum.unwrap_or_else(|| Amount::decimal(self.decimal() + other.decimal()));
    }
}

impl Sub for &Money {
    type Output = Money;

    fn sub(self, other: Self) -> Money {
        let mut difference = other.times(-1);
        difference += self;
        difference
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
        f.write_str(&self.rounded().decimal().to_plain_string())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
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

    /// Any decimal: ordinary ones, ones with too many places and ones too large for an integer.
    fn decimals() -> impl Strategy<Value = BigDecimal> {
        let ordinary =
            (any::<i64>(), 0..5_i64).prop_map(|(digits, scale)| BigDecimal::new(digits.into(), scale));
        let any =
            (any::<i128>(), -20..40_i64).prop_map(|(digits, scale)| BigDecimal::new(digits.into(), scale));
        prop_oneof![ordinary, any]
    }

    proptest! {
        // BigDecimal itself is the independent source.
        #[test]
        fn it_counts_as_decimals_do(one in decimals(), other in decimals(), count in 1..5_000_u32, by in any::<i128>()) {
            let (ours, theirs) = (Money::from(one.clone()), Money::from(other.clone()));
            let mut sum = ours.clone();
            sum += &theirs;
            prop_assert_eq!(sum.into_decimal(), &one + &other);
            prop_assert_eq!((&ours - &theirs).into_decimal(), &one - &other);
            prop_assert_eq!(ours.times(by).into_decimal(), &one * BigDecimal::from(by));
            prop_assert_eq!(ours.cmp(&theirs), one.cmp(&other));
            prop_assert_eq!(ours.rounded().into_decimal(), one.with_scale_round(2, RoundingMode::HalfUp));
            // Thrice the quotient's digits, so that what is rounded is not rounded before.
            let exact = one.with_scale_round(120, RoundingMode::HalfUp) / BigDecimal::from(count);
            if one.digits() < 60 {
                prop_assert_eq!(
                    ours.average_over(count).into_decimal(),
                    exact.with_scale_round(2, RoundingMode::HalfUp)
                );
            }
            let written = one.to_plain_string();
            prop_assert_eq!(written.parse::<Money>().unwrap().into_decimal(), one);
        }
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case(".")]
    #[case("1.2.3")]
    #[case("12,50")]
    #[case("abc")]
    fn what_is_no_number_is_refused(#[case] text: &str) {
        assert!(text.parse::<Money>().is_err());
    }
}
