//! Every forecast with its truth, as a CSV file in the long format.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use domain::forecast::evaluation::Point;

use super::judged::{Findings, Judged};
use crate::failure::Failure;

const HEADER: [&str; 10] =
    ["unique_id", "cutoff", "ds", "y", "y_hat", "lo-80", "hi-80", "lo-95", "hi-95", "model"];

/// A file that can be written, before anything is computed for it.
pub(super) struct Predictions<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Predictions<'a> {
    /// # Errors
    /// If the file cannot be made.
    pub(super) fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path, file })
    }

    /// Writes the judged points by unique_id, cutoff, ds and model. Numbers are written so that reading them gives the
    /// same ones.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write(self, findings: &Findings) -> Result<(), Failure> {
        write(findings, self.file).map_err(|error| unwritable(self.path, &error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("{} cannot be written: {error}", path.display()))
}

fn write(findings: &Findings, file: File) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(HEADER)?;
    let fold = |a: &Judged, b: &Judged| (a.subject, a.cutoff) == (b.subject, b.cutoff);
    for fold in findings.judged.chunk_by(fold) {
        let mut points: Vec<(i64, &str, &Point, &Judged)> = fold
            .iter()
            .flat_map(|judged| {
                let steps = (judged.first..).zip(&judged.steps);
                steps.filter_map(move |(ds, point)| Some((ds, judged.choice.name(), point.as_ref()?, judged)))
            })
            .collect();
        points.sort_by_key(|(ds, model, ..)| (*ds, *model));
        for (ds, model, Point { truth, value, band }, judged) in points {
            let subject = &findings.subjects[judged.subject];
            let numbers = [*truth, *value, band.lower_80, band.upper_80, band.lower_95, band.upper_95]
                .map(|n| n.to_string());
            let [y, y_hat, lo_80, hi_80, lo_95, hi_95] = &numbers;
            let (cutoff, ds) = (subject.unit.text(judged.cutoff), subject.unit.text(ds));
            writer.write_record([&subject.id, &cutoff, &ds, y, y_hat, lo_80, hi_80, lo_95, hi_95, model])?;
        }
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)?.flush()
}
