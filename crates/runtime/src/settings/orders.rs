//! `ORDERS__…`: how order_db is to be read.

use chrono_tz::Tz;
use serde::Deserialize;

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
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    timezone: Field<Tz>,
    slice: Field<u32>,
}

impl Settings for OrdersSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let slice = fields.slice.only_if(|orders| (100..=1_000_000).contains(orders));
        let settings = Self {
            timezone: section.optional(
                "TIMEZONE",
                fields.timezone,
                "an IANA zone, such as UTC or Europe/Paris",
            ),
            slice: section.value("SLICE", slice, 10_000, "a number of orders from 100 to 1000000"),
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
        assert_eq!(orders, OrdersSettings { timezone: None, slice: 10_000 });
    }

    #[test]
    fn a_zone_and_a_slice() {
        let environment =
            Environment::from_iter([("ORDERS__TIMEZONE", "Asia/Kathmandu"), ("ORDERS__SLICE", "500")]);
        let orders = environment.read::<OrdersSettings>().unwrap().settings;
        assert_eq!(orders, OrdersSettings { timezone: Some(chrono_tz::Asia::Kathmandu), slice: 500 });
    }

    #[test]
    fn an_offset_is_not_a_zone() {
        let environment = Environment::from_iter([("ORDERS__TIMEZONE", "+05:45"), ("ORDERS__SLICE", "1")]);
        let error = environment.read::<OrdersSettings>().unwrap_err();
        assert!(
            error.problems()[0].starts_with("ORDERS__TIMEZONE is \"+05:45\": write an IANA zone"),
            "{error}"
        );
        assert!(error.problems()[1].starts_with("ORDERS__SLICE is \"1\""), "{error}");
    }
}
