//! Query parameters, typed. A bad one becomes a 422 that names it, says what was given and what is legal.
//!
//! As the old service did: a parameter that a path does not know is ignored, and of one given twice the last counts.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use actix_web::web::Query;
use chrono::NaiveDate;
use domain::analytics_db::answers::DateRange;

use crate::problem::{Kind, Problem};

/// Characters of a bad value that are repeated to the client.
const SHOWN: usize = 40;

/// The query parameters of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Those of a query string.
    pub(crate) fn parse(query: &str) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| {
            Problem::new(Kind::InvalidParameter, "The query is not of the form name=value&name=value.")
        })?;
        Ok(Self(pairs.into_inner().into_iter().collect()))
    }

    /// A date, if given.
    pub(crate) fn date(&self, name: &'static str) -> Result<Option<NaiveDate>, Problem> {
        self.given(name)
            .map(|text| {
                date(text)
                    .ok_or_else(|| bad(name, text, "a date such as 2026-01-31, of the years 1000 to 9999"))
            })
            .transpose()
    }

    /// The inclusive range from `start_date` to `end_date`, either of which may be open.
    pub(crate) fn date_range(&self) -> Result<DateRange, Problem> {
        let (start, end) = (self.date("start_date")?, self.date("end_date")?);
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(Problem::invalid_parameter(
                "start_date",
                format!(
                    "start_date {start} is after end_date {end}: give a range whose first day is not after its last."
                ),
            ));
        }
        Ok(DateRange {
            first: start.unwrap_or(DateRange::ALL.first),
            last: end.unwrap_or(DateRange::ALL.last),
        })
    }

    /// A whole number within `legal`, or `default` if none is given.
    pub(crate) fn number(
        &self,
        name: &'static str,
        legal: RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, Problem> {
        let Some(text) = self.given(name) else { return Ok(default) };
        text.parse().ok().filter(|number| legal.contains(number)).ok_or_else(|| {
            bad(name, text, &format!("a whole number from {} to {}", legal.start(), legal.end()))
        })
    }

    /// One of `legal`, or `default` if none is given.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &'static str,
        legal: &[(&'static str, T)],
        default: T,
    ) -> Result<T, Problem> {
        let Some(text) = self.given(name) else { return Ok(default) };
        legal.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = legal.iter().map(|(word, _)| *word).collect();
            bad(name, text, &words.join(" or "))
        })
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let digits = |at: RangeInclusive<usize>| {
        text.get(at).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (digits(0..=3)?, digits(5..=6)?, digits(8..=9)?);
    if text != format!("{year}-{month}-{day}") {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        .filter(|date| (DateRange::ALL.first..=DateRange::ALL.last).contains(date))
}

fn bad(name: &'static str, given: &str, legal: &str) -> Problem {
    let mut shown: String = given.chars().take(SHOWN).collect();
    if shown.len() < given.len() {
        shown.push('…');
    }
    Problem::invalid_parameter(name, format!("{name} is {shown:?}: give {legal}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-01-31", true)]
    #[case("2024-02-29", true)]
    #[case("1000-01-01", true)]
    #[case("9999-12-31", true)]
    #[case("2026-02-29", false)]
    #[case("2026-1-31", false)]
    #[case("2026-01-31T00:00:00", false)]
    #[case("+026-01-31", false)]
    #[case("0999-12-31", false)]
    #[case("10000-01-01", false)]
    #[case("２０２６-01-31", false)]
    #[case("yesterday", false)]
    #[case("", false)]
    fn a_date_is_year_month_day(#[case] text: &str, #[case] legal: bool) {
        assert_eq!(date(text).is_some(), legal);
    }

    #[test]
    fn of_two_the_last_counts_and_unknown_ones_are_ignored() {
        let parameters = Parameters::parse("limit=5&colour=red&limit=7").unwrap();
        assert_eq!(parameters.number("limit", 1..=10, 3), Ok(7));
    }

    #[rstest]
    #[case("limit=0")]
    #[case("limit=11")]
    #[case("limit=-1")]
    #[case("limit=2.0")]
    #[case("limit=")]
    #[case("limit=99999999999999999999")]
    fn a_number_outside_its_range_is_named_with_what_is_legal(#[case] query: &str) {
        let problem = Parameters::parse(query).unwrap().number("limit", 1..=10, 3).unwrap_err();
        assert!(problem.to_string().ends_with("give a whole number from 1 to 10."), "{problem}");
    }

    #[test]
    fn a_long_value_is_not_repeated_whole() {
        let problem = Parameters::parse(&format!("d={}", "é".repeat(5000))).unwrap().date("d").unwrap_err();
        assert!(problem.to_string().chars().count() < 200);
    }
}
