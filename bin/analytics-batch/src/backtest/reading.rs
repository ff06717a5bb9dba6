//! CSV files that people hand in: every mistake is told with its line, and none is read past.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use flate2::bufread::MultiGzDecoder;

use crate::failure::Failure;

/// Mistakes that are told; the others are counted.
const TOLD: usize = 20;

/// With what gzipped data begin (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The mistakes found in a file.
#[derive(Debug)]
pub(super) struct Mistakes {
    path: PathBuf,
    told: Vec<String>,
    count: usize,
}

impl Mistakes {
    pub(super) fn in_file(path: &Path) -> Self {
        Self { path: path.to_owned(), told: Vec::new(), count: 0 }
    }

    pub(super) fn note(&mut self, line: u64, what: &str) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("line {line}: {what}"));
        }
    }

    /// Refuses the file if there are any.
    pub(super) fn refuse(&self) -> Result<(), Failure> {
        if self.count == 0 {
            return Ok(());
        }
        let more = match self.count - self.told.len() {
            0 => String::new(),
            more => format!("\n  and {more} more"),
        };
        let told = self.told.join("\n  ");
        Err(Failure::Data(format!("{} is refused:\n  {told}{more}", self.path.display())))
    }
}

/// Reads the named columns of a CSV file with a header, gzipped or not, and hands each row and its line number to
/// `take`, which notes what is wrong with it. Other columns are ignored.
///
/// # Errors
/// If the file cannot be read, or lacks a column, or has a row that does; not for the mistakes that `take` notes.
pub(super) fn rows<const N: usize>(
    path: &Path,
    columns: [&str; N],
    mistakes: &mut Mistakes,
    mut take: impl FnMut(u64, [&str; N], &mut Mistakes),
) -> Result<(), Failure> {
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{} cannot be read: {error}", path.display()));
    let data = open(path).map_err(|error| unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(data);
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let places = places(path, columns, &header)?;
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => {
                let csv::ErrorKind::Utf8 { pos, .. } = error.kind() else { return Err(unreadable(&error)) };
                mistakes.note(pos.as_ref().map_or(0, csv::Position::line), "it is not UTF-8");
                continue;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let fields = places.map(|place| record.get(place));
        if record.len() == header.len() {
            take(line, fields.map(Option::unwrap_or_default), mistakes);
        } else {
            let (has, needed) = (record.len(), header.len());
            mistakes.note(line, &format!("it has {has} fields, and the header {needed}"));
        }
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path)?);
    if file.fill_buf()?.starts_with(&GZIP) {
        Ok(Box::new(MultiGzDecoder::new(file)))
    } else {
        Ok(Box::new(file))
    }
}

fn places<const N: usize>(
    path: &Path,
    columns: [&str; N],
    header: &StringRecord,
) -> Result<[usize; N], Failure> {
    let place = |column: &str| header.iter().position(|name| name == column);
    let found = columns.map(place);
    let missing: Vec<&str> = columns
        .into_iter()
        .zip(found)
        .filter(|(_, place)| place.is_none())
        .map(|(column, _)| column)
        .collect();
    if missing.is_empty() {
        return Ok(found.map(Option::unwrap_or_default));
    }
    Err(Failure::Data(format!(
        "{} is refused: line 1 must name the columns {}, and lacks {}",
        path.display(),
        columns.join(", "),
        missing.join(", ")
    )))
}
