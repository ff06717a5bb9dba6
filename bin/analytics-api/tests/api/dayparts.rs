//! `/dayparts`.

use sandbox::databases::Restaurant;
use serde_json::{Value, json};

use crate::support::{NOW, body, command, opened, publish, run, start_with};

const DAYPARTS: (&str, &str) = ("ANALYTICS__DAYPARTS", "lunch 11:00-15:00, late 22:00-02:00");

/// On the 20th 2 orders at noon, 3 at 14, 4 at 22 and 1 at 1 in the night, and 5 at 15, which is in no part; each order
/// is of 10.00. The day before has none, and the 17th, which is adopted, 6 at noon.
async fn restaurant() -> Restaurant {
    let restaurant = opened("dayparts").await;
    let mut rows = Vec::new();
    for (date, orders) in [("2026-11-19", [0; 5]), ("2026-11-20", [1, 2, 3, 5, 4])] {
        for hour in 0..24 {
            let busy = [1, 12, 14, 15, 22].iter().position(|busy| *busy == hour);
            let orders = busy.map_or(0, |nth| orders[nth]);
            rows.push(format!("('{date}', {hour}, {orders}, {orders} * 10)"));
        }
    }
    rows.push("('2026-11-17', 12, 6, NULL)".to_owned());
    let columns = "date, hour, order_count, revenue";
    run(&restaurant, &format!("INSERT INTO hourly_order_cache ({columns}) VALUES {}", rows.join(","))).await;
    publish(&restaurant, &["2026-11-19", "2026-11-20"]).await;
    restaurant
}

#[tokio::test]
async fn hours_add_up_to_parts_and_the_rest_is_named() {
    let api = start_with(&restaurant().await, &[("SERVER__NOW", NOW), DAYPARTS]);
    let answer = body(&api, "/dayparts?target_date=2026-11-20&days_back=4").await;
    let part = |date: &str, daypart: &str, order_count: i64, revenue: Value| json!({"date": date, "daypart": daypart, "order_count": order_count, "revenue": revenue});
    assert_eq!(
        answer["daypart_data"],
        json!([
            part("2026-11-17", "lunch", 6, Value::Null),
            part("2026-11-17", "late", 0, Value::Null),
            part("2026-11-17", "other", 0, Value::Null),
            part("2026-11-19", "lunch", 0, json!("0.00")),
            part("2026-11-19", "late", 0, json!("0.00")),
            part("2026-11-19", "other", 0, json!("0.00")),
            part("2026-11-20", "lunch", 5, json!("50.00")),
            part("2026-11-20", "late", 5, json!("50.00")),
            part("2026-11-20", "other", 5, json!("50.00")),
        ])
    );
    let rest: Vec<u8> = (2..11).chain(15..22).collect();
    assert_eq!(
        answer["dayparts"],
        json!([
            {"daypart": "lunch", "hours": [11, 12, 13, 14]},
            {"daypart": "late", "hours": [22, 23, 0, 1]},
            {"daypart": "other", "hours": rest},
        ])
    );
    assert_eq!((&answer["days_expected"], &answer["days_counted"]), (&json!(4), &json!(3)));
    assert_eq!(answer["meta"]["missing_dates"], json!(["2026-11-18"]));
}

#[tokio::test]
async fn days_add_up_to_totals() {
    let api = start_with(&restaurant().await, &[("SERVER__NOW", NOW), DAYPARTS]);
    let answer = body(&api, "/dayparts?days_back=2&group_by=total").await;
    let third = |daypart: &str| {
        json!({"daypart": daypart, "order_count": 5, "revenue": "50.00", "average_orders": 2.5,
               "average_revenue": "25.00", "order_share_percent": 33.3, "revenue_share_percent": 33.3})
    };
    assert_eq!(answer["daypart_totals"], json!([third("lunch"), third("late"), third("other")]));
    assert_eq!((&answer["total_records"], &answer["days_counted"]), (&json!(3), &json!(2)));
    // An adopted day among them has orders and no revenue.
    let adopted = body(&api, "/dayparts?days_back=4&group_by=total").await;
    let lunch = &adopted["daypart_totals"][0];
    assert_eq!((&lunch["order_count"], &lunch["revenue"]), (&json!(11), &Value::Null));
    assert_eq!((&lunch["average_orders"], &lunch["revenue_share_percent"]), (&json!(3.67), &Value::Null));
    // 11 of 21.
    assert_eq!(lunch["order_share_percent"], 52.4);
    let none = body(&api, "/dayparts?target_date=2026-10-01&group_by=total").await;
    assert_eq!((&none["days_expected"], &none["days_counted"]), (&json!(0), &json!(0)));
    assert_eq!(
        (&none["daypart_totals"][0]["average_orders"], &none["total_records"]),
        (&Value::Null, &json!(3))
    );
}

#[tokio::test]
async fn parts_that_overlap_are_refused_at_the_start() {
    let refused = command(&opened("overlap").await)
        .set("ANALYTICS__DAYPARTS", "lunch 11:00-15:00, tea 14:00-17:00")
        .run(&[])
        .unwrap();
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    let said =
        "ANALYTICS__DAYPARTS is not clear: lunch and tea overlap at 14:00: let each hour be in one part";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
}
