//! The newest order's time, read as the settings say and looked at with suspicion: to set one zone and forget the
//! other is the commonest mistake, and shows in figures that are hours off.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::calendar::SourceClock;

use super::findings::Findings;
use super::words::{at, relative, span};

/// How the source's times are to be read, and when that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// ORDERS__TIMEZONE.
    pub(super) orders_timezone: Option<Tz>,
    /// The restaurant's zone.
    pub(super) restaurant: Tz,
    /// The present.
    pub(super) now: DateTime<Utc>,
}

impl Reading {
    /// How DATETIMEs are read, or TIMESTAMPs, which are UTC by definition.
    pub(super) fn clock(self, is_timestamp: bool) -> SourceClock {
        let set = self.orders_timezone.unwrap_or(self.restaurant);
        SourceClock { timezone: if is_timestamp { Tz::UTC } else { set } }
    }
}

/// The order with the highest id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    pub(super) id: i64,
    /// As it stands in the source; none for a zero date.
    pub(super) created_at: Option<NaiveDateTime>,
    pub(super) is_timestamp: bool,
}

/// Clocks of two machines differ by less than this.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(2);
/// An order is seldom older than this while it is the newest and the restaurant is busy.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// No offset between zones that matters is less.
const LEAST_OFFSET: TimeDelta = TimeDelta::minutes(29);
/// Longer than restaurants close.
const OLD: TimeDelta = TimeDelta::days(14);

impl Newest {
    pub(super) fn judge(self, reading: Reading, findings: &mut Findings) {
        let Some(written) = self.created_at else {
            findings.warning(format!(
                "the newest order, id {}, has a zero date: such orders belong to no day and are left out",
                self.id
            ));
            return;
        };
        let Reading { orders_timezone, restaurant, now } = reading;
        let clock = reading.clock(self.is_timestamp);
        let instant = clock.instant_of(written);
        let how = match (self.is_timestamp, orders_timezone) {
            (true, _) => "a TIMESTAMP, which is UTC".to_owned(),
            (false, Some(zone)) => format!("read in {zone}, as ORDERS__TIMEZONE says"),
            (false, None) => format!("read in {restaurant}, since ORDERS__TIMEZONE is not set"),
        };
        let told = format!(
            "the newest order, id {}, is of {} ({how}), that is {}, {}",
            self.id,
            written.format("%Y-%m-%d %H:%M:%S"),
            at(instant, restaurant),
            relative(instant, now)
        );
        let other =
            (!self.is_timestamp).then(|| self.likelier_zone(written, instant, clock, reading)).flatten();
        match other {
            _ if instant > now + CLOCK_SKEW => findings.warning(future(&told, other)),
            Some(zone) => findings.warning(format!(
                "{told}. Read in {zone} it would be {} old: if the restaurant is open now, set ORDERS__TIMEZONE={zone}",
                span((now - SourceClock { timezone: zone }.instant_of(written)).max(TimeDelta::zero()))
            )),
            None if now - instant > OLD => findings.warning(format!(
                "{told}. If the restaurant has been open since, this is not its live database"
            )),
            None => findings.ok(told + &self.hint(written, instant, reading)),
        }
        if self.is_timestamp && orders_timezone.is_some_and(|zone| zone != Tz::UTC) {
            findings.warning(
                "ORDERS__TIMEZONE has no effect: orders.created_at is a TIMESTAMP, which is UTC. Unset it",
            );
        }
    }

    /// A zone in which the newest order would be minutes old, where as read it is hours off or yet to come.
    fn likelier_zone(
        self,
        written: NaiveDateTime,
        instant: DateTime<Utc>,
        clock: SourceClock,
        Reading { restaurant, now, .. }: Reading,
    ) -> Option<Tz> {
        [Tz::UTC, restaurant].into_iter().filter(|zone| *zone != clock.timezone).find(|zone| {
            let otherwise = SourceClock { timezone: *zone }.instant_of(written);
            let is_fresh = (-CLOCK_SKEW..=FRESH).contains(&(now - otherwise));
            is_fresh && (instant - otherwise).abs() >= LEAST_OFFSET
        })
    }

