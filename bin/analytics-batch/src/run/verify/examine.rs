//! One look at the source and at what is published. It writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};
use domain::analytics_db::days::{Fingerprint, OutOfStep, fingerprints, out_of_step};
use domain::analytics_db::publication;
use domain::analytics_db::source_days::SourceMap;
use runtime::clock::Clock;

use super::super::Settings;
use super::super::extract::{Pace, Reader};
use super::super::plan::{Plan, Request, Target};
use super::super::progress::{Extracted, Progress};
use super::super::survey::Survey;
use super::super::unreadable::with_the_row;
use super::compare::{Comparison, Held, Kind, Standing};
use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;

/// Looks at published days and at the source.
pub(super) struct Examiner<'a> {
    pub(super) settings: &'a Settings,
    pub(super) clock: Clock,
    pub(super) pace: Pace,
    /// As a run over the same days would be asked.
    pub(super) request: Request<'static>,
}

/// What a look has shown.
pub(super) struct Findings {
    pub(super) comparison: Comparison,
    pub(super) orders_read: i64,
    /// The months and years whose item sales do not add up.
    pub(super) rollups: Vec<OutOfStep>,
    /// Where orders lie, as the batch has known so far.
    pub(super) known_map: SourceMap,
    /// Where every one of them lies now.
    pub(super) map: SourceMap,
}

impl Findings {
    /// The days that a repair rebuilds.
    pub(super) fn to_repair(&self, allow_empty: bool) -> BTreeSet<NaiveDate> {
        let drift = self.comparison.drift.iter();
        drift.filter(|drift| allow_empty || drift.kind != Kind::Emptied).map(|drift| drift.date).collect()
    }
}

impl Examiner<'_> {
    /// Compares in one pass over the source's orders, slice by slice as a run reads, each slice in a snapshot.
    ///
    /// # Errors
    /// If a database fails, or the settings are not those that days were published by.
    pub(super) async fn look(&self, link: &mut Link<'_>) -> Result<Findings, Failure> {
        let database = &self.settings.order_database;
        let surveyed = with_the_row(database, Survey::make(link, self.settings, self.clock).await);
        let (survey, source) = surveyed.await?;
        survey.refuse_another_calendar(self.request)?;
        self.refuse_another_currency(link).await?;
        let before = self.standing(link, &survey).await?;
        let scope = self.scope(&survey);

        let target = match self.request {
            Request::Range { from, to } => {
                Target::Days(from.iter_days().take_while(|day| *day <= to).collect())
            }
            _ => Target::UpTo(survey.last_ended_day),
        };
        let as_asked = survey.source(self.settings, None, link.retry().clone());
        let mut reader = Reader::new(source, self.pace, as_asked);
        let progress = Progress::begin(Vec::new());
        let read = reader.read_all(&Plan::verifying(target, survey.highest_id), &progress).await;
        with_the_row(database, read).await?;
        let (mut extracted, _) = progress.into_found();
        let held = self.held(&mut extracted, &scope);
        let mut comparison = Comparison::of(&before, &held, &scope);
        if !comparison.drift.is_empty() {
            // A run may have published days while the source was read: those agree by one or the other.
            let drifted: BTreeSet<NaiveDate> = comparison.drift.iter().map(|drift| drift.date).collect();
            comparison = Comparison::of(&self.standing(link, &survey).await?, &held, &scope);
            comparison.drift.retain(|drift| drifted.contains(&drift.date));
        }
        let look = async |connection: &mut _| out_of_step(connection).await.in_analytics_db();
        let mut rollups = link.step("adding up item sales", look).await?;
        rollups.retain(|rollup| rollup.touches(*scope.start(), *scope.end()));
        let orders_read = extracted.orders_read;
        Ok(Findings { comparison, orders_read, rollups, known_map: survey.map, map: held.map })
    }

    /// The days that are asked for.
    fn scope(&self, survey: &Survey) -> RangeInclusive<NaiveDate> {
        match self.request {
            Request::Range { from, to } => from..=to,
            _ => {
                let first = self.settings.analytics.first_day;
                first.unwrap_or(NaiveDate::MIN)..=survey.last_ended_day
            }
        }
    }

    async fn standing(&self, link: &mut Link<'_>, survey: &Survey) -> Result<Standing, Failure> {
        let load = async |connection: &mut _| fingerprints(connection).await.in_analytics_db();
        let days = link.step("reading the published fingerprints", load).await?;
        let lookback = u64::from(self.settings.analytics.lookback);
        let window_start = days.keys().next_back().map(|last| *last - Days::new(lookback.saturating_sub(1)));
        Ok(Standing {
            days,
            of_other_calendars: survey.of_other_calendars().map(|(day, _)| day).collect(),
            window_start: window_start.unwrap_or_default(),
        })
    }

    /// What the source holds of the days of `scope`.
    fn held(&self, extracted: &mut Extracted, scope: &RangeInclusive<NaiveDate>) -> Held {
        let map = std::mem::take(&mut extracted.map);
        let first_day = map.first_served_day(self.settings.analytics.first_day);
        let from = map.first_served_day(Some(*scope.start()));
        let in_scope = from.into_iter().flat_map(|first| first.iter_days());
        let in_scope = in_scope.take_while(|day| day <= scope.end()).filter(|day| map.has_served(*day));
        let days: BTreeMap<_, _> =
            in_scope.map(|day| (day, Fingerprint::of(&extracted.book.take(day)))).collect();
        Held { days, map, first_day }
    }

    /// Figures of two currencies are not to be compared.
    async fn refuse_another_currency(&self, link: &mut Link<'_>) -> Result<(), Failure> {
        let load = async |connection: &mut _| publication::load(connection).await.in_analytics_db();
        let published = link.step("reading the currency", load).await?.currency;
        let ours = self.settings.analytics.currency.as_str();
        match published {
            Some(currency) if currency != ours => Err(Failure::Configuration(format!(
                "published figures are in {currency}, and ANALYTICS__CURRENCY says {ours}: set it back, or let a run \
                 publish what it says now"
            ))),
            _ => Ok(()),
        }
    }
}
