//! An answer as bytes: each encoding with an ETag of its own, made once and sent as often as it is asked for.

use std::io::Write as _;

use actix_web::body;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, AGE, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding,
    EntityTag, Header as _, HeaderValue, IF_NONE_MATCH, IfNoneMatch, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// Below this a body fits into one packet, compressed or not.
const WORTH_COMPRESSING: usize = 1_024;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// A browser may keep an answer, and must ask whether it is still the same: the figures may change at any moment.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("accept, accept-encoding, authorization");

/// A body in each encoding.
#[derive(Debug)]
pub(crate) struct Rendered {
    content_type: HeaderValue,
    plain: Form,
    gzip: Option<Form>,
}

/// The bytes that are sent, and the digest of them.
#[derive(Debug)]
struct Form {
    body: Bytes,
    tag: EntityTag,
    etag: HeaderValue,
}

impl Rendered {
    pub(crate) fn new(body: Vec<u8>, content_type: HeaderValue) -> Self {
        let gzip = (body.len() >= WORTH_COMPRESSING).then(|| compressed(&body)).flatten();
        Self { content_type, plain: Form::new(body), gzip: gzip.map(Form::new) }
    }

    /// Bytes that it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        self.plain.body.len() + self.gzip.as_ref().map_or(0, |gzip| gzip.body.len())
    }

    /// The answer to `request`: the body in the encoding that it prefers, or 304 if it has that already. `age` is how
    /// many seconds ago the database last confirmed it, where that is in doubt.
    pub(crate) fn respond(&self, request: &HttpRequest, age: Option<u64>) -> HttpResponse {
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(request));
        let form = gzip.unwrap_or(&self.plain);
        let mut response = if has(request, &form.tag) {
            HttpResponse::with_body(StatusCode::NOT_MODIFIED, body::None::new()).map_into_boxed_body()
        } else {
            let mut response = HttpResponse::with_body(StatusCode::OK, form.body.clone());
            response.headers_mut().insert(CONTENT_TYPE, self.content_type.clone());
            if gzip.is_some() {
                response.headers_mut().insert(CONTENT_ENCODING, GZIP);
            }
            response.map_into_boxed_body()
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, form.etag.clone());
        headers.insert(CACHE_CONTROL, REVALIDATE);
        headers.insert(VARY, DEPENDS_ON);
        if let Some(age) = age {
            headers.insert(AGE, age.into());
        }
        response
    }
}

impl Form {
    fn new(body: Vec<u8>) -> Self {
        let digest: String =
            Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        // Hexadecimal digits in quotes are a legal header value.
        let etag =
            HeaderValue::from_str(&format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { body: body.into(), tag: EntityTag::new_strong(digest), etag }
    }
}

/// How hard it is compressed, of 9. The default, 6, takes twice the time, which whoever asks first waits for, and makes
/// the longest answers a seventh smaller.
const EFFORT: u32 = 4;

/// None where compressing gains nothing.
fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(EFFORT));
    gzip.write_all(body).ok()?;
    gzip.finish().ok().filter(|gzip| gzip.len() < body.len())
}

/// Whether the client would rather have it compressed.
pub(crate) fn takes_gzip(request: &HttpRequest) -> bool {
    request.headers().contains_key(ACCEPT_ENCODING)
        && AcceptEncoding::parse(request).is_ok_and(|accepted| {
            accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()) == Some(Encoding::gzip())
        })
}

/// Whether the client holds the body with this digest (RFC 9110, 13.1.2).
fn has(request: &HttpRequest, tag: &EntityTag) -> bool {
    request.headers().contains_key(IF_NONE_MATCH)
        && IfNoneMatch::parse(request).is_ok_and(|condition| match condition {
            IfNoneMatch::Any => true,
            IfNoneMatch::Items(tags) => tags.iter().any(|held| held.weak_eq(tag)),
        })
}
