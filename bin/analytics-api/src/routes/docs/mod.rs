//! `/openapi.json` and `/docs`: what the API is, for programs and for people.
//!
//! The page is Swagger UI out of this program. Its browser fetches nothing from anywhere else, and runs nothing but
//! the scripts that are served here.

use std::io::{self, Read as _};
use std::sync::OnceLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use flate2::read::GzDecoder;

use super::not_found;
use crate::openapi::{Body, Page, Reply, Tag};
use crate::problem::Problem;
use crate::rendered::takes_gzip;
use crate::state::State;

pub(super) const DOCUMENT: Page = Page {
    path: "/openapi.json",
    name: "openapi",
    tag: Tag::Service,
    summary: "This document",
    description: "OpenAPI 3.1, for generators of clients and for tests.",
    is_closed: false,
    replies: &[
        Reply { status: "200", about: "The document.", body: Body::KeptJson },
        Reply { status: "304", about: "", body: Body::NotModified },
    ],
};

pub(super) const PAGE: Page = Page {
    path: "/docs",
    name: "docs",
    tag: Tag::Service,
    summary: "This document as a page on which each request can be tried out",
    description: "Swagger UI, served by the service itself.",
    is_closed: false,
    replies: &[Reply { status: "200", about: "The page.", body: Body::Text("text/html; charset=utf-8") }],
};

/// What the page is made of. No part of the API, and so not in the document.
pub(super) const FILES: &str = "/docs/{file}";

/// Scripts and styles of this origin, the pictures within the styles, and requests to this API. React sets styles
/// through the document's objects, which takes no leave.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A day: they change with the program only.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=86400");

const INDEX: &str = include_str!("index.html");
const START: &str = include_str!("start.js");
static BUNDLE: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz")));
static STYLES: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz")));

pub(super) async fn document(request: HttpRequest, state: Data<State>) -> HttpResponse {
    state.document.respond(&request, None)
}

pub(super) async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(INDEX)
}

/// A file that the page is made of.
pub(super) async fn file(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    match name.as_str() {
        "start.js" => Ok(kept(SCRIPT).body(START)),
        "swagger-ui-bundle.js" => packed(&request, SCRIPT, &BUNDLE),
        "swagger-ui.css" => packed(&request, "text/css; charset=utf-8", &STYLES),
        _ => Ok(not_found(request).await),
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn kept(content_type: &'static str) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, content_type)).insert_header((CACHE_CONTROL, KEEP));
    response
}

/// A file that is held compressed, as the client takes it.
fn packed(
    request: &HttpRequest,
    content_type: &'static str,
    file: &'static Packed,
) -> Result<HttpResponse, Problem> {
    let mut response = kept(content_type);
    response.insert_header((VARY, "accept-encoding"));
    if takes_gzip(request) {
        return Ok(response.insert_header((CONTENT_ENCODING, "gzip")).body(Bytes::from_static(file.gzip)));
    }
    let plain = file.plain().map_err(|error| {
        log::error!("a file of the documentation cannot be unpacked: {error}");
        Problem::internal()
    })?;
    Ok(response.body(plain))
}

/// A file that is held compressed.
struct Packed {
    gzip: &'static [u8],
    /// Unpacked, once somebody has asked for that. It takes milliseconds, and strangers may ask for it.
    plain: OnceLock<Bytes>,
}

impl Packed {
    const fn new(gzip: &'static [u8]) -> Self {
        Self { gzip, plain: OnceLock::new() }
    }

    fn plain(&self) -> io::Result<Bytes> {
        if let Some(plain) = self.plain.get() {
            return Ok(plain.clone());
        }
        let mut plain = Vec::new();
        GzDecoder::new(self.gzip).read_to_end(&mut plain)?;
        Ok(self.plain.get_or_init(|| plain.into()).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_unpacked_once() {
        for file in [&BUNDLE, &STYLES] {
            let (first, second) = (file.plain().unwrap(), file.plain().unwrap());
            assert!(first.len() > file.gzip.len());
            assert_eq!(first.as_ptr(), second.as_ptr());
        }
    }
}
