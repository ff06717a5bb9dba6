//! Every picture shows the API's figures.

use serde_json::Value;

use crate::figures::{day, given, hour, plain, shows};
use crate::page::Page;
use crate::restaurant::{answer, start_published};

fn list<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().unwrap()
}

fn measure<'a>(accuracy: &'a Value, kind: &str) -> &'a Value {
    list(accuracy, "accuracy").iter().find(|figure| figure["forecast_type"] == kind).unwrap()
}

#[tokio::test]
async fn revenue_by_day() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let summary = answer(&api, "/summary?limit=28").await;
    let days = list(&summary, "daily_summaries");
    let accuracy = answer(&api, "/forecast/accuracy?days=28").await;
    let judged = measure(&accuracy, "daily_revenue")["days"].as_array().unwrap();

    let rows = page.table("Published days").await;
    assert_eq!(rows.len(), 28);
    for (row, expected) in rows.iter().zip(days) {
        assert_eq!(row[0], day(&expected["date"]));
        shows(&row[1], &expected["total_revenue"], 2);
        shows(&row[2], &expected["order_count"], 0);
        shows(&row[3], &expected["average_order_value"], 2);
        match judged.iter().find(|day| day["date"] == expected["date"]) {
            Some(day) if !day["horizon_1"].is_null() => {
                shows(&row[4], &day["horizon_1"]["forecast_value"], 0);
            }
            _ => assert_eq!(row[4], "–", "{row:?}"),
        }
    }
    assert!(rows.iter().any(|row| row[4] != "–"), "no day was forecast");

    // The bars, oldest first, are as high as the days were good.
    let heights = page
        .value(
            "[...document.querySelectorAll('rect.actual')].filter((bar) => bar.closest('.picture'))\
        .map((bar) => bar.height.baseVal.value)",
        )
        .await;
    let heights: Vec<f64> = serde_json::from_value(heights).unwrap();
    let revenue: Vec<f64> = days.iter().rev().map(|day| given(&day["total_revenue"])).collect();
    assert_eq!(heights.len(), revenue.len());
    let most = revenue.iter().copied().fold(0.0, f64::max);
    let tallest = heights.iter().copied().fold(0.0, f64::max);
    for (height, revenue) in heights.iter().zip(&revenue) {
        assert!(
            (height / tallest - revenue / most).abs() < 0.01,
            "{height} of {tallest}, {revenue} of {most}"
        );
    }

    let coming = answer(&api, "/forecast/daily?limit=14").await;
    let rows = page.table("The coming days").await;
    assert_eq!(rows.len(), 14);
    for (row, expected) in rows.iter().zip(list(&coming, "forecasts")) {
        assert_eq!(row[0], day(&expected["forecast_date"]));
        shows(&row[1], &expected["forecast_value"], 0);
        for (cell, share) in [(&row[2], 80), (&row[3], 95)] {
            let (low, high) = cell.split_once(" – ").unwrap();
            shows(low, &expected[format!("lower_{share}")], 0);
            shows(high, &expected[format!("upper_{share}")], 0);
        }
    }
    page.close().await;
}

#[tokio::test]
async fn the_last_day_the_week_and_the_month() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    // Days, and the days before that they are held against. An American's week begins on Sunday, the 15th.
    for (heading, [from, to], [from_before, to_before]) in [
        ("Yesterday", ["2026-11-21", "2026-11-21"], ["2026-11-14", "2026-11-14"]),
        ("Week to date", ["2026-11-15", "2026-11-21"], ["2026-11-08", "2026-11-14"]),
        ("Month to date", ["2026-11-01", "2026-11-21"], ["2026-10-01", "2026-10-21"]),
        ("These days together", ["2026-10-25", "2026-11-21"], ["2026-09-27", "2026-10-24"]),
    ] {
        let totals = async |from: &str, to: &str| {
            let path = format!("/summary?start_date={from}&end_date={to}&group_by=month");
            answer(&api, &path).await["totals"].clone()
        };
        let (expected, expected_before) = (totals(from, to).await, totals(from_before, to_before).await);
        let card = page.card(heading).await;
        let (_, figure) = card.split_once('€').unwrap();
        shows(figure, &expected["total_revenue"], 2);
        let (_, orders) = card.split_once("Orders").unwrap();
        shows(orders, &expected["order_count"], 0);
        let (_, each) = card.split_once("Per order").unwrap();
        shows(each, &expected["average_order_value"], 2);
        let (_, before) = card.split_once("against ").unwrap();
        shows(before, &expected_before["total_revenue"], 2);
        let change = given(&expected["total_revenue"]) - given(&expected_before["total_revenue"]);
        let sign = if change < 0.0 { "-" } else { "+" };
        let (_, shown) = card.split_once(&format!(" {sign}€")).unwrap();
        shows(shown, &change.abs().into(), 2);
    }
    let today = &answer(&api, "/forecast/daily?limit=1").await["forecasts"][0];
    assert_eq!(today["forecast_date"], "2026-11-22");
    let card = page.card("Today").await;
    shows(&card, &today["forecast_value"], 0);
    assert!(card.contains("Sunday, November 22"), "{card}");
    page.close().await;
}

