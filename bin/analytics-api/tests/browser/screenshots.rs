//! The pictures of the page in `docs/images`. They are looked at by people, and compared with nothing: what is tested is
//! that they can be taken, and that nobody is made to load much for one.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::page::{DESKTOP, Device, PHONE, Page};
use crate::restaurant::start_published;

/// How tall a picture may be, in its widths.
const TALLEST: u64 = 4;

/// Where they go: `make screenshots` says where, and a test run keeps nothing.
const FOLDER: &str = match option_env!("SCREENSHOTS") {
    Some(folder) => folder,
    None => env!("CARGO_TARGET_TMPDIR"),
};

/// What a reader of the README may be made to load for one.
const MOST_BYTES: usize = 150_000;

#[tokio::test]
async fn the_page_can_be_shown_to_readers() {
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder).unwrap();
    let api = start_published().await;
    for (device, name) in [(DESKTOP, "desktop"), (PHONE, "phone")] {
        for scheme in ["light", "dark"] {
            let page = Page::open_on(Device { scheme, ..device }, &api, "").await;
            let picture = page.picture(device).await;
            assert!(picture.len() < MOST_BYTES, "{name}, {scheme}: {} bytes", picture.len());
            fs::write(folder.join(format!("dashboard-{name}-{scheme}.webp")), picture).unwrap();
            page.close().await;
        }
    }
}

impl Page {
    /// The page from its top.
    async fn picture(&self, device: Device) -> Vec<u8> {
        let height = self
            .value("document.documentElement.scrollHeight")
            .await
            .as_u64()
            .unwrap()
            .min(u64::from(device.width) * TALLEST);
        let clip = json!({"x": 0, "y": 0, "width": device.width, "height": height, "scale": 1});
        let wanted = json!({"format": "webp", "quality": 70, "captureBeyondViewport": true, "clip": clip});
        let answer = self.cdp("Page.captureScreenshot", wanted).await;
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }
}
