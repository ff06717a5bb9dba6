//! Durations as people write them: `500ms`, `30s`, `5m`, `6h`, `2d`.

use std::str::FromStr;
use std::time::Duration;

/// A duration read from text: a whole number and a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(())?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| ())?;
        let milliseconds = match unit.trim_start() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(()),
        };
        number.checked_mul(milliseconds).map(|total| Self(Duration::from_millis(total))).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("500ms", 500)]
    #[case("30s", 30_000)]
    #[case("5 m", 300_000)]
    #[case("6h", 21_600_000)]
    #[case("2d", 172_800_000)]
    fn a_number_and_a_unit(#[case] text: &str, #[case] milliseconds: u64) {
        assert_eq!(text.parse(), Ok(Span(Duration::from_millis(milliseconds))));
    }

    #[rstest]
    #[case("")]
    #[case("30")]
    #[case("s")]
    #[case("-1s")]
    #[case("1.5h")]
    #[case("1h30m")]
    #[case("999999999999999999d")]
    fn nothing_else(#[case] text: &str) {
        assert_eq!(text.parse::<Span>(), Err(()));
    }
}
