//! What stands at which path: one file a resource.

mod accuracy;
mod caught;
mod compare;
mod forecast;
mod health;
mod hourly;
mod metrics;
mod revisions;
mod root;
mod runs;
mod serve;
mod summary;
mod top_items;

use actix_web::dev::Handler;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Resource, Responder, ResponseError as _};

use crate::csv::Table;
use crate::observe::Pattern;
use crate::problem::{Kind, Problem};
use crate::state::State;
use caught::Caught;
use serve::{Make, serve};

/// Where the old service had its endpoints, and so where clients look.
const ANALYTICS: &str = "/api/admin/analytics";

/// Where monitors look.
const METRICS: &str = "/metrics";

/// Adds every route, that of the metrics if they are `with` the others, and the answer for a path that none has.
pub(crate) fn configure(config: &mut ServiceConfig, with_metrics: bool) {
    if with_metrics {
        config.service(get(METRICS, metrics::metrics));
    }
    config
        .service(get("/", move || async move { root::root(with_metrics) }))
        .service(get("/health", health::health))
        .service(get("/health/live", health::live))
        .service(get("/health/ready", health::ready))
        .service(figures("/summary", summary::summary, summary::TABLES))
        .service(figures("/top-items", top_items::top_items, top_items::TABLES))
        .service(figures("/hourly", hourly::hourly, hourly::TABLES))
        .service(figures("/forecast/daily", forecast::daily, forecast::DAYS))
        .service(figures("/forecast/hourly", forecast::hourly, forecast::HOURS))
        .service(figures("/forecast/accuracy", accuracy::accuracy, accuracy::TABLES))
        .service(figures("/revisions", revisions::revisions, revisions::TABLES))
        .service(figures("/batch/runs", runs::runs, runs::TABLES))
        .default_service(web::to(not_found));
}

/// Adds the route of the metrics, and the answer for every other path.
pub(crate) fn configure_metrics(config: &mut ServiceConfig) {
    config.service(get(METRICS, metrics::metrics)).default_service(web::to(async || {
        Problem::new(Kind::NotFound, format!("There is nothing here but {METRICS}.")).error_response()
    }));
}

/// A resource under [`ANALYTICS`] that answers with figures, or with one of `tables` as CSV.
fn figures<M: Make + Copy + 'static>(path: &str, make: M, tables: &'static [Table]) -> Resource {
    get(&format!("{ANALYTICS}{path}"), move |request: HttpRequest, state: Data<State>| async move {
        serve(&request, &state, make, tables).await
    })
}

/// A resource that is read: GET and HEAD, and 405 for every other method. Where its handler panics, it answers 500.
pub(crate) fn get<H, Arguments>(path: &str, handler: H) -> Resource
where
    H: Handler<Arguments>,
    Arguments: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let handler = Caught(handler);
    web::resource(path)
        .app_data(Pattern(path.into()))
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(method_not_allowed))
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    let path: String = request.path().chars().take(200).collect();
    Problem::new(Kind::NotFound, format!("There is nothing at {path}. GET / lists what there is."))
        .error_response()
}

async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let method = request.method();
    Problem::new(
        Kind::MethodNotAllowed,
        format!("{method} is not for this path, which can only be read: use GET or HEAD."),
    )
    .error_response()
}
