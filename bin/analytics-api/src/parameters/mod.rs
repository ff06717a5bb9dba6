//! Parameters of queries and paths, typed. A bad one becomes a 422 that names it, says what was given and what is legal.
//!
//! As the old service did: a parameter that a path does not know is ignored, and of one given twice the last counts.
//!
//! A path knows the parameters that it has declared, and no others reach it: what the OpenAPI document does not tell of
//! cannot be used.

mod declared;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use actix_web::dev::{Path, Url};
use actix_web::web::Query;
use chrono::NaiveDate;
use domain::analytics_db::answers::DateRange;

pub(crate) use self::declared::{Choice, Date, Declared, Id, Number};
use crate::problem::{Kind, Problem};

/// Characters of a bad value that are repeated to the client.
const SHOWN: usize = 40;

/// The first business day of a range.
pub(crate) const START_DATE: Date = Date {
    name: "start_date",
    about: "The first business day, itself included. Without it the range has no beginning.",
    example: "2026-11-17",
};

/// The last business day of a range.
pub(crate) const END_DATE: Date = Date {
    name: "end_date",
    about: "The last business day, itself included. Without it the range has no end.",
    example: "2026-11-21",
};

/// The declared parameters of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    given: HashMap<String, String>,
    for_table: bool,
}

impl Parameters {
    /// Those of `declared` that a query string has.
    pub(crate) fn parse(query: &str, declared: &[&dyn Declared]) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|_| {
            Problem::new(Kind::InvalidParameter, "The query is not of the form name=value&name=value.")
        })?;
        let is_declared = |name: &str| declared.iter().any(|parameter| parameter.name() == name);
        let given = pairs.into_inner().into_iter().filter(|(name, _)| is_declared(name)).collect();
        Ok(Self { given, for_table: false })
    }

    /// The same with those that are parts of a path, by their names there.
    pub(crate) fn with_path(mut self, path: &Path<Url>) -> Self {
        self.given.extend(path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        self
    }

    /// The same for an answer that is sent as a table, or as all that there is.
    pub(crate) fn for_table(self, for_table: bool) -> Self {
        Self { for_table, ..self }
    }

    /// Whether no more of the answer is sent than its table shows.
    pub(crate) fn is_for_table(&self) -> bool {
        self.for_table
    }

    /// An id that stands in the path, in the one way in which numbers are written.
    pub(crate) fn id(&self, declared: &Id) -> Result<i64, Problem> {
        let text = self.given(declared.name).unwrap_or_default();
        text.parse()
            .ok()
            .filter(|id: &i64| id.to_string() == text)
            .ok_or_else(|| bad(declared.name, text, "a whole number such as 42"))
    }

    /// A date, if given.
    pub(crate) fn date(&self, declared: &Date) -> Result<Option<NaiveDate>, Problem> {
        let legal = "a date such as 2026-01-31, of the years 1000 to 9999";
        self.given(declared.name)
            .map(|text| date(text).ok_or_else(|| bad(declared.name, text, legal)))
            .transpose()
    }

    /// The inclusive range from [`START_DATE`] to [`END_DATE`], either of which may be open.
    pub(crate) fn date_range(&self) -> Result<DateRange, Problem> {
        let (start, end) = (self.date(&START_DATE)?, self.date(&END_DATE)?);
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

    /// A whole number, or its default if none is given.
    pub(crate) fn number(&self, declared: &Number) -> Result<u32, Problem> {
        self.number_or(declared, declared.default)
    }

    /// A whole number, or `default` where another than its own holds.
    pub(crate) fn number_or(&self, declared: &Number, default: u32) -> Result<u32, Problem> {
        let Some(text) = self.given(declared.name) else { return Ok(default) };
        let legal = &declared.legal;
        text.parse().ok().filter(|number| legal.contains(number)).ok_or_else(|| {
            bad(declared.name, text, &format!("a whole number from {} to {}", legal.start(), legal.end()))
        })
    }

    /// One of the words, or the default if none is given.
    pub(crate) fn choice<T: Copy>(&self, declared: &Choice<T>) -> Result<T, Problem> {
        let Some(text) = self.given(declared.name) else { return Ok(declared.default) };
        declared.legal.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = declared.legal.iter().map(|(word, _)| *word).collect();
            bad(declared.name, text, &words.join(" or "))
        })
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
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

    const LIMIT: Number =
        Number { name: "limit", about: "", legal: 1..=10, default: 3, default_varies: false };

    #[test]
    fn of_two_the_last_counts_and_undeclared_ones_are_ignored() {
        let parameters = Parameters::parse("limit=5&colour=red&limit=7", &[&LIMIT]).unwrap();
        assert_eq!(parameters.number(&LIMIT), Ok(7));
        let parameters = Parameters::parse("limit=5", &[&START_DATE]).unwrap();
        assert_eq!(parameters.number(&LIMIT), Ok(3));
    }

    #[rstest]
    #[case("limit=0")]
    #[case("limit=11")]
    #[case("limit=-1")]
    #[case("limit=2.0")]
    #[case("limit=")]
    #[case("limit=99999999999999999999")]
    fn a_number_outside_its_range_is_named_with_what_is_legal(#[case] query: &str) {
        let problem = Parameters::parse(query, &[&LIMIT]).unwrap().number(&LIMIT).unwrap_err();
        assert!(problem.to_string().ends_with("give a whole number from 1 to 10."), "{problem}");
    }

    #[test]
    fn a_long_value_is_not_repeated_whole() {
        let query = format!("start_date={}", "é".repeat(5000));
        let problem = Parameters::parse(&query, &[&START_DATE]).unwrap().date(&START_DATE).unwrap_err();
        assert!(problem.to_string().chars().count() < 200);
    }
}
