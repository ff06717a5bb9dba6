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
pub(crate) struct Mistakes {
    path: PathBuf,
    told: Vec<String>,
    count: usize,
}

impl Mistakes {
    pub(crate) fn in_file(path: &Path) -> Self {
        Self { path: path.to_owned(), told: Vec::new(), count: 0 }
    }

    pub(crate) fn note(&mut self, line: u64, what: &str) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("line {line}: {what}"));
        }
    }

    /// Refuses the file if there are any.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
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
pub(crate) fn rows<const N: usize>(
    path: &Path,
    columns: [&str; N],
    mistakes: &mut Mistakes,
    mut take: impl FnMut(u64, [&str; N], &mut Mistakes),
) -> Result<(), Failure> {
    let take = |line, fields: [Option<&str>; N], mistakes: &mut Mistakes| {
        take(line, fields.map(Option::unwrap_or_default), mistakes);
    };
    each_row(path, mistakes, |header| places(path, columns, header), take)
}

/// The same of a file that has the first of `columns`, perhaps some of the others, and nothing else: were a misspelt
/// column only ignored, its rows would mean something else. A field is None where the file has no such column.
///
/// # Errors
/// As for [`rows`], and if the header names another column, or one twice.
pub(crate) fn rows_of_just<const N: usize>(
    path: &Path,
    columns: [&str; N],
    mistakes: &mut Mistakes,
    take: impl FnMut(u64, [Option<&str>; N], &mut Mistakes),
) -> Result<(), Failure> {
    let allowed = |header: &StringRecord| {
        let twice = |(index, name): &(usize, &str)| header.iter().take(*index).any(|before| before == *name);
        let strange = header.iter().enumerate().find(|named| !columns.contains(&named.1) || twice(named));
        if let Some((_, name)) = strange {
            return Err(Failure::Data(format!(
                "{} is refused: line 1 has {name:?} among its columns, which may be {}, each once",
                path.display(),
                columns.join(", ")
            )));
        }
        places(path, [columns[0]], header)?;
        Ok(columns.map(|column| place(column, header)))
    };
    each_row(path, mistakes, allowed, take)
}

fn each_row<const N: usize>(
    path: &Path,
    mistakes: &mut Mistakes,
    places: impl FnOnce(&StringRecord) -> Result<[Option<usize>; N], Failure>,
    mut take: impl FnMut(u64, [Option<&str>; N], &mut Mistakes),
) -> Result<(), Failure> {
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{} cannot be read: {error}", path.display()));
    let data = open(path).map_err(|error| unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(data);
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let places = places(&header)?;
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
        if record.len() == header.len() {
            take(line, places.map(|place| place.and_then(|place| record.get(place))), mistakes);
        } else {
            let (has, needed) = (record.len(), header.len());
            mistakes.note(line, &format!("it has {has} fields, and the header {needed}"));
        }
    }
}

fn place(column: &str, header: &StringRecord) -> Option<usize> {
    header.iter().position(|name| name == column)
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
) -> Result<[Option<usize>; N], Failure> {
    let found = columns.map(|column| place(column, header));
    let missing: Vec<&str> = columns
        .into_iter()
        .zip(found)
        .filter(|(_, place)| place.is_none())
        .map(|(column, _)| column)
        .collect();
    if missing.is_empty() {
        return Ok(found);
    }
    Err(Failure::Data(format!(
        "{} is refused: line 1 must name the columns {}, and lacks {}",
        path.display(),
        columns.join(", "),
        missing.join(", ")
    )))
}
