//! `/dayparts`: orders and revenue by part of the day, as the settings name those.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::analytics_db::answers::{DateRange, HourlyRow, hourly_rows};
use domain::dayparts::Daypart;
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::compare::{share, share_of_counts};
use super::hourly::{TARGET_DATE, days_back_to, hundredths};
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag};
use crate::parameters::{Choice, Number, Parameters};
use crate::problem::Problem;
use crate::state::State;

const DAYS_BACK: Number = Number {
    name: "days_back",
    about: "Business days shown, the last one included.",
    legal: 1..=92,
    default: 7,
    default_varies: false,
};

/// Whether the days are put together.
const GROUP_BY: Choice<bool> = Choice {
    name: "group_by",
    about: "`day` gives each part of each day, `total` each part of all the days: `daypart_totals` in place of \
            `daypart_data`.",
    legal: &[("day", false), ("total", true)],
    default: false,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/dayparts",
    name: "dayparts",
    tag: Tag::Sales,
    summary: "Orders and revenue by part of the day, such as lunch",
    description: "The parts are those of the setting ANALYTICS__DAYPARTS, and `dayparts` says which hours each has. The \
                  hours of no part are `other`. Hours are those of the business day, by the wall clock, as in \
                  `/hourly`: with a `meta.day_start` of 04:00, a part from 22:00 to 02:00 is one evening.",
    parameters: &[&TARGET_DATE, &DAYS_BACK, &GROUP_BY],
    answers: &[Described::of::<ByDaypart<'static>>()],
    tables: TABLES,
    examples: &[
        Example {
            name: "days",
            query: "?days_back=1",
            answer: include_str!("../openapi/examples/dayparts_days.json"),
        },
        Example {
            name: "total",
            query: "?days_back=1&group_by=total",
            answer: include_str!("../openapi/examples/dayparts_total.json"),
        },
    ],
};

/// What CSV shows.
const TABLES: &[Table] = &[
    Table {
        list: "daypart_data",
        beside: None,
        each: None,
        columns: &["date", "daypart", "order_count", "revenue"],
    },
    Table {
        list: "daypart_totals",
        beside: None,
        each: None,
        columns: &[
            "daypart",
            "order_count",
            "revenue",
            "average_orders",
            "average_revenue",
            "order_share_percent",
            "revenue_share_percent",
        ],
    },
];

/// Sales by part of the day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ByDaypart)]
struct ByDaypart<'a> {
    /// By date, and then as the settings list the parts; unless `group_by=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    daypart_data: Option<Vec<Part<'a>>>,
    /// As the settings list the parts; only with `group_by=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    daypart_totals: Option<Vec<Total<'a>>>,
    /// Rows in `daypart_data` or `daypart_totals`.
    total_records: usize,
    /// Days that should have figures.
    days_expected: usize,
    /// Days that have figures.
    days_counted: usize,
    /// What each part is.
    dayparts: Vec<Hours<'a>>,
}

/// What a part of the day is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DaypartHours)]
struct Hours<'a> {
    /// Its name; `other` is that of the hours that are in no part.
    #[schema(examples("lunch"))]
    daypart: &'a str,
    /// Its wall-clock hours, 0 to 23, in the order in which they come.
    #[schema(value_type = Vec<u8>)]
    hours: &'a [u8],
}

/// A part of one day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DaypartOfDay)]
struct Part<'a> {
    /// The business day.
    date: NaiveDate,
    /// The part's name.
    #[schema(examples("lunch"))]
    daypart: &'a str,
    #[serde(flatten)]
    sales: Sales,
}

/// A part of all days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DaypartTotal)]
struct Total<'a> {
    /// The part's name.
    #[schema(examples("lunch"))]
    daypart: &'a str,
    #[serde(flatten)]
    sales: Sales,
    /// Orders a day counted, to two decimals; null without days.
    #[schema(required)]
    average_orders: Option<f64>,
    /// Revenue a day counted, in `meta.currency`; null without days, or if any of them was adopted.
    #[schema(required, value_type = Option<Decimal>)]
    average_revenue: Option<Money>,
    /// In percent of the orders of all parts, to one decimal; null where there are none.
    #[schema(required)]
    order_share_percent: Option<f64>,
    /// In percent of the revenue of all parts, to one decimal; null where that is not known or not above zero.
    #[schema(required)]
    revenue_share_percent: Option<f64>,
}

