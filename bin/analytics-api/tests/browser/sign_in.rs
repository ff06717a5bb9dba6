//! With AUTH__MODE=token the page asks for a token, and forgets it.

use std::time::{Duration, Instant};

use crate::page::{PATIENCE, Page};
use crate::restaurant::{published, start};

/// `printf %s test | sha256sum`
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const HAS_FIGURES: &str = "document.querySelector('.figure') !== null";

#[tokio::test]
async fn in_and_out() {
    let api =
        start(published().await, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", &format!("panel {DIGEST}"))]);
    let page = Page::open(&api, "?days=7").await;
    assert_eq!(page.text("h1").await, "Sign in");
    assert_eq!(page.value("document.activeElement.id").await, "token");
    assert_eq!(page.value("document.getElementById('token').type").await, "password");
    assert_eq!(page.value(HAS_FIGURES).await, false);

    page.write("#token", "not this one").await;
    page.click("form button").await;
    page.until("document.querySelector('.notice') !== null").await;
    assert_eq!(page.value("document.querySelector('.notice').role").await, "alert");
    assert_eq!(page.value(HAS_FIGURES).await, false);

    page.write("#token", "test").await;
    page.click("form button").await;
    page.until(HAS_FIGURES).await;
    page.settled().await;
    assert_eq!(page.table("Published days").await.len(), 7);

    page.click("#sign-out").await;
    assert_eq!(page.text("h1").await, "Sign in");
    assert_eq!(page.value(HAS_FIGURES).await, false);
    assert_eq!(page.value("document.getElementById('sign-out').hidden").await, true);

    page.write("#token", "test").await;
    page.click("form button").await;
    page.until(HAS_FIGURES).await;
    // It is kept in memory and nowhere else.
    let kept = "document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href";
    assert!(!page.value(kept).await.as_str().unwrap().contains("test"));
    page.reload().await;
    assert_eq!(page.text("h1").await, "Sign in");
    // A browser writes each 401 to the console.
    page.close_after_trouble().await;
}

#[tokio::test]
async fn a_list_is_saved_with_the_token() {
    let api =
        start(published().await, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", &format!("panel {DIGEST}"))]);
    let page = Page::open(&api, "?days=7").await;
    page.write("#token", "test").await;
    page.click("form button").await;
    page.until(HAS_FIGURES).await;
    page.settled().await;
    let folder = tempfile::tempdir().unwrap();
    let allowed = serde_json::json!({ "behavior": "allow", "downloadPath": folder.path() });
    page.cdp("Browser.setDownloadBehavior", allowed).await;
    page.click(".wide summary").await;
    page.click(".wide .files a").await;
    let saved = folder.path().join("revenue-2026-11-15-2026-11-21.csv");
    let give_up = Instant::now() + PATIENCE;
    while !saved.exists() {
        assert!(Instant::now() < give_up, "nothing was saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let address = format!("{}/api/admin/analytics/summary?limit=7&format=csv", api.address());
    let answer = reqwest::Client::new().get(address).bearer_auth("test").send().await.unwrap();
    assert_eq!(std::fs::read_to_string(saved).unwrap(), answer.text().await.unwrap());
    page.close_after_trouble().await;
}

#[tokio::test]
async fn a_token_that_is_taken_away_ends_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, format!("panel {DIGEST}\n")).unwrap();
    let settings = [("AUTH__MODE", "token"), ("AUTH__TOKENS_FILE", file.to_str().unwrap())];
    let api = start(published().await, &settings);
    let page = Page::open(&api, "").await;
    page.write("#token", "test").await;
    page.click("form button").await;
    page.until(HAS_FIGURES).await;
    page.settled().await;

    let new = folder.path().join("new");
    // `printf %s other | sha256sum`
    let other = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";
    std::fs::write(&new, format!("panel {other}\n")).unwrap();
    std::fs::rename(new, &file).unwrap();
    // Files are followed: at some pick the token is good no more.
    page.until(
        "document.querySelector('#token') !== null || \
         (document.querySelector('[aria-busy]') === null && document.querySelector('button[name=days-7]').click(), false)",
    )
    .await;
    assert_eq!(page.value(HAS_FIGURES).await, false);
    assert_eq!(page.text("h1").await, "Sign in");
    page.close_after_trouble().await;
}
