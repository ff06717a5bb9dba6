//! Item sales by month and year that somebody's hand has put out of step with their days: noticed, and added up again.

use sandbox::databases::Database;
use serde_json::{Value, json};

use crate::book::Book;
use crate::support::Kitchen;

/// After 38 days from New Year's Day on: January and a part of February.
const NOW: &str = "2024-02-08T01:00:00Z";

const ROLLUPS: &str =
    "SELECT unit, first_day, item_id, days, last_day, quantity, sales FROM item_sales_rollups
                       ORDER BY unit, first_day, item_id";

async fn kitchen() -> Kitchen {
    let kitchen = Kitchen::new("rollups").await;
    Book::of("2024-01-01", 38).enter(&kitchen.restaurant, &Book::default()).await;
    kitchen.run_at(NOW, &[], 0);
    kitchen
}

fn verified(kitchen: &Kitchen, arguments: &[&str], code: i32) -> Value {
    let all = [&["verify", "--format", "json"], arguments].concat();
    serde_json::from_str(&kitchen.run_at(NOW, &all, code).stdout).unwrap()
}

fn rollup(unit: &str, first_day: &str, repaired: bool) -> Value {
    json!({ "unit": unit, "first_day": first_day, "repaired": repaired })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_that_is_not_that_of_its_days_is_named_and_mended() {
    let kitchen = kitchen().await;
    let right = kitchen.published(ROLLUPS).await;
    assert_eq!(verified(&kitchen, &[], 0)["rollups"], json!([]));
    for (broken, unit, first_day) in [
        (
            "UPDATE item_sales_rollups SET quantity = quantity + 1 WHERE unit = 'month' AND item_id = 3
          AND first_day = '2024-01-01'",
            "month",
            "2024-01-01",
        ),
        (
            "UPDATE item_sales_rollups SET sales = sales - 0.01 WHERE unit = 'year' AND item_id = 1",
            "year",
            "2024-01-01",
        ),
        (
            "UPDATE item_sales_rollups SET last_day = '2024-02-01' WHERE unit = 'month' AND item_id = 1
          AND first_day = '2024-02-01'",
            "month",
            "2024-02-01",
        ),
        (
            "DELETE FROM item_sales_rollups WHERE unit = 'month' AND first_day = '2024-02-01'",
            "month",
            "2024-02-01",
        ),
        (
            "INSERT INTO item_sales_rollups (unit, first_day, item_id, days, last_day, quantity, sales)
          VALUES ('year', '2023-01-01', 77, 1, '2023-05-05', 0, 0.00)",
            "year",
            "2023-01-01",
        ),
    ] {
        kitchen.restaurant.run(Database::Analytics, broken).await.unwrap();
        let found = verified(&kitchen, &[], 65);
        assert_eq!(
            (&found["outcome"], &found["rollups"]),
            (&json!("drifted"), &json!([rollup(unit, first_day, false)]))
        );
        assert_eq!(found["drift"], json!([]));
        let mended = verified(&kitchen, &["--repair"], 0);
        assert_eq!(
            (&mended["outcome"], &mended["rollups"]),
            (&json!("repaired"), &json!([rollup(unit, first_day, true)]))
        );
        assert_eq!(kitchen.published(ROLLUPS).await, right, "{broken}");
        assert_eq!(verified(&kitchen, &[], 0)["outcome"], "agrees");
    }
    // No day was computed again for it.
    assert_eq!(kitchen.published("SELECT COUNT(*) FROM runs").await, ["1"]);
}

/// Days that drifted as well are rebuilt first, and the sums are right afterwards. Of other months nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn days_and_sums_are_mended_together() {
    let kitchen = kitchen().await;
    let broken = "UPDATE item_sales_rollups SET quantity = quantity + 1 WHERE unit = 'month' AND first_day = '2024-01-01'";
    kitchen.restaurant.run(Database::Analytics, broken).await.unwrap();
    assert_eq!(verified(&kitchen, &["--date", "2024-02-03"], 0)["rollups"], json!([]));
    let cancelled =
        "UPDATE orders SET status = 'READY' WHERE DATE(created_at) = '2024-01-09' ORDER BY id LIMIT 1";
    kitchen.restaurant.run(Database::Orders, cancelled).await.unwrap();
    let text = kitchen.run_at(NOW, &["verify"], 65).stdout;
    let said = "item sales of the month from 2024-01-01 are not those of its days: `analytics-batch verify --repair`";
    assert!(text.contains(said), "{text}");

    let mended = verified(&kitchen, &["--repair"], 0);
    assert_eq!(mended["repair"]["days_repaired"], json!(["2024-01-09"]));
    let by_day = "SELECT 'month', DATE_FORMAT(date, '%Y-%m-01') AS first_day, item_id, COUNT(*), MAX(date), SUM(quantity),
                  SUM(sales) FROM item_sales GROUP BY first_day, item_id
                  UNION ALL SELECT 'year', DATE_FORMAT(date, '%Y-01-01') AS first_day, item_id, COUNT(*), MAX(date),
                  SUM(quantity), SUM(sales) FROM item_sales GROUP BY first_day, item_id ORDER BY 1, 2, 3";
    assert_eq!(kitchen.published(ROLLUPS).await, kitchen.published(by_day).await);
}
