//! Parts of a day that a restaurant speaks of, such as lunch: some wall-clock hours under a name.
//!
//! Written `breakfast 06:00-11:00, lunch 11:00-15:00`. Sales are known by the hour, so parts begin and end on the hour,
//! and no hour is in two. Hours that are in none are [`OTHER`].

use std::fmt;
use std::str::FromStr;

/// The name of the hours that no part covers.
pub const OTHER: &str = "other";

/// Characters of a name at most.
const LONGEST_NAME: usize = 32;

/// Some hours of the day under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daypart {
    /// What people call it.
    pub name: String,
    /// Its wall-clock hours, 0 to 23, in the order in which they come: those of a part that passes midnight end with 0
    /// or later.
    pub hours: Vec<u8>,
}

/// The parts of a day. No hour is in two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dayparts(Vec<Daypart>);

/// Why a text does not say what the parts of a day are; it completes the sentence "the setting is …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDayparts {
    /// A part is not written as it should be.
    #[error("{0:?} is not of the form \"lunch 11:00-15:00\"")]
    Form(String),
    /// A name is too long, has other characters than letters, digits, - and _, or is kept for the rest of the day.
    #[error(
        "{0:?} is no name for a part of the day: write up to {LONGEST_NAME} letters, digits, - and _, beginning with a \
         letter, and not {OTHER}, which the hours that no part covers are called"
    )]
    Name(String),
    /// A time is not a whole hour.
    #[error("{time:?} in {name} is not a whole hour from 00:00 to 24:00: sales are known by the hour")]
    Time {
        /// The part.
        name: String,
        /// The time.
        time: String,
    },
    /// A part begins and ends at the same time.
    #[error("{0} begins and ends at the same time: write 00:00-24:00 for the whole day")]
    Empty(String),
    /// Two parts have one name.
    #[error("{0} is there twice: give each part a name of its own")]
    Twice(String),
    /// Two parts have an hour in common.
    #[error("{first} and {second} overlap at {hour:02}:00: let each hour be in one part")]
    Overlap {
        /// The one that is written first.
        first: String,
        /// The other.
        second: String,
        /// The first hour that both have.
        hour: u8,
    },
}

impl Dayparts {
    /// The parts, as they are written, and then the hours that are in none, if there are any.
    #[must_use]
    pub fn with_the_rest(&self) -> Vec<Daypart> {
        let rest: Vec<u8> = (0..24).filter(|hour| self.holding(*hour).is_none()).collect();
        let other = (!rest.is_empty()).then(|| Daypart { name: OTHER.to_owned(), hours: rest });
        self.0.iter().cloned().chain(other).collect()
    }

    fn holding(&self, hour: u8) -> Option<&Daypart> {
        self.0.iter().find(|part| part.hours.contains(&hour))
    }
}

impl Default for Dayparts {
    /// What most restaurants would write.
    fn default() -> Self {
        let part = |name: &str, hours: std::ops::Range<u8>| Daypart {
            name: name.to_owned(),
            hours: hours.collect(),
        };
        Self(vec![
            part("breakfast", 6..11),
            part("lunch", 11..15),
            part("afternoon", 15..18),
            part("dinner", 18..23),
        ])
    }
}

impl FromStr for Dayparts {
    type Err = InvalidDayparts;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Self(Vec::new());
        for written in text.split(',') {
            let part: Daypart = written.trim().parse()?;
            if parts.0.iter().any(|other| other.name == part.name) {
                return Err(InvalidDayparts::Twice(part.name));
            }
            let taken = part.hours.iter().find_map(|hour| Some((*hour, parts.holding(*hour)?)));
            if let Some((hour, other)) = taken {
                let first = other.name.clone();
                return Err(InvalidDayparts::Overlap { first, second: part.name, hour });
            }
            parts.0.push(part);
        }
        Ok(parts)
    }
}

