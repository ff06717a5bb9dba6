//! `ANALYTICS__…`: the restaurant's calendar and currency, and what a nightly run covers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::calendar::{Calendar, DayStart};
use domain::dayparts::Dayparts;
use serde::Deserialize;

use super::duration::Span;
use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "ANALYTICS__";

/// An ISO 4217 currency code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency([u8; 3]);

impl Currency {
    /// `XXX`, which ISO 4217 gives to transactions where no currency is involved: the honest word for amounts whose
    /// currency nobody has named.
    pub const NONE: Self = Self(*b"XXX");

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only capital letters of ASCII ever get in.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| ())?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code)).ok_or(())
    }
}

/// The restaurant's calendar and currency, and what a nightly run covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalyticsSettings {
    /// The restaurant's zone and the start of its business day.
    pub calendar: Calendar,
    /// The currency of every amount.
    pub currency: Currency,
    /// The first business day there can be: orders dated before it are ignored.
    pub first_day: Option<NaiveDate>,
    /// How many of the newest published days a nightly run computes again, 1 to 92.
    pub lookback: u16,
    /// How long after a business day's end its figures may be missing before they count as stale.
    pub freshness: Duration,
    /// The parts of a day that the API adds hours up to.
    pub dayparts: Dayparts,
    /// How long a run that says nothing keeps the right to publish.
    pub lease: Duration,
    /// How long a step of a run is tried again after a fault that may pass; zero for not at all.
    pub retry_for: Duration,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    timezone: Field<Tz>,
    day_start: Field<DayStart>,
    currency: Field<Currency>,
    first_day: Field<NaiveDate>,
    lookback: Field<u16>,
    freshness: Field<Span>,
    dayparts: Field<String>,
    lease: Field<Span>,
    retry_for: Field<Span>,
}

