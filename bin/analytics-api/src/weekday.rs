//! The weekday of a business day, as answers name it.

use chrono::{Datelike as _, NaiveDate};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::openapi::enumeration;

const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A weekday; Monday comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weekday {
    days_from_monday: u32,
}

impl Weekday {
    /// That of a business day, whatever the calendar says after midnight.
    pub(crate) fn of(day: NaiveDate) -> Self {
        Self { days_from_monday: day.weekday().num_days_from_monday() }
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES[self.days_from_monday as usize]
    }
}

impl PartialSchema for Weekday {
    fn schema() -> RefOr<Schema> {
        enumeration(NAMES).into()
    }
}

impl ToSchema for Weekday {}

impl Serialize for Weekday {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
