//! What is picked stands in the address, and the figures follow it.

use serde_json::Value;

use crate::figures::{day, shows};
use crate::page::Page;
use crate::restaurant::{answer, start_published};

#[tokio::test]
async fn a_range_survives_a_reload_and_the_way_back() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    page.click("button[name=days-91]").await;
    page.settled().await;
    assert_eq!(page.query().await, "?days=91&compare=previous&sort=quantity");
    assert_eq!(page.table("Published days").await.len(), 91);
    // Who picks by keyboard goes on from there.
    assert_eq!(page.value("document.activeElement.name").await, "days-91");
    assert_eq!(page.value("document.activeElement.ariaPressed").await, "true");

    page.reload().await;
    assert_eq!(page.query().await, "?days=91&compare=previous&sort=quantity");
    assert_eq!(page.table("Published days").await.len(), 91);

    page.click("button[name=days-7]").await;
    page.settled().await;
    assert_eq!(page.table("Published days").await.len(), 7);
    page.back().await;
    page.settled().await;
    assert_eq!(page.query().await, "?days=91&compare=previous&sort=quantity");
    assert_eq!(page.table("Published days").await.len(), 91);
    page.close().await;
}

/// Gives a field a value as its own picker does.
async fn pick(page: &Page, field: &str, value: &str) {
    let script = format!(
        "const field = document.querySelector('[name={field}]'); field.value = '{value}'; \
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    page.run(&script).await;
}

#[tokio::test]
async fn days_comparison_and_order_are_picked_by_themselves() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    pick(&page, "from", "2026-10-05").await;
    pick(&page, "to", "2026-10-18").await;
    page.settled().await;
    assert_eq!(page.query().await, "?from=2026-10-05&to=2026-10-18&compare=previous&sort=quantity");
    let rows = page.table("Published days").await;
    assert_eq!((rows.len(), rows[0][0].as_str()), (14, "Sun, Oct 18"));

    pick(&page, "compare", "week_ago").await;
    page.settled().await;
    assert_eq!(page.query().await, "?from=2026-10-05&to=2026-10-18&compare=week_ago&sort=quantity");
    let expected = answer(&api, "/summary?start_date=2026-10-05&end_date=2026-10-18&compare=week_ago").await;
    let card = page.card("These days together").await;
    let (_, before) = card.split_once("against ").unwrap();
    shows(before, &expected["comparison"]["totals"]["total_revenue"], 2);

    pick(&page, "sort", "revenue").await;
    page.settled().await;
    let query = "/top-items?start_date=2026-10-05&end_date=2026-10-18&sort_by=revenue";
    let best = answer(&api, query).await["top_items"][0]["item_name"].clone();
    assert_eq!(best, page.text(".items .name").await);

    // Days the wrong way round are told of and asked nobody.
    pick(&page, "from", "2026-10-19").await;
    assert_eq!(page.value("document.querySelector('.pickers').checkValidity()").await, false);
    assert_eq!(page.query().await, "?from=2026-10-05&to=2026-10-18&compare=week_ago&sort=revenue");
    page.close().await;
}

#[tokio::test]
async fn an_address_that_means_nothing_shows_the_usual() {
    let api = start_published().await;
    let page = Page::open(&api, "?days=-3&compare=nothing&sort=%3Cscript%3E").await;
    assert_eq!(page.table("Published days").await.len(), 28);
    assert_eq!(page.value("document.querySelector('[name=compare]').value").await, "previous");
    page.close().await;
}

#[tokio::test]
async fn figures_and_weeks_are_the_viewers() {
    let api = start_published().await;
    let german = crate::page::Device { locale: "de-DE", ..crate::page::DESKTOP };
    let page = Page::open_on(german, &api, "").await;
    let newest: Value = answer(&api, "/summary?limit=1").await["daily_summaries"][0].clone();
    let revenue = newest["total_revenue"].as_str().unwrap();
    let (whole, cents) = revenue.split_once('.').unwrap();
    let (thousands, rest) = whole.split_at(whole.len() - 3);
    let row = page.table("Published days").await.remove(0);
    assert_eq!(row[1], format!("{thousands}.{rest},{cents}\u{a0}€"));
    // A German's week begins on Monday, the 16th.
    let week = answer(&api, "/summary?start_date=2026-11-16&end_date=2026-11-21").await;
    assert_ne!(row[0], day(&newest["date"]), "a day as an American writes it");
    let card = page.card("Week to date").await.replace('.', "").replace(',', ".");
    let sum: f64 = week["daily_summaries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["total_revenue"].as_str().unwrap().parse::<f64>().unwrap())
        .sum();
    shows(&card, &sum.into(), 2);
    page.close().await;
}