/// What was sold in a part of the day.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DaypartSales)]
struct Sales {
    /// Orders served.
    order_count: i64,
    /// In `meta.currency`; null if any of the days was adopted from the old service, which kept no revenue by the hour.
    #[schema(required, value_type = Option<Decimal>)]
    revenue: Option<Money>,
}

pub(super) async fn dayparts(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let target = parameters.date(&TARGET_DATE)?;
    let together = parameters.choice(&GROUP_BY)?;
    let days_back = parameters.number(&DAYS_BACK)?;
    let now = state.now();
    let (header, rows) = state
        .database
        .read(async |connection, header| match days_back_to(target, days_back, header) {
            Some(range) => hourly_rows(connection, range).await,
            None => Ok(Vec::new()),
        })
        .await?;
    let range = days_back_to(target, days_back, &header).unwrap_or(DateRange::NONE);
    let missing = missing_dates(range, &header, header.first_hourly, now, rows.iter().map(|row| row.date));
    let mut days: BTreeMap<NaiveDate, Vec<HourlyRow>> = BTreeMap::new();
    for row in rows {
        days.entry(row.date).or_default().push(row);
    }
    // Days before the first one stored and days that have not ended are not expected.
    let ended = header.calendar_or_default().last_ended_day(now);
    let first = header.first_hourly.unwrap_or(DateRange::ALL.last);
    let expected = range.intersection(DateRange { first, last: ended });
    let (days_expected, days_counted) = (expected.days().count(), days.len());
    let parts = parts_of_days(&state.dayparts, &days);
    let daypart_totals = together.then(|| totals(&state.dayparts, &parts, days_counted));
    let daypart_data = (!together).then_some(parts);
    let by_daypart = ByDaypart {
        total_records: daypart_data.as_ref().map_or(state.dayparts.len(), Vec::len),
        daypart_data,
        daypart_totals,
        days_expected,
        days_counted,
        dayparts: state
            .dayparts
            .iter()
            .map(|part| Hours { daypart: &part.name, hours: &part.hours })
            .collect(),
    };
    state.answer(&by_daypart, header, now, missing)
}

/// Each part of each day, by date and then as the settings list them.
fn parts_of_days<'a>(dayparts: &'a [Daypart], days: &BTreeMap<NaiveDate, Vec<HourlyRow>>) -> Vec<Part<'a>> {
    let part_of = |date, rows: &[HourlyRow], part: &'a Daypart| {
        let holds = |row: &&HourlyRow| part.hours.iter().any(|hour| i32::from(*hour) == row.hour);
        // An hour that an adopted day does not have says as little about its revenue as one that it has.
        let known = rows.iter().all(|row| row.revenue.is_some());
        let rows = || rows.iter().filter(holds);
        let revenue = known.then(|| rows().filter_map(|row| row.revenue.as_ref()).sum());
        let order_count = rows().map(|row| i64::from(row.order_count)).sum();
        Part { date, daypart: &part.name, sales: Sales { order_count, revenue } }
    };
    days.iter().flat_map(|(date, rows)| dayparts.iter().map(move |part| part_of(*date, rows, part))).collect()
}

/// Each part over all days, as the settings list them.
fn totals<'a>(dayparts: &'a [Daypart], parts: &[Part<'_>], days: usize) -> Vec<Total<'a>> {
    let sales = |name: Option<&str>| {
        let parts = || parts.iter().filter(|part| name.is_none_or(|name| part.daypart == name));
        let revenues: Option<Vec<&Money>> = parts().map(|part| part.sales.revenue.as_ref()).collect();
        Sales {
            order_count: parts().map(|part| part.sales.order_count).sum(),
            revenue: revenues.map(|revenues| revenues.into_iter().sum()),
        }
    };
    let all = sales(None);
    // No answer has more than 92 days.
    let days = u32::try_from(days).ok().filter(|days| *days > 0);
    dayparts
        .iter()
        .map(|part| {
            let sales = sales(Some(&part.name));
            let of_all = |revenue: &Money| share(revenue, all.revenue.as_ref()?);
            Total {
                daypart: &part.name,
                average_orders: days.map(|days| hundredths(sales.order_count as f64 / f64::from(days))),
                average_revenue: days.and_then(|days| Some(sales.revenue.as_ref()?.average_over(days))),
                order_share_percent: share_of_counts(sales.order_count, all.order_count),
                revenue_share_percent: sales.revenue.as_ref().and_then(of_all),
                sales,
            }
        })
        .collect()
}