impl FromStr for Daypart {
    type Err = InvalidDayparts;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || InvalidDayparts::Form(text.to_owned());
        let (name, times) = text.split_once(char::is_whitespace).ok_or_else(form)?;
        let (begin, end) = times.split_once('-').ok_or_else(form)?;
        if !is_name(name) {
            return Err(InvalidDayparts::Name(name.to_owned()));
        }
        let hour = |time: &str| {
            let time = time.trim();
            whole_hour(time)
                .ok_or_else(|| InvalidDayparts::Time { name: name.to_owned(), time: time.to_owned() })
        };
        let (begin, end) = (hour(begin)?, hour(end)?);
        if begin % 24 == end {
            return Err(InvalidDayparts::Empty(name.to_owned()));
        }
        let hours = if begin < end { end - begin } else { 24 - begin + end };
        Ok(Self { name: name.to_owned(), hours: (begin..begin + hours).map(|hour| hour % 24).collect() })
    }
}

impl fmt::Display for Dayparts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Daypart { name, hours }) in self.0.iter().enumerate() {
            let separator = if nth == 0 { "" } else { ", " };
            let begin = hours.first().copied().unwrap_or_default();
            let end = hours.last().map_or(0, |hour| hour + 1);
            write!(f, "{separator}{name} {begin:02}:00-{end:02}:00")?;
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
        && text.chars().count() <= LONGEST_NAME
        && text.chars().all(|c| c.is_alphanumeric() || "-_".contains(c))
        && text != OTHER
}

/// The hour of a time such as `06:00`; that of the day's end is 24.
fn whole_hour(time: &str) -> Option<u8> {
    let hour = time.strip_suffix(":00").filter(|hour| hour.len() == 2)?;
    let digits = hour.bytes().all(|byte| byte.is_ascii_digit());
    hour.parse().ok().filter(|hour| digits && *hour <= 24)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn hours(text: &str) -> Vec<(String, Vec<u8>)> {
        let parts: Dayparts = text.parse().unwrap();
        parts.with_the_rest().into_iter().map(|part| (part.name, part.hours)).collect()
    }

    #[test]
    fn a_part_has_the_hours_from_its_beginning_to_before_its_end() {
        let rest = (0..6).chain(15..22).collect();
        assert_eq!(
            hours("breakfast 06:00-11:00,lunch 11:00-15:00 , late-night 22:00-24:00"),
            [
                ("breakfast".to_owned(), vec![6, 7, 8, 9, 10]),
                ("lunch".to_owned(), vec![11, 12, 13, 14]),
                ("late-night".to_owned(), vec![22, 23]),
                ("other".to_owned(), rest),
            ]
        );
    }

    #[test]
    fn a_part_may_pass_midnight_and_all_may_cover_the_day() {
        assert_eq!(
            hours("soirée 21:00-03:00, tag 03:00-21:00"),
            [("soirée".to_owned(), vec![21, 22, 23, 0, 1, 2]), ("tag".to_owned(), (3..21).collect())]
        );
        assert_eq!(hours("all 00:00-24:00"), [("all".to_owned(), (0..24).collect())]);
        assert_eq!(hours("night 23:00-00:00")[0].1, [23]);
    }

    #[test]
    fn the_default_can_be_written() {
        let default = Dayparts::default();
        assert_eq!(default.to_string().parse(), Ok(default));
    }

    #[rstest]
    #[case("", "not of the form")]
    #[case("lunch", "not of the form")]
    #[case("lunch 11:00", "not of the form")]
    #[case("lunch 11:00-15:00,", "not of the form")]
    #[case("lunch 11:30-15:00", "\"11:30\" in lunch is not a whole hour")]
    #[case("lunch 11-15", "\"11\" in lunch is not a whole hour")]
    #[case("lunch 11:00-25:00", "\"25:00\" in lunch is not a whole hour")]
    #[case("lunch 9:00-15:00", "\"9:00\" in lunch is not a whole hour")]
    #[case("lunch 11:00-11:00", "lunch begins and ends at the same time")]
    #[case("late 24:00-00:00", "late begins and ends at the same time")]
    #[case("other 11:00-15:00", "\"other\" is no name")]
    #[case("=lunch 11:00-15:00", "\"=lunch\" is no name")]
    #[case("a 06:00-08:00, a 09:00-10:00", "a is there twice")]
    #[case("lunch 11:00-15:00, tea 14:00-17:00", "lunch and tea overlap at 14:00")]
    #[case("late 22:00-02:00, early 01:00-05:00", "late and early overlap at 01:00")]
    fn what_makes_no_sense_is_refused_by_name(#[case] text: &str, #[case] said: &str) {
        let error = text.parse::<Dayparts>().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
