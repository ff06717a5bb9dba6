//! `/`: what this is, and where to go on.

use actix_web::web::Json;
use serde::Serialize;

use super::{ANALYTICS, METRICS};

#[derive(Debug, Serialize)]
pub(super) struct Root {
    service: &'static str,
    version: &'static str,
    links: Links,
}

#[derive(Debug, Serialize)]
struct Links {
    summary: String,
    top_items: String,
    hourly: String,
    forecast_daily: String,
    forecast_hourly: String,
    forecast_accuracy: String,
    revisions: String,
    batch_runs: String,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<&'static str>,
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
            forecast_daily: link("forecast/daily"),
            forecast_hourly: link("forecast/hourly"),
            forecast_accuracy: link("forecast/accuracy"),
            revisions: link("revisions"),
            batch_runs: link("batch/runs"),
            health: "/health",
            metrics: with_metrics.then_some(METRICS),
        },
    })
}
