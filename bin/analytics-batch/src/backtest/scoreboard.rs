//! The table of measures by model, for people and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use domain::forecast::Choice;
use domain::forecast::evaluation::{Evaluation, Measures};
use serde::Serialize;

use super::judged::{Findings, Judged};

/// What a backtest found, as `--format json` writes it.
#[derive(Debug, Serialize)]
pub(super) struct Scoreboard {
    /// Steps that each fold forecast.
    horizon: usize,
    /// Folds that were left out; one that only some models could not forecast counts once for each of them.
    folds_skipped: usize,
    /// One a model and, over analytics_db, a figure.
    rows: Vec<Row>,
    /// What was left out or not known, and why.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// The figure, where figures are judged apart.
    figure: Option<String>,
    /// The model asked for.
    model: &'static str,
    /// How many series were judged.
    series: usize,
    #[serde(flatten)]
    measures: Measures,
    /// Mean processor time of one forecast in milliseconds, the choice of model included.
    cpu_ms_per_fold: f64,
    /// How many folds each model served.
    served: BTreeMap<&'static str, usize>,
}

impl Scoreboard {
    pub(super) fn of(findings: Findings) -> Self {
        let mut groups: Vec<(Option<&str>, &[Judged])> = Vec::new();
        if findings.apart {
            let by_figure = findings.judged.chunk_by(|a, b| a.subject == b.subject);
            groups.extend(by_figure.map(|judged| {
                let figure = &findings.subjects[judged[0].subject];
                (Some(figure.id.as_str()), judged)
            }));
        } else {
            groups.push((None, &findings.judged));
        }
        let rows = groups.into_iter().flat_map(|(figure, judged)| {
            findings.choices.iter().filter_map(move |choice| Row::of(figure, *choice, judged))
        });
        let rows = rows.collect();
        Self { horizon: findings.horizon, folds_skipped: findings.skipped, rows, notes: findings.notes }
    }

    /// Whether nothing could be judged.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table, and what must be known to read it.
    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        for rows in self.rows.chunk_by(|a, b| a.figure == b.figure) {
            lines.push(rows[0].heading(self.horizon));
            lines.push(TITLES.to_owned());
            lines.extend(rows.iter().map(Row::text));
            lines.extend(rows.iter().filter_map(Row::others_served));
            lines.push(String::new());
        }
        match self.folds_skipped {
            0 => {}
            1 => lines.push("1 fold was skipped: the log says which and why.".to_owned()),
            folds => lines.push(format!("{folds} folds were skipped: the log says which and why.")),
        }
        lines.join("\n").trim_end().to_owned()
    }
}

/// Above the columns; all but MASE, RMSSE and the time are in percent.
const TITLES: &str = "model                     WAPE    open    MASE   RMSSE    bias   cov80   cov95  open80  open95    sWIS  ms/fold";

impl Row {
    /// The row of one choice; none if it has no fold.
    fn of(figure: Option<&str>, choice: Choice, judged: &[Judged]) -> Option<Self> {
        let mut evaluation = Evaluation::default();
        let mut series = BTreeSet::new();
        let mut served: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut time = 0.0;
        for fold in judged.iter().filter(|fold| fold.choice == choice) {
            if series.insert(fold.subject) {
                evaluation.end_series();
            }
            let points: Vec<_> = fold.steps.iter().copied().flatten().collect();
            evaluation.add(fold.naive, &points);
            *served.entry(fold.served).or_default() += 1;
            time += fold.time.as_secs_f64();
        }
        let forecasts: usize = served.values().sum();
        (forecasts > 0).then(|| Self {
            figure: figure.map(str::to_owned),
            model: choice.name(),
            series: series.len(),
            measures: evaluation.measures(),
            cpu_ms_per_fold: 1000.0 * time / forecasts as f64,
            served,
        })
    }

    fn heading(&self, horizon: usize) -> String {
        let Measures { folds, points, .. } = self.measures;
        match &self.figure {
            Some(figure) => format!("{figure}: {folds} folds, {points} points, {horizon} days ahead"),
            None => format!("{} series, {folds} folds, {points} points, {horizon} steps ahead", self.series),
        }
    }

    fn text(&self) -> String {
        let Measures { wape, wape_open, mase, rmsse, bias, swis, .. } = self.measures;
        let Measures { coverage_80, coverage_95, open_coverage_80, open_coverage_95, .. } = self.measures;
        let percent = |ratio: Option<f64>| number(ratio.map(|ratio| 100.0 * ratio), 2);
        [
            format!("{:<22}", self.model),
            percent(wape),
            percent(wape_open),
            number(mase, 4),
            number(rmsse, 4),
            percent(bias),
            percent(coverage_80),
            percent(coverage_95),
            percent(open_coverage_80),
            percent(open_coverage_95),
            percent(swis),
            format!(" {:>7.2}", self.cpu_ms_per_fold),
        ]
        .join(" ")
    }

    /// Which models stood in for the one asked for, or were chosen.
    fn others_served(&self) -> Option<String> {
        let others = self.served.iter().filter(|(model, _)| **model != self.model);
        let others: Vec<String> = others.map(|(model, folds)| format!("{model} in {folds} folds")).collect();
        let of = self.figure.as_ref().map(|figure| format!(" of {figure}")).unwrap_or_default();
        (!others.is_empty()).then(|| format!("{}{of} was served by {}", self.model, others.join(", ")))
    }
}

fn number(value: Option<f64>, places: usize) -> String {
    value.map_or_else(|| format!("{:>7}", "-"), |value| format!("{value:>7.places$}"))
}
