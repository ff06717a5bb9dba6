//! Whether a day came to something so far from its forecast that somebody should look.
//!
//! A run that reads a source which has lost half a day, or holds it twice, succeeds. Its figures then lie where the
//! restaurant's own past says that figures hardly ever lie: outside the 95 % interval and not by a little. With ŷ the
//! forecast and [l, u] that interval, y is suspicious
//!
//! - below, if y < l²/ŷ: the share of the forecast that is left is less than the square of what the interval allows;
//! - above, if y > ŷ + 3(u − ŷ): thrice as far as the interval reaches.
//!
//! Below is judged more strictly, since orders get lost more easily than they appear, and by shares, since no
//! difference leads below nothing. Where l is under a tenth of ŷ nothing is too low: such a restaurant closes now and
//! then without having said so. But no orders at all are suspicious as well on a weekday that was open each time for
//! half a year: after some days of an outage the interval says that such days happen, and that habit does not. A day
//! that was forecast as closed is never suspicious. How many false alarms that makes stands in docs/forecasting.md.

use bigdecimal::BigDecimal;

/// How many times as far as the interval reaches a figure must lie above the forecast.
const ABOVE: u8 = 3;

/// The share of the forecast, as one in so many, that the interval's lower end must come to for figures to be too low.
const RELIABLE: u8 = 10;

/// Same weekdays before a day that tell whether it is always open: half a year.
pub const WEEKS: u64 = 26;

/// How many of them must be known.
const KNOWN: usize = 13;

/// Whether a weekday is always open, by the days of its last [`WEEKS`] of which anything is known.
#[must_use]
pub fn is_always_open(days: &[bool]) -> bool {
    days.len() >= KNOWN && days.iter().all(|open| *open)
}

/// A forecast as it was issued, all of it 0 or more.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// ŷ.
    pub value: &'a BigDecimal,
    /// l, the lower end of the 95 % interval.
    pub lower_95: &'a BigDecimal,
    /// u, its upper end.
    pub upper_95: &'a BigDecimal,
}

/// What is odd about a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Nothing at all on a day that was expected to be open.
    Nothing,
    /// Far less than expected.
    FarBelow,
    /// Far more.
    FarAbove,
}

impl Oddity {
    /// Its name in tables and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::FarBelow => "far_below",
            Self::FarAbove => "far_above",
        }
    }
}

impl Expectation<'_> {
    /// What is odd about a day's `actual` figure; none if it may well be so. `always_open` says whether its weekday is
    /// ([`is_always_open`]).
    #[must_use]
    pub fn oddity(&self, actual: &BigDecimal, always_open: bool) -> Option<Oddity> {
        let zero = BigDecimal::default();
        if *self.upper_95 <= zero {
            return None;
        }
        if always_open && *actual == zero {
            return Some(Oddity::Nothing);
        }
        let reliable = self.lower_95 * BigDecimal::from(RELIABLE) >= *self.value;
        if reliable && actual * self.value < self.lower_95 * self.lower_95 {
            return Some(if *actual == zero { Oddity::Nothing } else { Oddity::FarBelow });
        }
        let reach = (self.upper_95 - self.value) * BigDecimal::from(ABOVE);
        (*actual > self.value + reach).then_some(Oddity::FarAbove)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    // Of 100 in 70 to 130: below 49, 70 % of 70 %, and above 190.
    #[case::as_expected("100", ["100", "70", "130"], None)]
    #[case::at_the_least("49", ["100", "70", "130"], None)]
    #[case::below_it("48.99", ["100", "70", "130"], Some(Oddity::FarBelow))]
    #[case::at_the_most("190", ["100", "70", "130"], None)]
    #[case::above_it("190.01", ["100", "70", "130"], Some(Oddity::FarAbove))]
    #[case::nothing("0", ["100", "70", "130"], Some(Oddity::Nothing))]
    #[case::refunds_alone("-20", ["100", "70", "130"], Some(Oddity::FarBelow))]
    #[case::nothing_where_that_is_usual("0", ["5", "0", "12"], None)]
    #[case::nothing_where_that_happens("0", ["100", "9.99", "220"], None)]
    #[case::nothing_where_it_hardly_does("0", ["100", "10", "220"], Some(Oddity::Nothing))]
    #[case::open_where_closed_was_expected("80", ["0", "0", "0"], None)]
    #[case::closed_as_expected("0", ["0", "0", "0"], None)]
    fn a_figure_is_odd_far_outside_its_interval(
        #[case] actual: &str,
        #[case] expected: [&str; 3],
        #[case] oddity: Option<Oddity>,
    ) {
        let [value, lower_95, upper_95] = expected.map(|text| text.parse::<BigDecimal>().unwrap());
        let expectation = Expectation { value: &value, lower_95: &lower_95, upper_95: &upper_95 };
        assert_eq!(expectation.oddity(&actual.parse().unwrap(), false), oddity);
    }

    #[rstest]
    #[case::never_closed(vec![true; 13], true)]
    #[case::closed_once(vec![true, true, false, true, true, true, true, true, true, true, true, true, true], false)]
    #[case::too_few_are_known(vec![true; 12], false)]
    fn on_a_weekday_that_is_always_open_no_orders_are_odd(
        #[case] days: Vec<bool>,
        #[case] always_open: bool,
    ) {
        assert_eq!(is_always_open(&days), always_open);
        let [value, lower_95, upper_95] = ["5", "0", "12"].map(|text| text.parse::<BigDecimal>().unwrap());
        let expectation = Expectation { value: &value, lower_95: &lower_95, upper_95: &upper_95 };
        let nothing = expectation.oddity(&BigDecimal::default(), always_open);
        assert_eq!(nothing, always_open.then_some(Oddity::Nothing));
        assert_eq!(expectation.oddity(&BigDecimal::from(1), always_open), None);
    }
}
