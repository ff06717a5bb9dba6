//! The calendar of special days: taken in whole or not at all, and known to the next forecast.

use std::path::PathBuf;

use rstest::rstest;
use sandbox::programs::Finished;
use tempfile::TempDir;

use crate::book::Book;
use crate::state::lasting;
use crate::support::Kitchen;

const NOW: &str = "2024-03-01T01:00:00Z";

const KNOWN: &str = "SELECT date, kind, name, effect FROM special_days ORDER BY date, kind";

/// A restaurant and files to import.
struct Desk {
    kitchen: Kitchen,
    folder: TempDir,
}

impl Desk {
    async fn new(hint: &str) -> Self {
        Self { kitchen: Kitchen::new(hint).await, folder: TempDir::new().unwrap() }
    }

    fn file(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("days.csv");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[track_caller]
    fn import(&self, text: impl AsRef<[u8]>, code: i32) -> Finished {
        let path = self.file(text);
        self.kitchen.run_at(NOW, &["calendar", "import", path.to_str().unwrap()], code)
    }

    async fn known(&self) -> Vec<String> {
        self.kitchen.published(KNOWN).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_and_a_corrected_row_replaces_its_day() {
    let desk = Desk::new("import").await;
    // As a spreadsheet writes it: a mark of the encoding, lines that end with CR LF, a quoted name.
    let file = "\u{feff}effect,name,date,kind\r\n\
                closed,\"Noël, fête\",2024-12-25,holiday\r\n\
                open,,2024-12-23,Opening\r\n\
                event,Braderie,2024-09-01,market\r\n";
    let said = desk.import(file, 0).stdout;
    assert!(said.contains("3 added, 0 changed, 0 unchanged. The next run's forecast knows them"), "{said}");
    let known = [
        "2024-09-01|market|Braderie|event",
        "2024-12-23|opening||open",
        "2024-12-25|holiday|Noël, fête|closed",
    ];
    assert_eq!(desk.known().await, known);

    let before = lasting(&desk.kitchen).await;
    assert!(desk.import(file, 0).stdout.contains("0 added, 0 changed, 3 unchanged"));
    assert_eq!(lasting(&desk.kitchen).await, before);

    let said = desk.import(
        "date,kind,name,effect\n2024-12-25,holiday,Noël,event\n2024-09-01,market,Braderie,event\n",
        0,
    );
    assert!(said.stdout.contains("0 added, 1 changed, 1 unchanged"), "{}", said.stdout);
    let change = "2024-12-25 holiday (Noël): event, was 2024-12-25 holiday (Noël, fête): closed";
    assert!(said.stdout.contains(change), "{}", said.stdout);
    assert_eq!(desk.known().await[2], "2024-12-25|holiday|Noël|event");
    // The published figures are what they were.
    assert_eq!(desk.kitchen.published("SELECT generation FROM publication").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_list_of_dates_is_one_of_public_holidays() {
    let desk = Desk::new("holidays").await;
    desk.import("date\n2024-05-01\n2024-05-08\n", 0);
    desk.import("date,name\n2024-05-08,Victoire\n", 0);
    assert_eq!(desk.known().await, ["2024-05-01|holiday||event", "2024-05-08|holiday|Victoire|event"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_mistakes_are_told_and_nothing_is_taken_in() {
    let desk = Desk::new("mistakes").await;
    desk.import("date,kind,effect\n2024-06-01,closure,closed\n", 0);
    let file = [
        b"date,kind,name,effect\n2024-05-01,holiday,May,event\n32 May,sports day,,shut\n2024-05-01,holiday,Labour,event\n"
            as &[u8],
        b"2024-05-09,holiday,\xe9t\xe9,event\n2024-05-10,closure,,closed\n2024-05-10,party,,open\n2024-05-11,event\n",
        format!("0204-05-11,event,{},event\n2024-05-12,,,event\n", "x".repeat(129)).as_bytes(),
    ]
    .concat();
    let said = desk.import(&file, 65).stderr;
    for told in [
        "line 3: \"32 May\" is no date: write YYYY-MM-DD",
        "line 3: \"sports day\" is no kind",
        "line 3: there is no effect \"shut\": write closed, open or event",
        "line 4: 2024-05-01 stands as holiday on line 2 already",
        "line 5: it is not UTF-8",
        "line 7: 2024-05-10 is open here and closed on line 6",
        "line 8: it has 2 fields, and the header 4",
        "line 9: 0204-05-11 is no likely date",
        "line 9: the name has 129 characters",
        "line 10: \"\" is no kind",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let said = desk.import("date,effect,kind\n2024-07-01,event,market\n2024-06-01,open,party\n", 65).stderr;
    let told = "line 3: 2024-06-01 is open here and known as 2024-06-01 closure: closed. Decide for one";
    assert!(said.contains(told), "{said}");
    assert_eq!(desk.known().await, ["2024-06-01|closure||closed"]);
}

#[rstest]
#[case::no_header("2024-05-01\n2024-05-08\n", 65, "line 1 has \"2024-05-01\" among its columns")]
#[case::no_date("kind,name\nholiday,May\n", 65, "lacks date")]
#[case::a_misspelt_column("date,efect\n2024-05-01,closed\n", 65, "line 1 has \"efect\" among its columns")]
#[case::a_column_twice("date,kind,kind\n2024-05-01,a,b\n", 65, "line 1 has \"kind\" among its columns")]
#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_says_something_else_is_refused(
    #[case] file: &str,
    #[case] code: i32,
    #[case] told: &str,
) {
    let said = Desk::new("header").await.import(file, code).stderr;
    assert!(said.contains(told), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_listed_as_they_can_be_imported_and_taken_back() {
    let desk = Desk::new("list").await;
    let file = "date,kind,name,effect\n2024-05-01,holiday,\"May, Day\",event\n2024-05-01,closure,,closed\n\
                2024-05-08,holiday,Victoire,event\n2025-01-01,holiday,,event\n";
    desk.import(file, 0);
    let run = |arguments: &str| desk.kitchen.run_at(NOW, &arguments.split(' ').collect::<Vec<_>>(), 0).stdout;
    let listed = run("calendar list");
    assert!(desk.import(&listed, 0).stdout.contains("0 added, 0 changed, 4 unchanged"), "{listed}");
    assert_eq!(
        run("calendar list --from 2024-05-02 --to 2024-12-31"),
        "date,kind,name,effect\n2024-05-08,holiday,Victoire,event\n"
    );
    let said = run("calendar remove --date 2024-05-01 --kind closure");
    assert!(said.contains("Removed: 1") && said.contains("2024-05-01 closure: closed"), "{said}");
    assert!(run("calendar remove --from 2024-01-01 --to 2024-12-31").contains("Removed: 2"));
    assert_eq!(desk.known().await, ["2025-01-01|holiday||event"]);
    assert!(run("calendar remove --date 2024-05-01").contains("Removed: 0"));
    desk.kitchen.run_at(NOW, &["calendar", "remove"], 2);
    desk.kitchen.run_at(NOW, &["calendar", "import", "/nowhere/days.csv"], 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_forecast_knows_the_days() {
    let desk = Desk::new("served").await;
    // Closed on Sundays; 1 March has begun.
    Book::of("2024-01-01", 60).enter(&desk.kitchen.restaurant, &Book::default()).await;
    desk.kitchen.run_at(NOW, &[], 0);
    let before = desk.kitchen.published(ISSUED).await;
    assert_eq!(desk.kitchen.published(&of_day("2024-03-05")).await, OPEN);
    assert_eq!(desk.kitchen.published(&of_day("2024-03-03")).await, CLOSED);

    desk.import(
        "date,kind,effect\n2024-03-05,closure,closed\n2024-03-03,market,open\n2024-03-01,closure,closed\n",
        0,
    );
    desk.kitchen.run_at(NOW, &[], 0);
    // Closed: revenue, orders and hours are 0, and so are their bounds.
    assert_eq!(desk.kitchen.published(&of_day("2024-03-05")).await, CLOSED);
    let sunday = desk.kitchen.published(&of_day("2024-03-03")).await;
    assert_eq!(sunday, OPEN);
    // What was said of a day that has begun stands.
    assert_eq!(desk.kitchen.published(&of_day("2024-03-01")).await, OPEN);

    desk.kitchen.run_at(NOW, &["calendar", "remove", "--from", "2024-01-01", "--to", "2024-12-31"], 0);
    desk.kitchen.run_at(NOW, &[], 0);
    assert_eq!(desk.kitchen.published(ISSUED).await, before);
}

const ISSUED: &str =
    "SELECT forecast_type, forecast_date, origin, model, forecast_value, lower_80, upper_80, lower_95,
                      upper_95 FROM forecast_history ORDER BY origin, forecast_date, forecast_type";

/// Orders come from 11 to 21 o'clock: 11 hours, and the day's revenue and orders.
const OPEN: [&str; 1] = ["26|13|13"];

const CLOSED: [&str; 1] = ["26|26|0"];

/// Of the forecasts for a day: how many there are, how many are 0, and how many may be above 0.
fn of_day(date: &str) -> String {
    format!(
        "SELECT COUNT(*), SUM(forecast_value = 0), SUM(upper_95 > 0) FROM forecast_history WHERE forecast_date = '{date}'"
    )
}
