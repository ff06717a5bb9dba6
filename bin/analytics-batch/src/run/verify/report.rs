//! What verifying has shown, for the person or the program that started it.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use chrono::NaiveDate;
use domain::analytics_db::days::Fingerprint;
use domain::money::Money;
use serde::Serialize;

use super::super::ending::{list, milliseconds};
use super::Mended;
use super::compare::{Drift, Kind, Reason};
use super::examine::Findings;
use crate::report::Report;

/// The result, as `--format json` writes it.
#[derive(Debug, Serialize)]
pub(super) struct VerifyReport {
    /// `verify`.
    kind: &'static str,
    /// `agrees`, `drifted`, or after a repair `repaired` or `incomplete`.
    outcome: &'static str,
    /// How many published days were compared.
    days_compared: usize,
    /// How many of them agree with the source.
    days_agreeing: usize,
    /// Orders read, of any status.
    orders_read: i64,
    /// How long it took.
    duration_ms: i64,
    /// The days that do not agree.
    drift: Vec<DriftedDay>,
    /// The published days of which nobody can tell.
    not_verifiable: Vec<UnknownDay>,
    /// The months and years whose item sales do not add up to their days, or did not before the repair.
    rollups: Vec<Rollup>,
    /// What was done about drift; none if nothing was asked for, or nothing could be done.
    repair: Option<Repair>,
}

/// A day that does not agree.
#[derive(Debug, Serialize)]
struct DriftedDay {
    date: NaiveDate,
    kind: Kind,
    /// The figures that differ.
    differs: Vec<&'static str>,
    published: Option<Figures>,
    source: Figures,
    /// Whether the next nightly run computes it again by itself.
    next_night: bool,
}

/// Item sales of a month or a year that do not add up.
#[derive(Debug, Serialize)]
struct Rollup {
    unit: &'static str,
    first_day: NaiveDate,
    /// Whether they were added up again.
    repaired: bool,
}

#[derive(Debug, Serialize)]
struct UnknownDay {
    date: NaiveDate,
    reason: Reason,
}

#[derive(Debug, Serialize)]
struct Figures {
    order_count: i64,
    total_revenue: Money,
    highest_order_id: Option<i64>,
}

/// What a repair came to.
#[derive(Debug, Serialize)]
struct Repair {
    /// The run that did it.
    run: Report,
    /// The days that agree now.
    days_repaired: Vec<NaiveDate>,
    /// The days that still do not.
    drift_left: Vec<DriftedDay>,
}

impl VerifyReport {
    pub(super) fn new(found: &Findings, mended: Option<Mended>, repairs: bool, took: Duration) -> Self {
        let comparison = &found.comparison;
        let repair = mended.map(|Mended { run, again }| {
            let before: BTreeSet<NaiveDate> = comparison.drift.iter().map(|drift| drift.date).collect();
            let left = again.comparison.drift.iter().filter(|drift| before.contains(&drift.date));
            let drift_left: Vec<DriftedDay> = left.map(DriftedDay::of).collect();
            let is_left = |day: &NaiveDate| drift_left.iter().any(|left| left.date == *day);
            let days_repaired = before.iter().copied().filter(|day| !is_left(day)).collect();
            Repair { run, days_repaired, drift_left }
        });
        let outcome = match &repair {
            _ if comparison.drift.is_empty() && found.rollups.is_empty() => "agrees",
            None if comparison.drift.is_empty() && repairs => "repaired",
            None => "drifted",
            Some(repair) if repair.drift_left.is_empty() => "repaired",
            Some(_) => "incomplete",
        };
        let drifted = comparison.drift.iter().filter(|drift| drift.published.is_some()).count();
        Self {
            kind: "verify",
            outcome,
            days_compared: comparison.agreeing + drifted,
            days_agreeing: comparison.agreeing,
            orders_read: found.orders_read,
            duration_ms: milliseconds(took),
            drift: comparison.drift.iter().map(DriftedDay::of).collect(),
            not_verifiable: comparison
                .not_verifiable
                .iter()
                .map(|(date, reason)| UnknownDay { date: *date, reason: *reason })
                .collect(),
            rollups: found
                .rollups
                .iter()
                .map(|rollup| Rollup {
                    unit: rollup.period.name(),
                    first_day: rollup.first_day,
                    repaired: repairs,
                })
                .collect(),
            repair,
        }
    }

    /// 0 if every day agrees, now or from the start.
    pub(super) fn exit_code(&self) -> ExitCode {
        let forecast_failed = self.repair.as_ref().is_some_and(|repair| repair.run.forecast_failed);
        match self.outcome {
            _ if forecast_failed => ExitCode::from(70),
            "agrees" | "repaired" => ExitCode::SUCCESS,
            _ => ExitCode::from(65),
        }
    }