impl Settings for AnalyticsSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        let lookback = fields.lookback.only_if(|days| (1..=92).contains(days));
        let freshness = fields.freshness.only_if(|span| (60..=31 * 86_400).contains(&span.0.as_secs()));
        let lease = fields.lease.only_if(|span| (2_000..=600_000).contains(&span.0.as_millis()));
        let retry_for = fields.retry_for.only_if(|span| span.0.as_secs() <= 3_600);
        let dayparts = section.optional("DAYPARTS", fields.dayparts, "parts of a day").unwrap_or_default();
        let dayparts = if dayparts.is_empty() { Ok(Dayparts::default()) } else { dayparts.parse() };
        let settings = Self {
            calendar: Calendar {
                timezone: section.value(
                    "TIMEZONE",
                    fields.timezone,
                    Tz::UTC,
                    "an IANA zone, such as UTC or Europe/Paris",
                ),
                day_start: section.value(
                    "DAY_START",
                    fields.day_start,
                    DayStart::default(),
                    "a whole hour from 00:00 to 12:00, such as 04:00",
                ),
            },
            currency: section.value(
                "CURRENCY",
                fields.currency,
                Currency::NONE,
                "an ISO 4217 code of three capital letters, such as EUR",
            ),
            first_day: section.optional("FIRST_DAY", fields.first_day, "a date, such as 2019-05-01"),
            lookback: section.value("LOOKBACK", lookback, 7, "a number of days from 1 to 92"),
            freshness: section
                .value(
                    "FRESHNESS",
                    freshness,
                    Span(Duration::from_secs(6 * 3600)),
                    "a duration from 1m to 31d, such as 6h",
                )
                .0,
            dayparts: dayparts.unwrap_or_else(|reason| {
                section.refuse("DAYPARTS", format_args!("is not clear: {reason}"));
                Dayparts::default()
            }),
            lease: section
                .value(
                    "LEASE",
                    lease,
                    Span(Duration::from_secs(30)),
                    "a duration from 2s to 10m, such as 30s",
                )
                .0,
            retry_for: section
                .value(
                    "RETRY_FOR",
                    retry_for,
                    Span(Duration::from_secs(120)),
                    "a duration from 0s to 1h, such as 2m",
                )
                .0,
        };
        section.finish(settings)
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_defaults() {
        let analytics = Environment::default().read::<AnalyticsSettings>().unwrap().settings;
        assert_eq!(analytics.calendar, Calendar { timezone: Tz::UTC, day_start: DayStart::default() });
        assert_eq!((analytics.currency.as_str(), analytics.first_day, analytics.lookback), ("XXX", None, 7));
        assert_eq!((analytics.freshness.as_secs(), analytics.lease.as_secs()), (21_600, 30));
        assert_eq!(analytics.retry_for.as_secs(), 120);
        assert_eq!(
            analytics.dayparts.to_string(),
            "breakfast 06:00-11:00, lunch 11:00-15:00, afternoon 15:00-18:00, dinner 18:00-23:00"
        );
    }

    #[test]
    fn every_setting_is_taken() {
        let environment = Environment::from_iter([
            ("ANALYTICS__TIMEZONE", "Europe/Paris"),
            ("ANALYTICS__DAY_START", "04:00"),
            ("ANALYTICS__CURRENCY", "EUR"),
            ("ANALYTICS__FIRST_DAY", "2019-05-01"),
            ("ANALYTICS__LOOKBACK", "92"),
            ("ANALYTICS__FRESHNESS", "90m"),
            ("ANALYTICS__DAYPARTS", "lunch 11:00-15:00, late 22:00-02:00"),
            ("ANALYTICS__LEASE", "2s"),
            ("ANALYTICS__RETRY_FOR", "0s"),
        ]);
        let analytics = environment.read::<AnalyticsSettings>().unwrap().settings;
        assert_eq!(analytics.calendar.timezone, chrono_tz::Europe::Paris);
        assert_eq!(analytics.calendar.day_start.hour(), 4);
        assert_eq!(analytics.currency.to_string(), "EUR");
        assert_eq!(analytics.first_day, NaiveDate::from_ymd_opt(2019, 5, 1));
        assert_eq!(
            (analytics.lookback, analytics.freshness.as_secs(), analytics.lease.as_secs()),
            (92, 5_400, 2)
        );
        assert_eq!(analytics.retry_for, Duration::ZERO);
        assert_eq!(analytics.dayparts.to_string(), "lunch 11:00-15:00, late 22:00-02:00");
    }

    #[rstest]
    #[case("ANALYTICS__TIMEZONE", "Paris", "write an IANA zone")]
    #[case("ANALYTICS__DAY_START", "04:30", "write a whole hour from 00:00 to 12:00")]
    #[case("ANALYTICS__DAY_START", "13:00", "write a whole hour from 00:00 to 12:00")]
    #[case("ANALYTICS__CURRENCY", "eur", "three capital letters")]
    #[case("ANALYTICS__CURRENCY", "€", "three capital letters")]
    #[case("ANALYTICS__FIRST_DAY", "2019-02-30", "write a date")]
    #[case("ANALYTICS__LOOKBACK", "0", "from 1 to 92")]
    #[case("ANALYTICS__LOOKBACK", "93", "from 1 to 92")]
    #[case("ANALYTICS__FRESHNESS", "59s", "from 1m to 31d")]
    #[case(
        "ANALYTICS__DAYPARTS",
        "lunch 11:30-15:00",
        "is not clear: \"11:30\" in lunch is not a whole hour"
    )]
    #[case("ANALYTICS__LEASE", "1s", "from 2s to 10m")]
    #[case("ANALYTICS__LEASE", "11m", "from 2s to 10m")]
    #[case("ANALYTICS__RETRY_FOR", "2h", "from 0s to 1h")]
    fn what_is_not_legal_is_refused_with_what_is(
        #[case] name: &str,
        #[case] value: &str,
        #[case] said: &str,
    ) {
        let error =
            Environment::from_iter([(name, value)]).read::<AnalyticsSettings>().unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(said), "{error}");
    }
}
