//! The targets of `fuzz/` with input made up here: few runs of each, in every test run.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{query, tokens};

/// Parameters that the routes know, and one that none does.
const NAMES: [&str; 13] = [
    "limit",
    "start_date",
    "end_date",
    "target_date",
    "forecast_date",
    "days_back",
    "days",
    "group_by",
    "compare",
    "sort_by",
    "format",
    "%6cimit",
    "colour",
];
const VALUES: [&str; 17] = [
    "1",
    "0",
    "-1",
    "4294967296",
    "99999999999999999999",
    "2026-01-31",
    "2026-02-30",
    "9999-12-31",
    "0000-00-00",
    "2026-01-31T00:00:00Z",
    "day",
    "week_ago",
    "csv",
    "",
    "%00",
    "%ff%fe",
    "%F0%9F%8D%95",
];

proptest! {
    #[test]
    fn a_query_of_any_bytes_has_an_answer(input in vec(any::<u8>(), 0..300)) {
        query(&input);
    }

    #[test]
    fn a_query_of_parameters_has_an_answer(path in any::<u8>(), pairs in vec((select(&NAMES), select(&VALUES)), 0..6)) {
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        query(&[&[path], pairs.join("&").as_bytes()].concat());
    }

    #[test]
    fn what_callers_show_and_operators_write_is_judged(kind in any::<u8>(), input in vec(any::<u8>(), 0..300)) {
        tokens(&[&[kind], input.as_slice()].concat());
    }

    #[test]
    fn what_looks_like_it_is_judged(kind in any::<u8>(), text in "[{}\\[\\]\":,.a-z0-9=+/ #\n-]{0,200}") {
        tokens(&[&[kind], text.as_bytes()].concat());
    }
}

/// What a fuzzer begins with: each must be read, and some of each kind be let through.
#[test]
fn the_corpus_holds() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (folder, target) in [("query", query as fn(&[u8])), ("tokens", tokens)] {
        let files: Vec<_> = std::fs::read_dir(corpus.join(folder)).unwrap().collect();
        assert!(files.len() >= 5, "{folder}");
        for file in files {
            target(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
}
