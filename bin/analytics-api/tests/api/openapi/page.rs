//! `/docs`: the document as a page that needs nothing but this program.

use reqwest::Client;

use crate::support::{migrated, start};

#[tokio::test]
async fn the_page_and_all_that_it_is_made_of_come_from_here() {
    let api = start(&migrated("docs_page").await);
    let (status, headers, page) = api.get_text("/docs").await.unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    assert_eq!(
        headers["content-security-policy"],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let quoted = |text: &str, before: &str| -> Vec<String> {
        text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let linked: Vec<String> = [quoted(&page, "src=\""), quoted(&page, "href=\"")].concat();
    assert_eq!(linked.len(), 5);
    for link in linked.iter().filter(|link| *link != "data:,") {
        let (status, headers, body) = api.get_text(&format!("/{link}")).await.unwrap();
        assert_eq!(status, 200, "{link}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{link}");
        let kind = headers["content-type"].to_str().unwrap();
        let is_right = match link.rsplit('.').next().unwrap() {
            "js" => kind == "text/javascript; charset=utf-8",
            "css" => kind == "text/css; charset=utf-8",
            _ => kind == "application/json",
        };
        assert!(is_right && !body.is_empty(), "{link} is {kind}");
    }
    let (_, _, start) = api.get_text("/docs/start.js").await.unwrap();
    for text in [&page, &start] {
        assert!(!text.contains("//") || text.lines().all(|line| !line.contains("://")), "{text}");
    }
    // A policy that allows no inline script allows none in the page either.
    assert!(!page.contains("<script>") && !page.contains("<style"), "{page}");
}

#[tokio::test]
async fn a_client_that_takes_gzip_gets_less_and_the_same() {
    let api = start(&migrated("docs_gzip").await);
    for file in ["swagger-ui-bundle.js", "swagger-ui.css"] {
        let url = format!("{}/docs/{file}", api.address());
        let client = Client::new();
        let plain = client.get(&url).send().await.unwrap();
        assert!(plain.headers().get("content-encoding").is_none());
        let packed = client.get(&url).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let (plain, packed) = (plain.bytes().await.unwrap(), packed.bytes().await.unwrap());
        assert!(packed.len() * 3 < plain.len(), "{file}: {} of {}", packed.len(), plain.len());
        // The last four bytes of a gzip file are the length of what it holds (RFC 1952).
        let length = packed[packed.len() - 4..].try_into().map(u32::from_le_bytes).unwrap();
        assert_eq!(usize::try_from(length), Ok(plain.len()), "{file}");
    }
}
