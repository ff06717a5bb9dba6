//! Moments and spans in words.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// `2026-11-22 13:10 Europe/Paris`
pub(super) fn at(instant: DateTime<Utc>, zone: Tz) -> String {
    format!("{} {zone}", instant.with_timezone(&zone).format("%Y-%m-%d %H:%M"))
}

/// How far `instant` lies from `now`: `3 h 5 min ago`, `2 days from now`.
pub(super) fn relative(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match now - instant {
        behind if behind.abs() < TimeDelta::minutes(1) => "just now".to_owned(),
        behind if behind > TimeDelta::zero() => format!("{} ago", span(behind)),
        ahead => format!("{} from now", span(-ahead)),
    }
}

/// A span that is not negative, in its two largest units at most.
pub(super) fn span(length: TimeDelta) -> String {
    let minutes = length.num_minutes();
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, _, _) => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "just now")]
    #[case(61, "1 min ago")]
    #[case(11_100, "3 h 5 min ago")]
    #[case(-7_200, "2 h from now")]
    #[case(90_000, "1 day 1 h ago")]
    #[case(864_000, "10 days ago")]
    fn a_moment_is_told_by_its_distance(#[case] seconds: i64, #[case] said: &str) {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(relative(now - TimeDelta::seconds(seconds), now), said);
    }
}