#[tokio::test]
async fn the_hours_of_the_week() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let expected = answer(&api, "/hourly?target_date=2026-11-21&days_back=28&group_by=weekday_hour").await;
    let expected = list(&expected, "hours_of_the_week");
    let rows = page.table("Average orders by weekday and hour").await;
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        let weekday = expected["weekday"].as_str().unwrap();
        assert!(weekday.starts_with(&row[0].to_lowercase()), "{row:?} for {weekday}");
        assert_eq!(plain(&row[1]), hour(&expected["hour"]));
        shows(&row[2], &expected["average_orders"], 1);
        shows(&row[3], &expected["median_orders"], 1);
        if !expected["average_revenue"].is_null() {
            shows(&row[4], &expected["average_revenue"], 2);
        }
    }
    // The darkest cell is that of the busiest hour, and says so.
    let busiest =
        expected.iter().max_by(|a, b| given(&a["average_orders"]).total_cmp(&given(&b["average_orders"])));
    let busiest = busiest.unwrap();
    let told = page
        .value("[...document.querySelectorAll('rect.heat.h6 title')].map((title) => title.textContent)")
        .await;
    let told: Vec<String> = serde_json::from_value(told).unwrap();
    let wanted = format!(", {}: ", hour(&busiest["hour"]));
    assert!(told.iter().any(|words| plain(words).contains(&wanted)), "{wanted:?} in {told:?}");
    page.close().await;
}

#[tokio::test]
async fn the_parts_of_the_day() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let expected = answer(&api, "/dayparts?target_date=2026-11-21&days_back=28&group_by=total").await;
    // Nothing is sold at breakfast, and so nothing is said of it.
    let expected = list(&expected, "daypart_totals").iter().filter(|part| part["order_count"] != 0);
    let rows = page.table("An average day by its parts").await;
    assert_eq!(rows.len(), expected.clone().count());
    for (row, expected) in rows.iter().zip(expected) {
        let name = expected["daypart"].as_str().unwrap();
        assert!(row[0].to_lowercase().starts_with(name), "{row:?} for {name}");
        shows(&row[1], &expected["average_orders"], 1);
        shows(&row[2], &expected["average_revenue"], 2);
        shows(&row[3], &expected["order_share_percent"], 1);
        shows(&row[4], &expected["revenue_share_percent"], 1);
    }
    page.close().await;
}

#[tokio::test]
async fn an_average_day_of_each_weekday() {
    let api = start_published().await;
    let page = Page::open(&api, "?days=91").await;
    let expected = answer(&api, "/summary?start_date=2026-08-23&end_date=2026-11-21&group_by=weekday").await;
    let groups = list(&expected, "groups");
    let lines =
        page.value("[...document.querySelectorAll('.weekdays li')].map((line) => line.textContent)").await;
    let lines: Vec<String> = serde_json::from_value(lines).unwrap();
    assert_eq!(lines.len(), 7);
    // An American's week begins on Sunday.
    for (line, name) in lines.iter().zip(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]) {
        let group =
            groups.iter().find(|group| group["group"].as_str().unwrap().starts_with(&name.to_lowercase()));
        assert!(line.starts_with(name), "{line}");
        shows(line, &group.unwrap()["average_daily_revenue"], 0);
    }
    page.close().await;
}

#[tokio::test]
async fn the_course_of_an_item() {
    let api = start_published().await;
    for (query, caption, group_by) in [("?days=28", "by day", ""), ("?days=91", "by week", "&group_by=week")]
    {
        let page = Page::open(&api, query).await;
        page.click(".items .name").await;
        page.until("document.querySelector('.course table') !== null").await;
        page.settled().await;
        let from = if group_by.is_empty() { "2026-10-25" } else { "2026-08-23" };
        let items = format!("/top-items?start_date={from}&end_date=2026-11-21&limit=1");
        let item = answer(&api, &items).await["top_items"][0].clone();
        let id = &item["item_id"];
        let course =
            answer(&api, &format!("/items/{id}?start_date={from}&end_date=2026-11-21{group_by}")).await;
        let expected = course["days"].as_array().or_else(|| course["groups"].as_array()).unwrap();
        let rows = page.table(&format!("{} {caption}", item["item_name"].as_str().unwrap())).await;
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(expected) {
            shows(&row[1], &expected["quantity"], 0);
            shows(&row[2], &expected["item_sales"], 2);
        }
        page.click(".items .name").await;
        assert_eq!(page.value("document.querySelector('.course').hidden").await, true);
        page.close().await;
    }
}

