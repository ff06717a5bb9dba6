//! `/`: what this is, and where to go on.

use actix_web::web::Json;
use serde::Serialize;

use super::ANALYTICS;

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
    metrics: &'static str,
}

pub(super) async fn root() -> Json<Root> {
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
            metrics: "/metrics",
        },
    })
}
