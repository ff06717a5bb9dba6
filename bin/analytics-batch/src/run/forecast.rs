//! The forecast from the last published day, issued.

use bigdecimal::BigDecimal;
use domain::analytics_db::forecasts::{self, IssuedForecast};
use domain::analytics_db::history;
use domain::analytics_db::lease::Lease;
use domain::analytics_db::publication::{self, ForecastStanding};
use domain::analytics_db::special_days;
use domain::calendar::Calendar;
use domain::forecast::{Choice, Horizons, Hundredths, Issue, Prediction, SpecialDays, issue};
use runtime::clock::Clock;

use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;

/// Days of history that a forecast is made from: three years, so that its cost does not grow for ever.
pub(crate) const HISTORY_DAYS: u64 = 3 * 366;

/// What became of a forecast.
pub(super) struct Forecast {
    /// In a sentence for the ledger.
    pub(super) said: String,
    /// `none`, `provisional` or `full`.
    pub(super) stage: &'static str,
}

/// Forecasts by the model of `choice` and issues. With too little history there is none, and the sentence says why.
///
/// # Errors
/// If analytics_db fails or the lease is lost.
pub(super) async fn forecast(
    lease: &Lease,
    link: &mut Link<'_>,
    calendar: Calendar,
    clock: Clock,
    choice: Choice,
) -> Result<Forecast, Failure> {
    let load = async |connection: &mut _| {
        let history = history::published(connection, HISTORY_DAYS).await.in_analytics_db()?;
        let special = special_days::load(connection).await.in_analytics_db()?;
        Ok((history, SpecialDays::new(special)))
    };
    let (history, special) = link.step("reading the history", load).await?;
    let Some(history) = history else {
        return none(lease, link, clock, "no day is published yet".to_owned()).await;
    };
    let issue = match issue(&history, &special, Horizons::default(), &calendar, choice) {
        Ok(issue) => issue,
        Err(too_little) => return none(lease, link, clock, too_little.to_string()).await,
    };
    let now = clock.now();
    let today = calendar.day_of(now);
    let standing = ForecastStanding::issued(issue.stage);
    // The most of all attempts: one whose answer was lost leaves nothing to change.
    let mut rows_changed = 0;
    let publish = async |connection: &mut _| {
        let issued = forecasts::issued_from(connection, issue.origin).await.in_analytics_db()?;
        let changes = forecasts::changes(&issued, rows(&issue), |day| day <= today);
        rows_changed = changes.len().max(rows_changed);
        let served = publication::load(connection).await.in_analytics_db()?;
        let same = served.forecast_origin == Some(issue.origin) && served.forecast_standing == standing;
        if !changes.is_empty() || !same {
            let apply = async |connection: &mut _| {
                Ok(forecasts::apply(connection, issue.origin, &standing, &changes, now).await?)
            };
            lease.publish(connection, now, apply).await?;
        }
        Ok(())
    };
    link.step("issuing the forecast", publish).await?;
    let instead = match choice {
        Choice::Auto => String::new(),
        _ if [issue.revenue_model, issue.orders_model] == [choice.name(); 2] => String::new(),
        _ => {
            let name = choice.name();
            log::warn!(
                "FORECASTING__MODEL={name} cannot be fitted to the published days yet: {} is served instead",
                issue.revenue_model
            );
            format!(", since {name} cannot be fitted yet")
        }
    };
    let said = format!(
        "{} days of revenue by {}, {} days of orders by {}{instead}, from {} ({}); {rows_changed} rows changed",
        issue.daily_revenue.len(),
        issue.revenue_model,
        issue.daily_orders.len(),
        issue.orders_model,
        issue.origin,
        issue.stage,
    );
    Ok(Forecast { said, stage: issue.stage.name() })
}

/// Issues nothing, and says why where it is served and in the ledger. Forecasts of before stand as issued.
async fn none(lease: &Lease, link: &mut Link<'_>, clock: Clock, reason: String) -> Result<Forecast, Failure> {
    let said = format!("none: {reason}");
    let standing = ForecastStanding::none(reason);
    link.step("noting that there is no forecast", async |connection| {
        if publication::load(connection).await.in_analytics_db()?.forecast_standing != standing {
            let set = async |connection: &mut _| {
                Ok(publication::set_forecast_standing(connection, &standing).await?)
            };
            lease.publish(connection, clock.now(), set).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Forecast { said, stage: "none" })
}

fn rows(issue: &Issue) -> Vec<IssuedForecast> {
    let row = |forecast_type: String, model: &str, prediction: &Prediction| IssuedForecast {
        forecast_type,
        forecast_date: prediction.date,
        origin: Some(issue.origin),
        horizon: i32::try_from(prediction.horizon).ok(),
        model: Some(model.to_owned()),
        forecast_value: Some(decimal(prediction.value)),
        lower_80: Some(decimal(prediction.lower_80)),
        upper_80: Some(decimal(prediction.upper_80)),
        lower_95: Some(decimal(prediction.lower_95)),
        upper_95: Some(decimal(prediction.upper_95)),
    };
    let revenue = issue
        .daily_revenue
        .iter()
        .map(|day| row(forecasts::DAILY_REVENUE.to_owned(), issue.revenue_model, day));
    let orders =
        issue.daily_orders.iter().map(|day| row(forecasts::DAILY_ORDERS.to_owned(), issue.orders_model, day));
    let hours = issue
        .hourly_orders
        .iter()
        .map(|hour| row(forecasts::hourly_orders(hour.hour), issue.orders_model, &hour.prediction));
    revenue.chain(orders).chain(hours).collect()
}

fn decimal(value: Hundredths) -> BigDecimal {
    BigDecimal::new(value.count().into(), 2)
}
