//! One log line a request, and the last word on a handler that panics.
//!
//! A line names the route's pattern and not the path asked for, and never the query: paths are for grouping. It names
//! the caller, where callers are told apart, and never what the caller showed.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::HttpMessage as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::Error;
use actix_web::middleware::Next;
use futures_util::FutureExt as _;
use log::Level;

use crate::auth::Caller;
use crate::problem::Problem;

/// Answers 500 where a handler panics, so that the connection and its worker go on.
pub(crate) async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // Handlers share nothing that a panic could leave half done but what heals itself: see `standing`.
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_| {
        log::error!("a handler panicked");
        Err(Problem::internal().into())
    })
}

/// Whether lines are written that would name a caller.
pub(crate) fn names_callers() -> bool {
    log::log_enabled!(Level::Info)
}

/// Logs the request once it is answered.
pub(crate) async fn log_request(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let method = request.method().clone();
    let answer = next.call(request).await;
    let (pattern, status) = match &answer {
        Ok(response) => (response.request().match_pattern(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let pattern = pattern.unwrap_or_else(|| "(none)".to_owned());
    // Probes and monitors ask every few seconds.
    let asked_often = pattern.starts_with("/health") || pattern == "/metrics";
    let level = if asked_often { Level::Debug } else { Level::Info };
    let milliseconds = began.elapsed().as_millis();
    let status = status.as_u16();
    let caller =
        answer.as_ref().ok().and_then(|answer| answer.request().extensions().get::<Caller>().cloned());
    if let Some(caller) = caller.as_ref().map(Caller::name) {
        log::log!(level, method:% = method, path = pattern, status, milliseconds, caller; "request");
    } else {
        log::log!(level, method:% = method, path = pattern, status, milliseconds; "request");
    }
    answer.map(ServiceResponse::map_into_boxed_body)
}

#[cfg(test)]
mod tests {
    use actix_web::dev::Service as _;
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    async fn fails() -> HttpResponse {
        panic!("on purpose")
    }

    #[actix_web::test]
    async fn a_panic_is_a_500_and_the_next_request_is_answered() {
        let app = init_service(
            App::new()
                .route("/fails", web::get().to(fails))
                .route("/works", web::get().to(HttpResponse::Ok))
                .wrap(from_fn(catch_panics))
                .wrap(from_fn(log_request)),
        )
        .await;
        let request = |path: &str| TestRequest::get().uri(path).to_request();
        let error = app.call(request("/fails")).await.unwrap_err();
        assert_eq!(error.error_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(call_service(&app, request("/works")).await.status(), StatusCode::OK);
    }
}