    /// What to compare with, where only one of the two zones was set and the time alone proves nothing.
    fn hint(self, written: NaiveDateTime, instant: DateTime<Utc>, reading: Reading) -> String {
        let Reading { orders_timezone, restaurant, now } = reading;
        let in_utc = SourceClock { timezone: Tz::UTC }.instant_of(written);
        let is_settled = self.is_timestamp || orders_timezone.is_some() || now - instant <= FRESH;
        if is_settled || in_utc == instant || in_utc > now + CLOCK_SKEW {
            return String::new();
        }
        format!(
            ". If order_db is written in UTC it is {}: compare with the till, and set ORDERS__TIMEZONE=UTC then",
            at(in_utc, restaurant)
        )
    }
}

fn future(told: &str, likelier: Option<Tz>) -> String {
    match likelier {
        Some(zone) => format!(
            "{told}, which is yet to come. The orders seem to be written in {zone}: set ORDERS__TIMEZONE={zone}"
        ),
        None => format!(
            "{told}, which is yet to come. Unless it is a pre-order, ORDERS__TIMEZONE or ANALYTICS__TIMEZONE is wrong"
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::Paris;
    use rstest::rstest;

    use super::*;

    /// At 12:00 UTC on 1 July: 14:00 in Paris, 08:00 in New York.
    fn said(written: &str, is_timestamp: bool, orders_timezone: Option<Tz>, restaurant: Tz) -> Vec<String> {
        let newest = Newest { id: 7, created_at: written.parse().ok(), is_timestamp };
        let now = "2026-07-01T12:00:00Z".parse().unwrap();
        let mut findings = Findings::about("order_db");
        newest.judge(Reading { orders_timezone, restaurant, now }, &mut findings);
        findings.lines().collect()
    }

    #[rstest]
    #[case("2026-07-01T13:50:00", None, Paris, "2026-07-01 13:50 Europe/Paris, 10 min ago")]
    #[case("2026-07-01T11:50:00", Some(Tz::UTC), Paris, "2026-07-01 13:50 Europe/Paris, 10 min ago")]
    #[case(
        "2026-07-01T10:00:00",
        None,
        Paris,
        "4 h ago. If order_db is written in UTC it is 2026-07-01 12:00 Europe/Paris"
    )]
    #[case("2026-07-01T11:50:00", None, Tz::UTC, "10 min ago")]
    #[case("2026-07-01T12:01:00", None, Tz::UTC, "1 min from now")]
    fn what_makes_sense_is_ok(
        #[case] written: &str,
        #[case] orders_timezone: Option<Tz>,
        #[case] restaurant: Tz,
        #[case] words: &str,
    ) {
        let said = said(written, false, orders_timezone, restaurant);
        assert!(said.len() == 1 && said[0].starts_with("ok ") && said[0].contains(words), "{said:?}");
    }

    #[rstest]
    // Written in UTC, taken for the restaurant's own clock: east of Greenwich it looks old, west of it yet to come.
    #[case(
        "2026-07-01T11:55:00",
        None,
        Paris,
        "5 min old: if the restaurant is open now, set ORDERS__TIMEZONE=UTC"
    )]
    #[case("2026-07-01T11:55:00", None, New_York, "seem to be written in UTC: set ORDERS__TIMEZONE=UTC")]
    // The other way round.
    #[case(
        "2026-07-01T13:55:00",
        Some(Tz::UTC),
        Paris,
        "seem to be written in Europe/Paris: set ORDERS__TIMEZONE=Europe/Paris"
    )]
    #[case("2026-07-01T07:55:00", Some(Tz::UTC), New_York, "set ORDERS__TIMEZONE=America/New_York")]
    #[case("2026-07-02T19:00:00", None, Paris, "Unless it is a pre-order")]
    #[case("2026-06-01T19:00:00", None, Paris, "not its live database")]
    #[case("0000-00-00", None, Paris, "has a zero date")]
    fn what_makes_none_is_a_warning(
        #[case] written: &str,
        #[case] orders_timezone: Option<Tz>,
        #[case] restaurant: Tz,
        #[case] words: &str,
    ) {
        let said = said(written, false, orders_timezone, restaurant);
        assert!(said.len() == 1 && said[0].starts_with("warning ") && said[0].contains(words), "{said:?}");
    }

    #[test]
    fn a_timestamp_is_utc_whatever_the_setting_says() {
        let said = said("2026-07-01T11:55:00", true, Some(Paris), Paris);
        assert!(
            said[0].contains("(a TIMESTAMP, which is UTC), that is 2026-07-01 13:55 Europe/Paris, 5 min ago"),
            "{said:?}"
        );
        assert!(said[1].starts_with("warning  order_db: ORDERS__TIMEZONE has no effect"), "{said:?}");
    }
}
