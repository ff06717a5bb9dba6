//! What stands in place of figures that are not to be had.

use sandbox::proxy::{Fault, Proxy};
use sandbox::server::Server;

use crate::page::Page;
use crate::restaurant::{batch, published, run, start, start_published};

const TROUBLES: &str = "document.querySelectorAll('.trouble').length";

#[tokio::test]
async fn an_api_that_is_gone_is_told_in_a_sentence_and_tried_again() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    let port = api.address().rsplit_once(':').unwrap().1.to_owned();
    api.terminate().unwrap();
    page.click("button[name=days-7]").await;
    page.settled().await;
    // Every picture that is of the range; what stood before still stands.
    assert_eq!(page.value(TROUBLES).await, 5);
    assert!(page.text(".trouble").await.contains("The service does not answer."));
    assert!(page.card("Yesterday").await.contains('€'));

    let _api = start(published().await, &[("SERVER__PORT", &port)]);
    page.run("document.querySelectorAll('.trouble button').forEach((button) => button.click())").await;
    page.settled().await;
    assert_eq!(page.value(TROUBLES).await, 0);
    assert_eq!(page.table("Published days").await.len(), 7);
    page.close_after_trouble().await;
}

#[tokio::test]
async fn one_answer_that_fails_takes_no_other_with_it() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    page.cdp("Network.enable", serde_json::json!({})).await;
    let blocked = serde_json::json!({ "urls": ["*/analytics/forecast/accuracy*", "*/analytics/dayparts*", "*/analytics/revisions*"] });
    page.cdp("Network.setBlockedURLs", blocked).await;
    page.reload().await;
    assert_eq!(page.table("Published days").await.len(), 28);
    assert_eq!(page.table("The coming days").await.len(), 14);
    assert!(
        page.card("Revenue by day").await.contains("What was forecast cannot be shown: The service does not")
    );
    assert!(page.card("How near the forecasts came").await.contains("The service does not answer."));
    assert_eq!(page.table("Average orders by weekday and hour").await.len() % 7, 0);
    assert!(
        page.card("When it is busy").await.contains("Parts of the day cannot be shown: The service does not")
    );
    assert!(page.table("The last runs").await.len() > 10);
    page.cdp("Network.setBlockedURLs", serde_json::json!({ "urls": [] })).await;
    page.run("document.querySelectorAll('.trouble button').forEach((button) => button.click())").await;
    page.settled().await;
    assert_eq!(page.value(TROUBLES).await, 0);
    page.close_after_trouble().await;
}

#[tokio::test]
async fn a_database_that_is_away_at_first() {
    let restaurant = published().await;
    let server = Server::shared().unwrap();
    let proxy = Proxy::to(server.port()).await.unwrap();
    let port = proxy.port().to_string();
    let api = start(restaurant, &[("ANALYTICS_DATABASE__PORT", &port)]);
    proxy.set(Fault::Refuse);
    let page = Page::open(&api, "").await;
    assert_eq!(page.text("h1").await, "The figures cannot be shown");
    assert!(page.text(".trouble p").await.len() > 20);
    proxy.heal();
    // The API looks for its database now and then.
    page.until(
        "document.querySelector('.figure') !== null || (document.querySelector('.trouble button')?.click(), false)",
    )
    .await;
    page.settled().await;
    assert_eq!(page.table("Published days").await.len(), 28);
    page.close_after_trouble().await;
}

#[tokio::test]
async fn a_restaurant_without_a_day_is_invited() {
    let restaurant = Server::shared().unwrap().restaurant("no_day").await.unwrap();
    let api = start(&restaurant, &[]);
    let page = Page::open(&api, "").await;
    assert_eq!(page.text("h1").await, "There are no figures to show");
    page.close_after_trouble().await;

    run(&batch(&restaurant), &["migrate"]);
    let api = start(&restaurant, &[]);
    let page = Page::open(&api, "").await;
    assert_eq!(page.text("h1").await, "No day is published yet");
    assert!(page.text("pre").await.contains("analytics-batch check"));
    page.close().await;
}

#[tokio::test]
async fn figures_that_are_out_of_date_say_so() {
    let api = start(published().await, &[("SERVER__NOW", "2026-11-25T12:00:00Z")]);
    let page = Page::open(&api, "").await;
    let notice = page.text(".notice").await;
    assert!(notice.starts_with("These figures are not up to date."), "{notice}");
    assert!(notice.contains("Saturday, November 21"), "{notice}");
    let card = page.card("Can these numbers be trusted?").await;
    assert!(card.contains("No. They end with Saturday, November 21"), "{card}");
    page.close().await;
}
