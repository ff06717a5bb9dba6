//! `/`: what this is, and where to go on.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ANALYTICS, METRICS, docs};
use crate::dashboard;
use crate::openapi::{Body, Described, Page, Reply, Tag};

pub(super) const PAGE: Page = Page {
    path: "/",
    name: "root",
    tag: Tag::Service,
    summary: "The service, its version and its links",
    description: "Where to begin.",
    is_closed: false,
    replies: &[Reply {
        status: "200",
        about: "What this is.",
        body: Body::Json(Described::of::<Root>(), include_str!("../openapi/examples/root.json")),
    }],
};

/// What this is, and where to go on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Root {
    /// The program's name.
    service: &'static str,
    /// The program's version.
    version: &'static str,
    /// Paths to go on to.
    links: Links,
}

/// Paths of this service.
#[derive(Debug, Serialize, ToSchema)]
struct Links {
    summary: String,
    top_items: String,
    hourly: String,
    dayparts: String,
    forecast_daily: String,
    forecast_hourly: String,
    forecast_accuracy: String,
    revisions: String,
    batch_runs: String,
    health: &'static str,
    /// Left out where the metrics have a port of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<&'static str>,
    openapi: &'static str,
    docs: &'static str,
    dashboard: &'static str,
}

/// With a link to the metrics, if they are here.
pub(super) fn root(with_metrics: bool) -> Json<Root> {
    let link = |path: &str| format!("{ANALYTICS}/{path}");
    Json(Root {
        service: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        links: Links {
            summary: link("summary"),
            top_items: link("top-items"),
            hourly: link("hourly"),
            dayparts: link("dayparts"),
            forecast_daily: link("forecast/daily"),
            forecast_hourly: link("forecast/hourly"),
            forecast_accuracy: link("forecast/accuracy"),
            revisions: link("revisions"),
            batch_runs: link("batch/runs"),
            health: "/health",
            metrics: with_metrics.then_some(METRICS),
            openapi: docs::DOCUMENT.path,
            docs: docs::PAGE.path,
            dashboard: dashboard::PAGE.path,
        },
    })
}
