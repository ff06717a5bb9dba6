//! What is printed and written, and that it does not depend on how many folds are computed at once.

use rstest::rstest;

use crate::folder::{Folder, daily, date, sales};

/// The naive forecast of a day is the same weekday of the week before, so every measure that needs no interval can be
/// made by hand; here crates/domain/tests/reference/measures.py made them.
#[test]
fn naive_measures_are_those_of_an_independent_program() {
    let folder = Folder::with(&daily(&[("a", 56), ("b", 35)]));
    let rows = folder.predictions("--model seasonal_naive --folds 2");
    assert_eq!(rows.len(), 2 * 2 * 7);
    for (row, day) in rows.iter().zip((42..56).chain(21..35)) {
        let fields: Vec<&str> = row.split(',').collect();
        let (truth, forecast) = (sales(day).to_string(), sales(day - 7).to_string());
        assert_eq!(fields[2..5], [date(day).to_string(), truth, forecast], "{row}");
        assert_eq!(fields[9], "seasonal_naive");
    }
    let found = &folder.json("--model seasonal_naive --folds 2")["rows"][0];
    for (name, expected) in [("wape", WAPE), ("mase", MASE), ("rmsse", RMSSE), ("bias", BIAS)] {
        assert!((found[name].as_f64().unwrap() - expected).abs() < 1e-9, "{name}: {found}");
    }
    assert_eq!((&found["series"], &found["folds"], &found["points"]), (&2.into(), &4.into(), &28.into()));
}

const WAPE: f64 = 0.126420454545;
const MASE: f64 = 0.900200479457;
const RMSSE: f64 = 0.880407133674;
const BIAS: f64 = -0.046875000000;

#[test]
fn the_table_says_what_the_json_says() {
    let folder = Folder::with(&daily(&[("a", 56)]));
    let text = folder.backtest("--model seasonal_naive --folds 2", 0).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "1 series, 2 folds, 14 points, 7 steps ahead");
    let titles: Vec<&str> = lines[1].split_whitespace().collect();
    let values: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!((titles[0], values[0], titles.len()), ("model", "seasonal_naive", values.len()));
    let json = &folder.json("--model seasonal_naive --folds 2")["rows"][0];
    let shown = |name: &str, factor: f64, places: usize| {
        format!("{:.places$}", json[name].as_f64().unwrap() * factor)
    };
    let percents = ["wape", "wape_open"].map(|name| shown(name, 100.0, 2));
    assert_eq!(values[1..3], percents);
    assert_eq!(values[3..5], ["mase", "rmsse"].map(|name| shown(name, 1.0, 4)));
    let names = ["bias", "coverage_80", "coverage_95", "open_coverage_80", "open_coverage_95", "swis"];
    assert_eq!(values[5..11], names.map(|name| shown(name, 100.0, 2)));
}

/// The time is the only thing that may differ.
#[test]
fn how_many_at_once_changes_nothing() {
    let folder = Folder::with(&daily(&[("b", 60), ("a", 40), ("c", 50)]));
    let outcome = |jobs: &str, out: &str| {
        let mut found = folder.json(&format!("--model all --folds 3 --jobs {jobs} --predictions @{out}"));
        for row in found["rows"].as_array_mut().unwrap() {
            row["cpu_ms_per_fold"].take();
        }
        (found, folder.read(out))
    };
    let (alone, together) = (outcome("1", "1.csv"), outcome("3", "3.csv"));
    assert_eq!(alone, together);
    assert!(alone.0["rows"].as_array().unwrap().len() > 3, "{}", alone.0);

    let order = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        [0, 1, 2, 9].map(|field| fields[field].to_owned())
    };
    let rows: Vec<_> = alone.1.lines().skip(1).map(order).collect();
    assert!(rows.is_sorted() && rows.iter().any(|row| row[3] == "auto"), "{rows:?}");
}

/// No value that a reader would get back as another.
#[test]
fn intervals_hold_their_forecast() {
    let folder = Folder::with(&daily(&[("a", 90)]));
    for row in folder.predictions("--horizon 3 --folds 4 --step 5") {
        let number: Vec<f64> = row.split(',').skip(3).take(6).map(|field| field.parse().unwrap()).collect();
        let [_, value, lower_80, upper_80, lower_95, upper_95] = number[..] else { panic!("{row}") };
        assert!([0.0, lower_95, lower_80, value, upper_80, upper_95].is_sorted(), "{row}");
    }
}

#[rstest]
#[case::a_model_that_hours_do_not_have("theta", "seasonal_naive in 2 folds")]
fn whose_forecasts_they_are_is_told(#[case] model: &str, #[case] said: &str) {
    let mut data = "unique_id,ds,y\n".to_owned();
    for hour in 0..24 * 30 {
        data.push_str(&format!("a,{} {:02}:00,{}\n", date(hour / 24), hour % 24, hour * hour * 31 % 23));
    }
    let folder = Folder::with(&data);
    let text = folder.backtest(&format!("--folds 2 --model {model}"), 0).stdout;
    assert!(text.contains(&format!("{model} was served by {said}")), "{text}");
}
