//! A folder of files and the program run on them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use chrono::{Days, NaiveDate};
use sandbox::programs::{Batch, Finished};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Folder {
    folder: TempDir,
    pub(crate) batch: Batch,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let batch = Batch::new(env!("CARGO_BIN_EXE_analytics-batch"));
        Self { folder: tempfile::tempdir().unwrap(), batch }
    }

    /// A folder with one file, `data.csv`.
    pub(crate) fn with(data: &str) -> Self {
        let folder = Self::new();
        folder.write("data.csv", data);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, data: impl AsRef<[u8]>) {
        fs::write(self.path(name), data).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `backtest --csv data.csv` with more arguments; a word of the form @name is a file of the folder.
    #[track_caller]
    pub(crate) fn backtest(&self, arguments: &str, code: i32) -> Finished {
        self.run(&format!("backtest --csv @data.csv {arguments}"), code)
    }

    #[track_caller]
    pub(crate) fn run(&self, command: &str, code: i32) -> Finished {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => word.to_owned(),
        };
        let words: Vec<String> = command.split_whitespace().map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let finished = self.batch.run(&words).unwrap();
        assert_eq!(finished.code, Some(code), "{command}\n{}\n{}", finished.stdout, finished.stderr);
        finished
    }

    /// The result as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &str) -> Value {
        let finished = self.backtest(&format!("{arguments} --format json"), 0);
        assert_eq!(finished.stdout.lines().count(), 1);
        serde_json::from_str(&finished.stdout).unwrap()
    }

    /// The forecasts of `backtest` with these arguments, a line each, without the header.
    #[track_caller]
    pub(crate) fn predictions(&self, arguments: &str) -> Vec<String> {
        self.backtest(&format!("{arguments} --predictions @out.csv"), 0);
        let text = self.read("out.csv");
        let (header, rows) = text.split_once('\n').unwrap();
        assert_eq!(header, "unique_id,cutoff,ds,y,y_hat,lo-80,hi-80,lo-95,hi-95,model");
        rows.lines().map(str::to_owned).collect()
    }
}

/// A file of series, each with so many steps of so many values, from 1 January 2024, a Monday.
pub(crate) fn daily(series: &[(&str, usize)]) -> String {
    let mut data = "unique_id,ds,y\n".to_owned();
    for (id, days) in series {
        for day in 0..*days {
            writeln!(data, "{id},{},{}", date(day), sales(day)).unwrap();
        }
    }
    data
}

/// The sales of day `day`: a weekday's, a part of its own, and some growth.
pub(crate) fn sales(day: usize) -> usize {
    [20, 22, 24, 26, 40, 50, 30][day % 7] + day * day * 31 % 23 + day / 3
}

/// Day `day`, 0 being the first.
pub(crate) fn date(day: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(day as u64)
}
