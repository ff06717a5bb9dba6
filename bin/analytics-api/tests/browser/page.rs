//! The dashboard in a browser of its own.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sandbox::browser::{Chromium, Driver};
use sandbox::programs::Api;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

use crate::restaurant::NOW;

/// What a busy machine may take for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// One driver for all tests: it starts a browser for each.
static DRIVER: LazyLock<(Chromium, Driver)> = LazyLock::new(|| {
    let chromium = Chromium::provide().unwrap();
    let driver = chromium.drive().unwrap();
    (chromium, driver)
});

/// The browser, and the device that it is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scheme: &'static str,
    pub(crate) locale: &'static str,
}

/// A screen in the office.
pub(crate) const DESKTOP: Device = Device { width: 1280, height: 900, scheme: "light", locale: "en-US" };

/// A phone behind the bar.
pub(crate) const PHONE: Device = Device { width: 390, height: 844, scheme: "light", locale: "en-US" };

pub(crate) struct Page {
    driver: WebDriver,
    address: String,
}

impl Page {
    /// The dashboard of an API on a desktop, once all of it is drawn. `query` is what follows `/dashboard`.
    pub(crate) async fn open(api: &Api, query: &str) -> Self {
        Self::open_on(DESKTOP, api, query).await
    }

    /// As [`Page::open`], on a device.
    pub(crate) async fn open_on(device: Device, api: &Api, query: &str) -> Self {
        let page = Self { driver: browser().await, address: api.address() };
        page.turn_into(device).await;
        // The page's clock stands where the program's does. Its viewer is far from the restaurant.
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let clock = format!("Date.now = () => {}", now.timestamp_millis());
        page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": clock })).await;
        page.cdp("Emulation.setTimezoneOverride", json!({ "timezoneId": "America/New_York" })).await;
        page.cdp("Emulation.setLocaleOverride", json!({ "locale": device.locale })).await;
        page.driver.goto(format!("{}/dashboard{query}", page.address)).await.unwrap();
        page.settled().await;
        page
    }

    /// Makes the device another; its locale is that of the page when it was opened.
    pub(crate) async fn turn_into(&self, device: Device) {
        let Device { width, height, scheme, .. } = device;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Sends a command of the DevTools protocol.
    pub(crate) async fn cdp(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap()
    }

    /// The value of a JavaScript expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        self.driver.execute(script, vec![]).await.unwrap().json().clone()
    }

    /// Runs a script of statements.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver.execute(script, vec![]).await.unwrap().json().clone()
    }

    /// The text of the first element that a selector finds.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({})?.textContent", json!(selector))).await;
        text.as_str().unwrap_or_else(|| panic!("there is no {selector}")).to_owned()
    }

    /// The text of the card under a heading.
    pub(crate) async fn card(&self, heading: &str) -> String {
        let found = format!(
            "[...document.querySelectorAll('.card')].find((card) => \
             card.querySelector('h2')?.textContent === {})?.querySelector('.body').textContent",
            json!(heading)
        );
        let text = self.value(&found).await;
        text.as_str().unwrap_or_else(|| panic!("there is no card {heading:?}")).to_owned()
    }

    /// The cells of the rows of a table, by its caption.
    pub(crate) async fn table(&self, caption: &str) -> Vec<Vec<String>> {
        let found = format!(
            "[...document.querySelectorAll('table')].filter((table) => table.caption.textContent === {})\
             .flatMap((table) => [...table.tBodies[0].rows].map((row) => \
             [...row.cells].map((cell) => cell.textContent)))",
            json!(caption)
        );
        let rows: Vec<Vec<String>> = serde_json::from_value(self.value(&found).await).unwrap();
        assert!(!rows.is_empty(), "there is no table {caption:?}, or no row in it");
        rows
    }

    /// Waits until a JavaScript expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let give_up = Instant::now() + PATIENCE;
        while self.value(expression).await != Value::Bool(true) {
            if Instant::now() > give_up {
                let text = self.value("document.body.innerText").await;
                panic!("never: {expression}\nthe page:\n{}", text.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until nothing is being fetched or drawn.
    pub(crate) async fn settled(&self) {
        self.until(
            "document.querySelector('.card') !== null && document.querySelector('[aria-busy], .wait') === null && \
             [...document.querySelectorAll('.picture')].every((picture) => picture.firstElementChild)",
        )
        .await;
    }

    /// Clicks what a selector finds, as a person would: it must be there to be clicked.
    pub(crate) async fn click(&self, selector: &str) {
        self.element(selector).await.click().await.unwrap();
    }

    /// Writes into a field.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        self.element(selector).await.send_keys(text).await.unwrap();
    }

    async fn element(&self, selector: &str) -> WebElement {
        let found = self.driver.find(By::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("there is no {selector}: {error}"))
    }

    /// What the address says after `/dashboard`.
    pub(crate) async fn query(&self) -> String {
        self.value("location.search").await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
        self.settled().await;
    }

    pub(crate) async fn back(&self) {
        self.driver.back().await.unwrap();
    }

    /// Closes the page, which must have written nothing to the console.
    pub(crate) async fn close(self) {
        let written = self.driver.get_log("browser").await.unwrap();
        assert!(written.is_empty(), "{written:#?}");
        self.close_after_trouble().await;
    }

    /// Closes a page for which something was not to be had, of which a browser itself writes to the console.
    pub(crate) async fn close_after_trouble(self) {
        let mut asked = 0;
        for entry in self.driver.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let address = event["message"]["params"]["request"]["url"].as_str().unwrap();
                let is_own = address.starts_with(&format!("{}/", self.address));
                assert!(is_own || address.starts_with("data:") || address.starts_with("blob:"), "{address}");
                asked += 1;
            }
        }
        assert!(asked > 10, "{asked} requests were seen");
        self.driver.quit().await.unwrap();
    }
}

async fn browser() -> WebDriver {
    let (chromium, driver) = &*DRIVER;
    let mut wanted = DesiredCapabilities::chrome();
    wanted.set_binary(chromium.program().to_str().unwrap()).unwrap();
    for argument in [
        "--headless",
        // In a container, and for root, its own sandbox cannot be made; it looks at our pages only.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        // A browser whose driver is gone ends, since this is a pipe to it.
        "--remote-debugging-pipe",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--hide-scrollbars",
    ] {
        wanted.add_arg(argument).unwrap();
    }
    wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All).unwrap();
    wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All).unwrap();
    let browser =
        WebDriver::builder(driver.address(), wanted).request_timeout(PATIENCE).connect().await.unwrap();
    browser.set_script_timeout(PATIENCE).await.unwrap();
    browser
}
