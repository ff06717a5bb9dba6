//! `/metrics`: for Prometheus. It answers whatever the database does.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;

use super::METRICS;
use crate::openapi::{Body, Page, Reply, Shared, Tag};
use crate::problem::Problem;
use crate::state::State;

pub(super) const PAGE: Page = Page {
    path: METRICS,
    name: "metrics",
    tag: Tag::Service,
    summary: "Metrics, for Prometheus",
    description: "While the database does not answer, what was last read stands.",
    is_closed: true,
    replies: &[
        Reply {
            status: "200",
            about: "Prometheus's text format.",
            body: Body::Text(prometheus::TEXT_FORMAT),
        },
        Reply { status: "500", about: "", body: Body::Problem(Shared::InternalError) },
    ],
};

pub(super) async fn metrics(state: Data<State>) -> Result<HttpResponse, Problem> {
    let pulse = state.database.pulse().await;
    state.metrics.read(pulse.as_ref());
    let outlook = state.database.standing().outlook(Instant::now());
    let (header, now) = (&outlook.moment.header, state.now());
    let text = state.metrics.text(header, outlook.stale, &state.answers, now).map_err(|error| {
        log::error!("the metrics cannot be written: {error}");
        Problem::internal()
    })?;
    let content_type = (CONTENT_TYPE, prometheus::TEXT_FORMAT);
    Ok(HttpResponse::Ok().insert_header(content_type).insert_header((CACHE_CONTROL, "no-store")).body(text))
}
