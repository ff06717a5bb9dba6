//! `ORDERS__…`: how order_db is to be read.

use std::str::FromStr;
use std::time::Duration;

use chrono_tz::Tz;
use serde::Deserialize;

use super::duration::Span;
use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "ORDERS__";

/// How order_db is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrdersSettings {
    /// The zone that DATETIMEs in order_db are written in; none if they are the restaurant's own wall clock.
    pub timezone: Option<Tz>,
    /// Orders read per query, 100 to 1,000,000.
    pub slice: u32,
    /// How what the orders sold is read.
    pub extractor: ExtractorChoice,
    /// How old the newest order may be before a run refuses the source; none if any age will do.
    pub max_age: Option<Duration>,
}

/// How what orders sold is read. The figures are the same; what it costs, and whom, is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtractorChoice {
    /// Whichever is quicker.
    #[default]
    Auto,
    /// Raw lines, folded by the batch.
    Lines,
    /// Groups made by the source.
    Groups,
}

impl FromStr for ExtractorChoice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "lines" => Ok(Self::Lines),
            "groups" => Ok(Self::Groups),
            _ => Err(()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    timezone: Field<Tz>,
    slice: Field<u32>,
    extractor: Field<ExtractorChoice>,
    max_age: Field<Span>,
}

impl Settings for OrdersSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let slice = fields.slice.only_if(|orders| (100..=1_000_000).contains(orders));
        let max_age = fields.max_age.only_if(|age| (60..=366 * 86_400).contains(&age.0.as_secs()));
        let settings = Self {
            timezone: section.optional(
                "TIMEZONE",
                fields.timezone,
                "an IANA zone, such as UTC or Europe/Paris",
            ),
            slice: section.value("SLICE", slice, 20_000, "a number of orders from 100 to 1000000"),
            extractor: section.value(
                "EXTRACTOR",
                fields.extractor,
                ExtractorChoice::Auto,
                "auto, lines or groups",
            ),
            max_age: section
                .optional("MAX_AGE", max_age, "a duration from 1m to 366d, such as 36h")
                .map(|age| age.0),
        };
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_means_the_restaurants_own_wall_clock() {
        let orders = Environment::default().read::<OrdersSettings>().unwrap().settings;
        let expected =
            OrdersSettings { timezone: None, slice: 20_000, extractor: ExtractorChoice::Auto, max_age: None };
        assert_eq!(orders, expected);
    }

    #[test]
    fn every_setting_is_taken() {
        let environment = Environment::from_iter([
            ("ORDERS__TIMEZONE", "Asia/Kathmandu"),
            ("ORDERS__SLICE", "500"),
            ("ORDERS__EXTRACTOR", "groups"),
            ("ORDERS__MAX_AGE", "36h"),
        ]);
        let orders = environment.read::<OrdersSettings>().unwrap().settings;
        let expected = OrdersSettings {
            timezone: Some(chrono_tz::Asia::Kathmandu),
            slice: 500,
            extractor: ExtractorChoice::Groups,
            max_age: Some(Duration::from_secs(36 * 3_600)),
        };
        assert_eq!(orders, expected);
    }

    #[test]
    fn an_offset_is_not_a_zone() {
        let environment = Environment::from_iter([
            ("ORDERS__TIMEZONE", "+05:45"),
            ("ORDERS__SLICE", "1"),
            ("ORDERS__EXTRACTOR", "both"),
        ]);
        let error = environment.read::<OrdersSettings>().unwrap_err();
        for (problem, beginning) in error.problems().iter().zip([
            "ORDERS__TIMEZONE is \"+05:45\": write an IANA zone",
            "ORDERS__SLICE is \"1\"",
            "ORDERS__EXTRACTOR is \"both\": write auto, lines or groups",
        ]) {
            assert!(problem.starts_with(beginning), "{error}");
        }
        assert_eq!(error.problems().len(), 3, "{error}");
    }
}
