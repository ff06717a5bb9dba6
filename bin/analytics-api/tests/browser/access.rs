//! For everybody, on every screen: nothing that axe-core finds serious, and no sideways scroll.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::page::{DESKTOP, Device, PHONE, Page};
use crate::restaurant::{published, start, start_published};

static AXE: LazyLock<String> = LazyLock::new(|| sandbox::browser::axe().unwrap());

/// What axe-core holds to be serious or critical, with what it is found in.
async fn findings(page: &Page) -> Vec<String> {
    page.run(&AXE).await;
    // Tables are looked at as well.
    page.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })").await;
    let found = page.run("return axe.run(document).then((result) => result.violations)").await;
    found
        .as_array()
        .unwrap()
        .iter()
        .filter(|violation| [json!("serious"), json!("critical")].contains(&violation["impact"]))
        .map(|violation| {
            let targets: Vec<&Value> =
                violation["nodes"].as_array().unwrap().iter().map(|node| &node["target"]).collect();
            format!("{}: {} in {targets:?}", violation["id"], violation["help"])
        })
        .collect()
}

#[tokio::test]
async fn nobody_is_kept_out() {
    let api = start_published().await;
    for scheme in ["light", "dark"] {
        for device in [DESKTOP, PHONE] {
            let page = Page::open_on(Device { scheme, ..device }, &api, "").await;
            assert_eq!(findings(&page).await, Vec::<String>::new(), "{scheme}, {} wide", device.width);
            page.close().await;
        }
    }
}

#[tokio::test]
async fn nobody_is_kept_out_at_the_door() {
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // printf %s test | sha256sum
    let api =
        start(published().await, &[("AUTH__MODE", "token"), ("AUTH__TOKENS", &format!("panel {digest}"))]);
    for scheme in ["light", "dark"] {
        let page = Page::open_on(Device { scheme, ..DESKTOP }, &api, "").await;
        page.write("#token", "wrong").await;
        page.click("form button").await;
        page.until("document.querySelector('.notice') !== null").await;
        assert_eq!(findings(&page).await, Vec::<String>::new(), "{scheme}");
        page.close_after_trouble().await;
    }
}

#[tokio::test]
async fn nothing_scrolls_sideways() {
    let api = start_published().await;
    let page = Page::open(&api, "?days=91").await;
    for width in [360, 768, 1280, 2560] {
        page.turn_into(Device { width, ..DESKTOP }).await;
        page.until(&format!("document.documentElement.clientWidth === {width}")).await;
        // Each picture is drawn anew for its width.
        page.until(
            "[...document.querySelectorAll('.picture')].every((picture) => \
             Math.abs(picture.firstElementChild.width.baseVal.value - picture.clientWidth) <= 1)",
        )
        .await;
        let over = page
            .value(
                "[...document.body.querySelectorAll('*')].filter((element) => !element.closest('.scroll, svg') && \
                 element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !element.matches('.unseen, .skip'))\
                 .map((element) => element.outerHTML.slice(0, 120))",
            )
            .await;
        assert_eq!(over, json!([]), "{width} wide");
        let content = page.value("document.documentElement.scrollWidth").await;
        assert_eq!(content, width, "the page's width");
    }
    page.close().await;
}

#[tokio::test]
async fn it_is_there_at_once() {
    let api = start_published().await;
    let page = Page::open(&api, "").await;
    // What came before the first figure: the page, its files and its answers, compressed.
    let bytes = page
        .value(
            "performance.getEntries().filter(({ entryType }) => ['navigation', 'resource'].includes(entryType))\
             .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
        )
        .await;
    let bytes = bytes.as_u64().unwrap();
    assert!((10_000..100_000).contains(&bytes), "the page and all that it shows weigh {bytes} bytes");
    page.close().await;
}
