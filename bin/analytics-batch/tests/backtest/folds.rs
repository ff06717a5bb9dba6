//! From which origins forecasts are made.

use rstest::rstest;

use crate::folder::{Folder, daily, date};

/// The cutoffs of the forecasts made with these arguments, as days counted from 0.
fn cutoffs(folder: &Folder, arguments: &str) -> Vec<(String, usize)> {
    let mut cutoffs: Vec<(String, usize)> = folder
        .predictions(&format!("--model seasonal_naive {arguments}"))
        .iter()
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            let day = (0..400).find(|day| date(*day).to_string() == fields[1]).unwrap();
            (fields[0].to_owned(), day)
        })
        .collect();
    cutoffs.dedup();
    cutoffs
}

#[rstest]
#[case::by_default("", &[43, 50, 57, 64, 71, 78, 85, 92])]
#[case::step("--folds 3 --step 2", &[88, 90, 92])]
#[case::horizon("--folds 2 --horizon 10", &[79, 89])]
fn the_last_fold_is_one_horizon_before_the_end(#[case] arguments: &str, #[case] days: &[usize]) {
    let folder = Folder::with(&daily(&[("a", 100)]));
    let expected: Vec<(String, usize)> = days.iter().map(|day| ("a".to_owned(), *day)).collect();
    assert_eq!(cutoffs(&folder, arguments), expected);
}

/// Eight days must be known, and seven are judged.
#[test]
fn a_series_too_short_for_a_fold_is_named_and_counted() {
    let folder = Folder::with(&daily(&[("long", 30), ("short", 22), ("shorter", 10)]));
    let finished = folder.backtest("--folds 2", 0);
    assert!(finished.stderr.contains("shorter has 10 days, too few for 2 of 2 folds"), "{}", finished.stderr);
    assert!(
        !finished.stderr.contains("long has") && !finished.stderr.contains("short has"),
        "{}",
        finished.stderr
    );
    assert!(finished.stdout.contains("2 folds were skipped"), "{}", finished.stdout);
    let found = folder.json("--folds 2");
    assert_eq!((&found["folds_skipped"], &found["rows"][0]["series"]), (&2.into(), &2.into()));
    assert!(found["notes"][0].as_str().unwrap().starts_with("shorter has 10 days"), "{found}");

    let refused = Folder::with(&daily(&[("shorter", 10)])).backtest("", 65);
    assert!(refused.stderr.contains("nothing could be judged"), "{}", refused.stderr);
}

/// A fold trains on all up to and with its cutoff, and on nothing after it.
#[test]
fn cutoffs_may_be_named() {
    let folder = Folder::with(&daily(&[("a", 60), ("b", 60)]));
    // As in a file of predictions: other columns, and a row for each step.
    let rows =
        [(40, "a"), (40, "a"), (31, "b"), (20, "a")].map(|(day, id)| format!("{},x,{id}\n", date(day)));
    folder.write("cutoffs.csv", format!("cutoff,ds,unique_id\n{}", rows.concat()));
    let expected = [("a", 20), ("a", 40), ("b", 31)].map(|(id, day)| (id.to_owned(), day));
    assert_eq!(cutoffs(&folder, "--cutoffs @cutoffs.csv"), expected);

    let judged = folder.predictions("--cutoffs @cutoffs.csv");
    folder.write("data.csv", daily(&[("a", 48), ("b", 39)]));
    assert_eq!(folder.predictions("--cutoffs @cutoffs.csv"), judged);
}

#[test]
fn cutoffs_that_make_no_fold_are_named() {
    let folder = Folder::with(&daily(&[("a", 30), ("b", 30)]));
    let rows = [("a", 20), ("a", 3), ("a", 29), ("c", 20)].map(|(id, day)| format!("{id},{}\n", date(day)));
    folder.write("cutoffs.csv", format!("unique_id,cutoff\n{}a,2023-12-31\n", rows.concat()));
    let finished = folder.backtest("--cutoffs @cutoffs.csv", 0);
    for said in [
        "a at 2023-12-31: it lies before the first observation",
        "a at 2024-01-04: only 4 steps are known, and more than 7 are needed",
        "a at 2024-01-30: nothing is known after it",
        "b has no cutoff in",
        "c has cutoffs in",
    ] {
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
    }
    assert!(finished.stdout.contains("4 folds were skipped"), "{}", finished.stdout);
}

#[test]
fn a_window_forgets_what_lies_before_it() {
    let data = daily(&[("a", 60)]);
    let folder = Folder::with(&data);
    let windowed = folder.predictions("--folds 1 --window 21");
    let (header, rows) = data.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().skip(60 - 7 - 21).collect();
    let short = Folder::with(&format!("{header}\n{}\n", rows.join("\n")));
    assert_eq!(windowed, short.predictions("--folds 1"));
    assert_ne!(windowed, folder.predictions("--folds 1"));
}
