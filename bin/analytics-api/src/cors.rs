//! Pages of which other sites may read the answers: those of an explicit list, and by default none.
//!
//! Browsers ask before they send an `Authorization` header to another site, and that question, the preflight, comes
//! without one. Cookies mean nothing here, so no answer allows credentials.

use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};

/// The sites on the list.
#[derive(Clone)]
pub(crate) struct Cors {
    origins: Rc<[HeaderValue]>,
}

impl Cors {
    /// Lets pages of these origins read the answers. What cannot stand in a header is no origin.
    pub(crate) fn new(origins: &[String]) -> Self {
        Self { origins: origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect() }
    }

    /// Whether there is any on the list.
    pub(crate) fn is_on(&self) -> bool {
        !self.origins.is_empty()
    }

    /// The origin that asks, if it is on the list.
    pub(crate) fn origin(&self, request: &ServiceRequest) -> Option<HeaderValue> {
        let origin = request.headers().get(ORIGIN)?;
        self.origins.iter().find(|one| *one == origin).cloned()
    }

    /// Whether this is a browser's question and not a request.
    pub(crate) fn is_preflight(request: &ServiceRequest) -> bool {
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The answer to a preflight from a site on the list.
    pub(crate) fn preflight() -> HttpResponse {
        HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"))
            .insert_header((
                ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Accept, If-None-Match, Traceparent, X-Request-Id",
            ))
            // Ten minutes: a change of the list is to be felt.
            .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
            .finish()
    }

    /// Adds to an answer what lets the page of `origin` read it. The answer differs by origin, and says so to caches
    /// even where it allows none.
    pub(crate) fn mark(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("Age, ETag, Retry-After, WWW-Authenticate, X-Request-Id"),
            );
        }
    }
}
