//! What is refused, and that all of it is told at once with its line.

use rstest::rstest;

use crate::folder::{Folder, daily};

#[test]
fn every_bad_row_is_told_with_its_line() {
    let rows = [
        "a,2024-01-01,5",
        "a,01/02/2024,5",
        "a,2024-01-03,five",
        "a,2024-01-04,-1",
        "a,2024-01-05,NaN",
        "a,2024-01-06,inf",
        "a,2024-01-07,",
        ",2024-01-08,5",
        "a,2024-01-09",
        "a,2024-01-10 10:30,5",
        "a,17,5",
        "b,2024-01-01,5",
        "a,2024-01-01 00:00,6",
    ];
    let folder = Folder::with(&format!("unique_id,ds,y\n{}\n", rows.join("\n")));
    let refused = folder.backtest("--predictions @out.csv", 65);
    assert!(refused.stdout.is_empty() && !folder.path("out.csv").exists(), "{}", refused.stdout);
    for said in [
        "line 3: \"01/02/2024\" is no timestamp",
        "line 4: y is \"five\"",
        "line 5: y is -1, and no forecast is ever below 0",
        "line 6: y is \"NaN\", which is no finite number",
        "line 7: y is \"inf\"",
        "line 8: y is \"\"",
        "line 9: unique_id is empty",
        "line 10: it has 2 fields, and the header 3",
        "line 11: 2024-01-10 10:30 is not a full hour",
        "line 12: \"17\" is of another kind",
        "line 14: a has 2024-01-01 twice, here and in line 2",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert!(
        !refused.stderr.contains("line 2:") && !refused.stderr.contains("line 13:"),
        "{}",
        refused.stderr
    );
}

#[test]
fn of_many_mistakes_the_first_are_told_and_the_rest_counted() {
    let folder = Folder::with(&format!("unique_id,ds,y\n{}", "a,2024-01-01,x\n".repeat(50)));
    let refused = folder.backtest("", 65).stderr;
    assert!(refused.contains("line 21: ") && !refused.contains("line 22: "), "{refused}");
    assert!(refused.contains("and 30 more"), "{refused}");
}

#[rstest]
#[case::no_column("id,ds,y\na,2024-01-01,5\n", "lacks unique_id")]
#[case::no_header("", "lacks unique_id, ds, y")]
#[case::far_apart("unique_id,ds,y\na,0024-01-01,5\na,2024-01-02,5\n", "line 3: a has 2 rows in 730487 days")]
#[case::no_rows("unique_id,ds,y\n", "nothing could be judged")]
fn a_file_that_is_no_series_is_refused(#[case] data: &str, #[case] said: &str) {
    let refused = Folder::with(data).backtest("", 65).stderr;
    assert!(refused.contains(said), "{refused}");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = Folder::new();
    folder.write("data.csv", b"unique_id,ds,y\na,2024-01-01,5\n\xff,2024-01-02,5\n");
    let refused = folder.backtest("", 65).stderr;
    assert!(refused.contains("line 3: it is not UTF-8"), "{refused}");
}

#[rstest]
#[case::a_cutoff(
    "--cutoffs @other.csv",
    "unique_id,cutoff\na,2024-01-20\na,soon\n",
    "line 3: \"soon\" is no timestamp"
)]
#[case::a_cutoff_of_another_kind(
    "--cutoffs @other.csv",
    "unique_id,cutoff\na,20\n",
    "line 2: \"20\" is of another kind"
)]
#[case::no_cutoff_column("--cutoffs @other.csv", "unique_id,ds\na,2024-01-20\n", "lacks cutoff")]
#[case::a_holiday(
    "--holidays @other.csv",
    "date\n2024-01-20\n20 January\n",
    "line 3: \"20 January\" is no date"
)]
fn the_other_files_are_read_as_strictly(#[case] arguments: &str, #[case] other: &str, #[case] said: &str) {
    let folder = Folder::with(&daily(&[("a", 40)]));
    folder.write("other.csv", other);
    let refused = folder.backtest(arguments, 65).stderr;
    assert!(refused.contains(said), "{refused}");
}

#[rstest]
#[case::no_such_file("backtest --csv @none.csv", 64, "none.csv cannot be read")]
#[case::nowhere_to_write(
    "backtest --csv @data.csv --predictions @none/out.csv",
    64,
    "out.csv cannot be written"
)]
#[case::over_the_data("backtest --csv @data.csv --predictions @data.csv", 64, "would be overwritten")]
#[case::no_such_model("backtest --csv @data.csv --model oracle", 2, "no model \"oracle\"")]
#[case::nothing_at_once("backtest --csv @data.csv --jobs 0", 2, "--jobs")]
#[case::cutoffs_and_folds("backtest --csv @data.csv --cutoffs @data.csv --folds 3", 2, "--folds")]
#[case::holidays_of_what("backtest --holidays @data.csv", 2, "--csv")]
#[case::a_run_s_option("--dry-run backtest --csv @data.csv", 64, "leave the others out")]
#[case::no_database("backtest", 78, "ANALYTICS_DATABASE__")]
fn what_cannot_be_done_is_refused(#[case] command: &str, #[case] code: i32, #[case] said: &str) {
    let folder = Folder::with(&daily(&[("a", 40)]));
    let refused = folder.run(command, code).stderr;
    assert!(refused.contains(said), "{refused}");
    assert_eq!(folder.read("data.csv"), daily(&[("a", 40)]));
}
