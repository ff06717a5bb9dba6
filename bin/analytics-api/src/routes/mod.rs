//! What stands at which path: one file a resource.

mod accuracy;
mod caught;
mod compare;
mod day_status;
mod dayparts;
mod docs;
mod forecast;
mod groups;
mod health;
mod hourly;
mod item;
mod metrics;
mod revisions;
mod root;
mod runs;
mod serve;
mod summary;
mod top_items;

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Resource, Responder, ResponseError as _};

use crate::dashboard;
use crate::observe::Pattern;
use crate::openapi::{Figures, Page};
use crate::problem::{Kind, Problem};
use crate::state::State;
use caught::Caught;
use serve::serve;

pub(crate) use item::never_sold;
pub(crate) use serve::{FORMAT, Make};

/// Where the old service had its endpoints, and so where clients look.
pub(crate) const ANALYTICS: &str = "/api/admin/analytics";

/// Something that takes in every route: the application that serves them, and the document that tells of them.
pub(crate) trait Register {
    /// A path under [`ANALYTICS`] that answers with figures, which `make` makes.
    fn figures<M: Make + Copy + 'static>(&mut self, endpoint: &'static Figures, make: M);

    /// A path that `handler` answers.
    fn page<H, Arguments>(&mut self, page: &'static Page, handler: H)
    where
        H: Handler<Arguments>,
        Arguments: FromRequest + 'static,
        H::Output: Responder + 'static;
}

/// Every route, in the order in which the document shows them; that of the metrics if they are `with` the others.
pub(crate) fn every_route(to: &mut impl Register, with_metrics: bool) {
    to.figures(&summary::ENDPOINT, summary::summary);
    to.figures(&top_items::ENDPOINT, top_items::top_items);
    to.figures(&item::ENDPOINT, item::item);
    to.figures(&hourly::ENDPOINT, hourly::hourly);
    to.figures(&dayparts::ENDPOINT, dayparts::dayparts);
    to.figures(&forecast::DAILY, forecast::daily);
    to.figures(&forecast::HOURLY, forecast::hourly);
    to.figures(&accuracy::ENDPOINT, accuracy::accuracy);
    to.figures(&revisions::ENDPOINT, revisions::revisions);
    to.figures(&runs::ENDPOINT, runs::runs);
    to.page(&root::PAGE, move || async move { root::root(with_metrics) });
    to.page(&health::HEALTH, health::health);
    to.page(&health::LIVE, health::live);
    to.page(&health::READY, health::ready);
    if with_metrics {
        to.page(&metrics::PAGE, metrics::metrics);
    }
    to.page(&dashboard::PAGE, dashboard::page);
    to.page(&docs::DOCUMENT, docs::document);
    to.page(&docs::PAGE, docs::page);
}

/// Where monitors look.
const METRICS: &str = "/metrics";

/// Adds every route, that of the metrics if they are `with` the others, and the answer for a path that none has.
pub(crate) fn configure(config: &mut ServiceConfig, with_metrics: bool) {
    let mut served = Served { config, by_pattern: Vec::new() };
    every_route(&mut served, with_metrics);
    let Served { config, by_pattern } = served;
    for resource in by_pattern {
        config.service(resource);
    }
    config
        .service(get(dashboard::FILES, dashboard_file))
        .service(get(docs::FILES, docs::file))
        .default_service(web::to(not_found));
}

/// Adds the route of the metrics, and the answer for every other path.
pub(crate) fn configure_metrics(config: &mut ServiceConfig) {
    config.service(get(METRICS, metrics::metrics)).default_service(web::to(async || {
        Problem::new(Kind::NotFound, format!("There is nothing here but {METRICS}.")).error_response()
    }));
}

/// The application.
struct Served<'a> {
    config: &'a mut ServiceConfig,
    /// Paths of which a part may be anything. They come after all others: a request is held against one after another
    /// until one matches, and against such a pattern that takes more time than all else that is done for it here.
    by_pattern: Vec<Resource>,
}

impl Served<'_> {
    fn add(&mut self, path: &str, resource: Resource) {
        if path.contains('{') {
            self.by_pattern.push(resource);
        } else {
            self.config.service(resource);
        }
    }
}

impl Register for Served<'_> {
    fn figures<M: Make + Copy + 'static>(&mut self, endpoint: &'static Figures, make: M) {
        let path = format!("{ANALYTICS}{}", endpoint.path);
        let handler = move |request: HttpRequest, state: Data<State>| async move {
            serve(&request, &state, make, endpoint).await
        };
        self.add(&path, get(&path, handler));
    }

    fn page<H, Arguments>(&mut self, page: &'static Page, handler: H)
    where
        H: Handler<Arguments>,
        Arguments: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        self.add(page.path, get(page.path, handler));
    }
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
        .default_service(web::to(refuse_method))
}

async fn dashboard_file(request: HttpRequest, name: Path<String>) -> HttpResponse {
    match dashboard::file(&request, &name) {
        Some(file) => file,
        None => not_found(request).await,
    }
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    nothing_at(request.path()).error_response()
}

async fn refuse_method(request: HttpRequest) -> HttpResponse {
    method_not_allowed(request.method()).error_response()
}

/// What a client is told that asks for a path that there is not.
pub(crate) fn nothing_at(path: &str) -> Problem {
    let path: String = path.chars().take(200).collect();
    Problem::new(Kind::NotFound, format!("There is nothing at {path}. GET / lists what there is."))
}

/// What a client is told that wants to do anything but read.
pub(crate) fn method_not_allowed(method: &Method) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        format!("{method} is not for this path, which can only be read: use GET or HEAD."),
    )
}
