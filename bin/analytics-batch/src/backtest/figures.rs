//! The figures that a nightly run forecasts, as series that can be judged.

use chrono::NaiveDate;
use domain::forecast::evaluation::Point;
use domain::forecast::intervals::Band;
use domain::forecast::{DayTotals, Hundredths, Issue, Prediction, WEEK};

use super::judged::Subject;
use super::timestamps::Unit;

/// Hours in a day.
const DAY: usize = 24;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    DailyOrders,
    DailyRevenue,
    HourlyOrders,
}

/// All of them, by name.
pub(super) const FIGURES: [Figure; 3] = [Figure::DailyOrders, Figure::DailyRevenue, Figure::HourlyOrders];

impl Figure {
    /// Its name and unit.
    pub(super) fn subject(self) -> Subject {
        let id = match self {
            Self::DailyOrders => "daily_orders",
            Self::DailyRevenue => "daily_revenue",
            Self::HourlyOrders => "hourly_orders",
        };
        Subject { id: id.to_owned(), unit: self.unit() }
    }

    fn unit(self) -> Unit {
        match self {
            Self::DailyOrders | Self::DailyRevenue => Unit::Day,
            Self::HourlyOrders => Unit::Hour,
        }
    }

    /// Steps in the season that its errors are scaled by: a week.
    pub(super) fn season(self) -> usize {
        WEEK * self.steps_a_day()
    }

    fn steps_a_day(self) -> usize {
        match self.unit() {
            Unit::Hour => DAY,
            _ => 1,
        }
    }

    /// The count of the first step of a business day.
    pub(super) fn first_step_of(self, day: NaiveDate) -> i64 {
        self.unit().of_day(day)
    }

    /// The model that it comes from.
    pub(super) fn model(self, issue: &Issue) -> &'static str {
        match self {
            Self::DailyRevenue => issue.revenue_model,
            Self::DailyOrders | Self::HourlyOrders => issue.orders_model,
        }
    }

    /// What it came to, step by step; None on days that are not published.
    pub(super) fn truths(self, days: &[Option<DayTotals>]) -> Vec<Option<f64>> {
        let of_day = |day: &Option<DayTotals>| match (self, day) {
            (_, None) => vec![None; self.steps_a_day()],
            (Self::DailyOrders, Some(day)) => vec![Some(day.orders)],
            (Self::DailyRevenue, Some(day)) => vec![Some(day.revenue)],
            (Self::HourlyOrders, Some(day)) => day.hourly_orders.map(Some).to_vec(),
        };
        days.iter().flat_map(of_day).collect()
    }

    /// What `issue` says of the days after its origin, held against them as far as it goes.
    pub(super) fn points(self, issue: &Issue, coming: &[Option<DayTotals>]) -> Vec<Option<Point>> {
        let predictions: Vec<&Prediction> = match self {
            Self::DailyOrders => issue.daily_orders.iter().collect(),
            Self::DailyRevenue => issue.daily_revenue.iter().collect(),
            Self::HourlyOrders => issue.hourly_orders.iter().map(|hour| &hour.prediction).collect(),
        };
        let truths = self.truths(coming);
        predictions
            .into_iter()
            .zip(truths)
            .map(|(prediction, truth)| Some(point(prediction, truth?)))
            .collect()
    }
}

fn point(prediction: &Prediction, truth: f64) -> Point {
    let number = |value: Hundredths| value.count() as f64 / 100.0;
    let band = Band {
        lower_80: number(prediction.lower_80),
        upper_80: number(prediction.upper_80),
        lower_95: number(prediction.lower_95),
        upper_95: number(prediction.upper_95),
    };
    Point { truth, value: number(prediction.value), band }
}
