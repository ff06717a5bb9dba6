//! What the published figures mean: the calendar and the currency they are in.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::publication;
use crate::calendar::Calendar;
use crate::forecast::Stage;

/// The calendar and currency of the published figures, and how often they have changed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = publication, check_for_backend(diesel::mysql::Mysql))]
pub struct Publication {
    /// Counted up by every transaction that changes published rows.
    pub generation: i64,
    /// The restaurant's zone, by its IANA name.
    pub timezone: Option<String>,
    /// When its business day begins.
    pub day_start: Option<NaiveTime>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The last published day of the newest forecast.
    pub forecast_origin: Option<NaiveDate>,
    /// What the newest attempt at a forecast came to.
    #[diesel(embed)]
    pub forecast_standing: ForecastStanding,
}

/// What an attempt at a forecast came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = publication, check_for_backend(diesel::mysql::Mysql), treat_none_as_null = true)]
pub struct ForecastStanding {
    /// `none`, `provisional` or `full`; none before the first attempt.
    pub forecast_stage: Option<String>,
    /// Why there is no more to it; none when it is full.
    pub forecast_reason: Option<String>,
}

impl ForecastStanding {
    /// A forecast of this stage was issued.
    #[must_use]
    pub fn issued(stage: Stage) -> Self {
        Self { forecast_stage: Some(stage.name().to_owned()), forecast_reason: stage.reason() }
    }

    /// None could be, and why.
    #[must_use]
    pub fn none(reason: String) -> Self {
        Self { forecast_stage: Some("none".to_owned()), forecast_reason: Some(reason) }
    }
}

/// Notes what the newest attempt at a forecast came to, inside a transaction of [`super::lease::Lease::publish`].
///
/// # Errors
/// If the database refuses.
pub async fn set_forecast_standing(
    connection: &mut AsyncMysqlConnection,
    standing: &ForecastStanding,
) -> QueryResult<()> {
    diesel::update(publication::table).set(standing).execute(connection).await?;
    Ok(())
}

/// Reads them.
///
/// # Errors
/// If the database refuses.
pub async fn load(connection: &mut AsyncMysqlConnection) -> QueryResult<Publication> {
    publication::table.select(Publication::as_select()).first(connection).await
}

/// Sets the calendar and the currency, inside a transaction of [`super::lease::Lease::publish`].
///
/// # Errors
/// If the database refuses.
pub async fn set_meaning(
    connection: &mut AsyncMysqlConnection,
    calendar: Calendar,
    currency: &str,
) -> QueryResult<()> {
    diesel::update(publication::table)
        .set((
            publication::timezone.eq(calendar.timezone.name()),
            publication::day_start.eq(calendar.day_start.time()),
            publication::currency.eq(currency),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

impl Publication {
    /// Whether the figures are in this calendar and currency already.
    #[must_use]
    pub fn means(&self, calendar: Calendar, currency: &str) -> bool {
        self.timezone.as_deref() == Some(calendar.timezone.name())
            && self.day_start == Some(calendar.day_start.time())
            && self.currency.as_deref() == Some(currency)
    }
}
