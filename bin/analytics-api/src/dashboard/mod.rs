//! `/dashboard`: the figures as a page, for people who would rather look than read.
//!
//! The page and the scripts and styles that it is made of are held in the program, and hold no figures: they are for
//! everyone. The figures come from the public API, by requests of the viewer's browser with the viewer's token. It must
//! never ask for anything else, nor anyone else, which the policy that it is sent with sees to.

use std::sync::LazyLock;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use crate::openapi::{Body, Page, Reply, Tag};
use crate::rendered::Rendered;

pub(crate) const PAGE: Page = Page {
    path: "/dashboard",
    name: "dashboard",
    tag: Tag::Service,
    summary: "The figures as a page for people",
    description: "It reads this API with the token that its viewer enters, and keeps that in memory only.",
    is_closed: false,
    replies: &[
        Reply { status: "200", about: "The page.", body: Body::Text("text/html; charset=utf-8") },
        Reply { status: "304", about: "", body: Body::NotModified },
    ],
};

/// What the page is made of. No part of the API, and so not in the document.
pub(crate) const FILES: &str = "/dashboard/{file}";

/// Scripts, styles and requests of this origin, and pictures within the page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
const STYLES: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");

/// The page, compressed once.
static INDEX: LazyLock<Rendered> =
    LazyLock::new(|| Rendered::new(include_bytes!("page/index.html").to_vec(), HTML));

/// The other files by their names.
static ASSETS: LazyLock<Vec<(&str, Rendered)>> = LazyLock::new(|| {
    let files: [(&str, HeaderValue, &[u8]); 20] = [
        ("page.css", STYLES, include_bytes!("page/page.css")),
        ("pictures.css", STYLES, include_bytes!("page/pictures.css")),
        ("accuracy.js", SCRIPT, include_bytes!("page/accuracy.js")),
        ("api.js", SCRIPT, include_bytes!("page/api.js")),
        ("card.js", SCRIPT, include_bytes!("page/card.js")),
        ("chart.js", SCRIPT, include_bytes!("page/chart.js")),
        ("dates.js", SCRIPT, include_bytes!("page/dates.js")),
        ("dayparts.js", SCRIPT, include_bytes!("page/dayparts.js")),
        ("dom.js", SCRIPT, include_bytes!("page/dom.js")),
        ("format.js", SCRIPT, include_bytes!("page/format.js")),
        ("headline.js", SCRIPT, include_bytes!("page/headline.js")),
        ("heatmap.js", SCRIPT, include_bytes!("page/heatmap.js")),
        ("hours.js", SCRIPT, include_bytes!("page/hours.js")),
        ("item.js", SCRIPT, include_bytes!("page/item.js")),
        ("items.js", SCRIPT, include_bytes!("page/items.js")),
        ("main.js", SCRIPT, include_bytes!("page/main.js")),
        ("revenue.js", SCRIPT, include_bytes!("page/revenue.js")),
        ("states.js", SCRIPT, include_bytes!("page/states.js")),
        ("trust.js", SCRIPT, include_bytes!("page/trust.js")),
        ("view.js", SCRIPT, include_bytes!("page/view.js")),
    ];
    files.map(|(name, kind, body)| (name, Rendered::new(body.to_vec(), kind))).into()
});

pub(crate) async fn page(request: HttpRequest) -> HttpResponse {
    let mut response = INDEX.respond(&request, None);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// A file that the page is made of, if there is one by this name.
pub(crate) fn file(request: &HttpRequest, name: &str) -> Option<HttpResponse> {
    let (_, file) = ASSETS.iter().find(|(known, _)| *known == name)?;
    Some(file.respond(request, None))
}