#[tokio::test]
async fn the_next_hours() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let forecast = answer(&api, "/forecast/hourly").await;
    let rows = page.table("By hour").await;
    assert_eq!(rows.len(), 24);
    for (row, expected) in rows.iter().zip(list(&forecast, "forecasts")) {
        let when = format!("{}, {}", day(&expected["forecast_date"]), hour(&expected["hour"]));
        assert_eq!(plain(&row[0]), when);
        shows(&row[1], &expected["forecast_value"], 1);
        if !expected["lower_80"].is_null() {
            let (low, high) = row[2].split_once(" – ").unwrap();
            shows(low, &expected["lower_80"], 1);
            shows(high, &expected["upper_80"], 1);
        }
    }
    // 13:00 in Paris is the first of them, wherever the viewer is.
    assert_eq!(plain(&rows[0][0]), "Sun, Nov 22, 1 PM");
    page.close().await;
}

#[tokio::test]
async fn what_sells() {
    let api = start_published().await;
    let page = Page::open(&api, "?days=28&sort=revenue").await;
    let query =
        "/top-items?start_date=2026-10-25&end_date=2026-11-21&limit=10&sort_by=revenue&compare=previous";
    let expected = answer(&api, query).await;
    let rows = page.table("Items by item sales").await;
    assert_eq!(rows.len(), 10);
    for (row, expected) in rows.iter().zip(list(&expected, "top_items")) {
        assert_eq!(expected["item_name"], row[0].as_str());
        shows(&row[1], &expected["rank"], 0);
        shows(&row[2], &expected["previous"]["rank"], 0);
        shows(&row[3], &expected["total_quantity"], 0);
        shows(&row[4], &expected["total_revenue"], 2);
        shows(&row[5], &expected["share_percent"], 1);
    }
    page.close().await;
}

#[tokio::test]
async fn how_near_the_forecasts_came() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let accuracy = answer(&api, "/forecast/accuracy?days=28").await;
    let revenue = measure(&accuracy, "daily_revenue");
    let days: Vec<&Value> = list(revenue, "days").iter().filter(|day| !day["horizon_1"].is_null()).collect();
    let rows = page.table("The night before and the day").await;
    assert_eq!(rows.len(), days.len());
    assert!(days.len() > 10);
    for (row, expected) in rows.iter().zip(days.iter().rev()) {
        assert_eq!(row[0], day(&expected["date"]));
        shows(&row[1], &expected["actual"], 2);
        shows(&row[2], &expected["horizon_1"]["forecast_value"], 0);
    }
    for (row, expected) in page.table("By days ahead").await.iter().zip(list(revenue, "horizons")) {
        shows(&row[0], &expected["horizon"], 0);
        shows(&row[1], &expected["days"], 0);
        shows(&row[2], &(given(&expected["wape"]) * 100.0).into(), 1);
    }
    page.close().await;
}

#[tokio::test]
async fn whether_the_numbers_can_be_trusted() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let card = page.card("Can these numbers be trusted?").await;
    assert!(card.contains("Yes. They are complete through Saturday, November 21"), "{card}");
    let runs = answer(&api, "/batch/runs?limit=30").await;
    let rows = page.table("The last runs").await;
    assert_eq!(rows.len(), list(&runs, "runs").len());
    for (row, expected) in rows.iter().zip(list(&runs, "runs")) {
        assert_eq!(expected["outcome"], row[1].as_str());
        shows(&row[3], &expected["days_changed"], 0);
        shows(&row[4], &expected["orders_read"], 0);
    }
    let revisions = answer(&api, "/revisions?limit=30").await;
    let rows = page.table("Corrected days").await;
    assert_eq!(rows.len(), list(&revisions, "revisions").len());
    for (row, expected) in rows.iter().zip(list(&revisions, "revisions")) {
        assert_eq!(row[0], day(&expected["date"]));
        shows(&row[2], &expected["total_revenue"]["from"], 2);
        shows(&row[3], &expected["total_revenue"]["to"], 2);
    }
    page.close().await;
}

#[tokio::test]
async fn the_files_behind_the_pictures() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let links = page.value("[...document.querySelectorAll('.files a')].map((link) => link.href)").await;
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert!(links.len() >= 8, "{links:?}");
    for link in &links {
        let path = link.strip_prefix(&api.address()).unwrap();
        let (status, headers, text) = api.get_text(path).await.unwrap();
        assert_eq!(status, 200, "{link}: {text}");
        assert_eq!(headers["content-type"], "text/csv; charset=utf-8; header=present", "{link}");
    }
    page.close().await;
}
