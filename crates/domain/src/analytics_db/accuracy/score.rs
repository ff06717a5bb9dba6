//! From forecasts and figures to scores. Knows no database.

use std::collections::BTreeMap;

use bigdecimal::{BigDecimal, Zero as _};
use chrono::{Days, NaiveDate};

use super::super::forecasts::{DAILY_ORDERS, DAILY_REVENUE, HOURLY_ORDERS, IssuedForecast};
use super::evidence::{Evidence, Figures, HOURS, Issued};
use super::{NAIVE_WEEKS, Score};
use crate::calendar::Calendar;

/// What is forecast, as scores tell figures apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Figure {
    Revenue,
    Orders,
    /// Of each hour, scored together.
    HourlyOrders,
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Self::Revenue => DAILY_REVENUE,
            Self::Orders => DAILY_ORDERS,
            Self::HourlyOrders => HOURLY_ORDERS,
        }
    }

    /// Forecasts that make up one.
    fn parts(self) -> usize {
        match self {
            Self::Revenue | Self::Orders => 1,
            Self::HourlyOrders => usize::from(HOURS),
        }
    }
}

/// A forecast, what came of it, and what the seasonal naive one would have said.
struct Case<'a> {
    said: &'a IssuedForecast,
    forecast: &'a BigDecimal,
    actual: &'a BigDecimal,
    naive: Option<&'a BigDecimal>,
}

impl Evidence {
    /// The scores of every forecast that was issued in time, by day, figure and horizon.
    pub(super) fn scores(&self, calendar: &Calendar) -> Vec<Score> {
        let mut cases: BTreeMap<(NaiveDate, Figure, i32), Vec<Case<'_>>> = BTreeMap::new();
        for issued in self.issued.iter().filter(|issued| in_time(issued, calendar)) {
            if let Some((figure, horizon, case)) = self.case(&issued.forecast) {
                cases.entry((issued.forecast.forecast_date, figure, horizon)).or_default().push(case);
            }
        }
        cases
            .into_iter()
            .filter(|((_, figure, _), cases)| cases.len() == figure.parts())
            .filter_map(|((date, figure, horizon), cases)| score(date, figure, horizon, &cases))
            .collect()
    }

    fn case<'a>(&'a self, said: &'a IssuedForecast) -> Option<(Figure, i32, Case<'a>)> {
        let horizon = said.horizon?;
        let (figure, hour) = figure(&said.forecast_type)?;
        let of_day = |day: &'a Figures| match figure {
            Figure::Revenue => Some(&day.revenue),
            Figure::Orders => Some(&day.orders),
            Figure::HourlyOrders => day.hourly_orders.get(hour),
        };
        let naive = self.naive(said.forecast_date, horizon).and_then(of_day);
        let actual = self.figures.get(&said.forecast_date).and_then(of_day)?;
        Some((figure, horizon, Case { said, forecast: said.forecast_value.as_ref()?, actual, naive }))
    }

    /// The day that a seasonal naive forecast of `horizon` repeats: the last published one of the same weekday that is
    /// not after its origin.
    fn naive(&self, date: NaiveDate, horizon: i32) -> Option<&Figures> {
        let nearest = u64::try_from(horizon).ok()?.div_ceil(7);
        (nearest..=NAIVE_WEEKS)
            .find_map(|weeks| self.figures.get(&date.checked_sub_days(Days::new(7 * weeks))?))
    }
}

/// Whether the row was a forecast when it was made: before the day began; or, of the first day ahead, before it ended,
/// since the night that knows the day before runs into it.
pub(in super::super) fn in_time(issued: &Issued, calendar: &Calendar) -> bool {
    let day = issued.forecast.forecast_date;
    let too_late =
        if issued.forecast.horizon == Some(1) { calendar.end_of(day) } else { calendar.start_of(day) };
    issued.generated_at.is_some_and(|made| made.and_utc() < too_late)
}

fn figure(forecast_type: &str) -> Option<(Figure, usize)> {
    match forecast_type {
        DAILY_REVENUE => Some((Figure::Revenue, 0)),
        DAILY_ORDERS => Some((Figure::Orders, 0)),
        hourly => Some((Figure::HourlyOrders, hourly.strip_prefix("hourly_")?.parse().ok()?)),
    }
}

fn score(date: NaiveDate, figure: Figure, horizon: i32, cases: &[Case<'_>]) -> Option<Score> {
    let IssuedForecast { origin, model, lower_80, upper_80, lower_95, upper_95, .. } = cases.first()?.said;
    // Of one forecast its interval; those of several do not add up.
    let bound = |bound: &Option<BigDecimal>| bound.clone().filter(|_| cases.len() == 1);
    let naive_of = |cases: &[Case<'_>], what: fn(&BigDecimal, &BigDecimal) -> BigDecimal| {
        cases.iter().map(|case| case.naive.map(|naive| what(naive, case.actual))).sum::<Option<BigDecimal>>()
    };
    let count = |holds: &dyn Fn(&Case<'_>) -> bool| {
        i32::try_from(cases.iter().filter(|case| holds(case)).count()).ok()
    };
    Some(Score {
        date,
        forecast_type: figure.name().to_owned(),
        horizon,
        origin: (*origin)?,
        model: model.clone(),
        actual: cases.iter().map(|case| case.actual).sum(),
        forecast: cases.iter().map(|case| case.forecast).sum(),
        lower_80: bound(lower_80),
        upper_80: bound(upper_80),
        lower_95: bound(lower_95),
        upper_95: bound(upper_95),
        naive: naive_of(cases, |naive, _| naive.clone()),
        absolute_error: cases.iter().map(|case| (case.actual - case.forecast).abs()).sum(),
        naive_error: naive_of(cases, |naive, actual| (actual - naive).abs()),
        intervals: count(&|case| case.has_interval())?,
        inside_80: count(&|case| {
            case.has_interval() && case.is_within(&case.said.lower_80, &case.said.upper_80)
        })?,
        inside_95: count(&|case| {
            case.has_interval() && case.is_within(&case.said.lower_95, &case.said.upper_95)
        })?,
    })
}

impl Case<'_> {
    /// Whether it has intervals to judge. One that was forecast as closed says 0 and nothing else.
    fn has_interval(&self) -> bool {
        let IssuedForecast { lower_80, upper_80, lower_95, upper_95, .. } = self.said;
        let bounds = [lower_80, upper_80, lower_95, upper_95];
        bounds.iter().all(|bound| bound.is_some())
            && !bounds.iter().all(|bound| bound.as_ref().is_some_and(BigDecimal::is_zero))
    }

    fn is_within(&self, lower: &Option<BigDecimal>, upper: &Option<BigDecimal>) -> bool {
        lower.as_ref().is_some_and(|lower| lower <= self.actual)
            && upper.as_ref().is_some_and(|upper| self.actual <= upper)
    }
}