    /// The report in sentences.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!(
            "Published days compared with {} orders of the source in {} ms: {}, of which {} agree.",
            self.orders_read, self.duration_ms, self.days_compared, self.days_agreeing
        )];
        for (reason, why) in [
            (
                Reason::Purged,
                "the source's first SERVED order is of a later day, so what is published stands as it is",
            ),
            (
                Reason::PurgedInPart,
                "the first day that a purged source holds orders of, and it holds fewer than stand: perhaps it is \
                 purged in part. To publish what the source holds, rerun it with --date",
            ),
            (Reason::AnotherCalendar, "computed by another calendar, and stands as it is"),
        ] {
            let of_reason = self.not_verifiable.iter().filter(|unknown| unknown.reason == reason);
            let days: Vec<NaiveDate> = of_reason.map(|unknown| unknown.date).collect();
            if !days.is_empty() {
                lines.push(format!("Not verifiable, {} in number: {}: {why}.", days.len(), list(&days)));
            }
        }
        lines.extend(self.drift.iter().map(DriftedDay::sentence));
        for Rollup { unit, first_day, repaired } in &self.rollups {
            let cure = if *repaired {
                "they were added up again"
            } else {
                "`analytics-batch verify --repair` adds them up again"
            };
            lines.push(format!(
                "The sums of item sales of the {unit} from {first_day} are not those of its days: {cure}."
            ));
        }
        match &self.repair {
            None => lines.extend(cures(&self.drift)),
            Some(repair) => {
                lines.push(repair.run.text());
                lines.push(format!(
                    "Verified again: {} of {} days agree now.",
                    repair.days_repaired.len(),
                    self.drift.len()
                ));
                lines.extend(repair.drift_left.iter().map(|left| format!("Left: {}", left.sentence())));
                lines.extend(emptied(&repair.drift_left));
            }
        }
        lines.join("\n")
    }
}

impl DriftedDay {
    fn of(drift: &Drift) -> Self {
        let Drift { date, kind, published, source, next_night } = drift;
        let published_figures = published.as_ref().map(Figures::of);
        let known = published.clone().unwrap_or_default();
        let differing = [
            ("order_count", known.orders != source.orders),
            ("total_revenue", known.revenue != source.revenue),
            (
                "highest_order_id",
                known.highest_order_id.is_some() && known.highest_order_id != source.highest_order_id,
            ),
        ];
        Self {
            date: *date,
            kind: *kind,
            differs: differing.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect(),
            published: published_figures,
            source: Figures::of(source),
            next_night: *next_night,
        }
    }

    fn sentence(&self) -> String {
        let Self { date, source, .. } = self;
        match self.kind {
            Kind::Changed => format!("{date} has drifted: {}.", self.differences()),
            Kind::Shrunk => format!(
                "{date} would shrink: {}. A nightly run leaves that alone, in case orders have been purged.",
                self.differences()
            ),
            Kind::Emptied => format!(
                "{date} stands with sales of which the source holds nothing, though it holds earlier orders: {}.",
                self.differences()
            ),
            Kind::Unpublished => format!(
                "{date} has ended and is not published, and the source holds orders of it: order_count {}, \
                 total_revenue {}.",
                source.order_count, source.total_revenue
            ),
        }
    }

    /// Each figure that differs, as published and as the source has it.
    fn differences(&self) -> String {
        let Some(published) = &self.published else { return String::new() };
        let both = |name: &&str| {
            let [here, there] = [published, &self.source].map(|figures| figures.named(name));
            format!("{name} {here} published, {there} in the source")
        };
        self.differs.iter().map(both).collect::<Vec<_>>().join("; ")
    }
}

impl Figures {
    fn of(fingerprint: &Fingerprint) -> Self {
        Self {
            order_count: fingerprint.orders,
            total_revenue: fingerprint.revenue.clone(),
            highest_order_id: fingerprint.highest_order_id,
        }
    }

    fn named(&self, name: &str) -> String {
        match name {
            "order_count" => self.order_count.to_string(),
            "total_revenue" => self.total_revenue.to_string(),
            _ => self.highest_order_id.map_or("none".to_owned(), |id| id.to_string()),
        }
    }
}

/// What to do about days that have drifted.
fn cures(drift: &[DriftedDay]) -> Vec<String> {
    let some = |wanted: &dyn Fn(&DriftedDay) -> bool| {
        drift.iter().filter(|day| wanted(day)).map(|day| day.date).collect::<Vec<_>>()
    };
    let mut cures = Vec::new();
    let next_night = some(&|day| day.next_night);
    if !next_night.is_empty() {
        cures.push(format!("The next nightly run computes {} by itself.", list(&next_night)));
    }
    if drift.iter().any(|day| day.kind != Kind::Emptied) {
        cures.push("`analytics-batch verify --repair` rebuilds just the days that have drifted.".to_owned());
    }
    cures.extend(emptied(drift));
    cures
}

/// What to do about days that would be left without sales.
fn emptied(drift: &[DriftedDay]) -> Option<String> {
    drift.iter().any(|day| day.kind == Kind::Emptied).then(|| {
        "Days whose orders are all gone are repaired only by `analytics-batch verify --repair --allow-empty`, which \
         publishes them as without sales."
            .to_owned()
    })
}
