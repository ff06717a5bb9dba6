//! Running again: over unchanged orders nothing changes, whatever is run.

use rstest::rstest;
use sandbox::databases::Source;

use super::hard_rows::{EXTRA_STATUSES, draw};
use super::wall_clock::Rules;
use crate::support::Kitchen;

/// All that readers may see and all that the next run goes by, row ids and times of writing included; of the
/// publication all but its lease.
const TABLES: [&str; 7] = [
    "SELECT generation, published_at, timezone, day_start, currency, forecast_origin FROM publication",
    "SELECT * FROM daily_revenue_cache ORDER BY id",
    "SELECT * FROM hourly_order_cache ORDER BY id",
    "SELECT * FROM item_sales ORDER BY date, item_id",
    "SELECT * FROM forecast_history ORDER BY id",
    "SELECT * FROM published_days ORDER BY date",
    "SELECT * FROM source_days ORDER BY date",
];

async fn dump(kitchen: &Kitchen) -> Vec<String> {
    let mut dump = Vec::new();
    for query in TABLES {
        dump.push(query.to_owned());
        dump.extend(kitchen.published(query).await);
    }
    dump
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_over_unchanged_orders_changes_no_row(#[values(false, true)] index_on_created_at: bool) {
    let extra_statuses = EXTRA_STATUSES.map(str::to_owned).into();
    let source = Source { index_on_created_at, extra_statuses, ..Source::default() };
    let kitchen = Kitchen::with("reruns", &source)
        .await
        .set("ANALYTICS__TIMEZONE", "Europe/Paris")
        .set("ANALYTICS__DAY_START", "04:00");
    let rules = Rules::new("Europe/Paris", 4, "Europe/Paris");
    let date = |text: &str| text.parse().unwrap();
    let days = (date("2024-09-20"), date("2024-11-02"));
    draw(21, 900, &rules, days, &[date("2024-10-27")]).store(&kitchen).await;
    let now = "2024-11-03T05:00:00Z";
    kitchen.run_at(now, &[], 0);
    let before = dump(&kitchen).await;
    assert!(before.iter().any(|row| row.contains("daily_revenue|")), "a forecast was issued");

    for arguments in [
        &[][..],
        &["--date", "2024-10-27"],
        &["--from", "2024-09-21", "--to", "2024-11-02"],
        &["--lookback", "92"],
        &["--rebuild"],
        &["--rebuild", "--allow-empty"],
        &["--dry-run"],
        &[],
    ] {
        kitchen.run_at(now, arguments, 0);
        let after = dump(&kitchen).await;
        let differences: Vec<_> = after.iter().filter(|row| !before.contains(row)).take(5).collect();
        assert!(before == after, "{arguments:?} changed rows, such as {differences:#?}");
    }
}
