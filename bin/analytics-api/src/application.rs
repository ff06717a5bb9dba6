//! The program from its settings to its end.

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::dev::Server;
use chrono::TimeDelta;
use futures_util::future::{OptionFuture, join_all, try_join};
use runtime::clock::Clock;
use runtime::settings::{
    AnalyticsDatabase, AnalyticsSettings, AuthSettings, DatabaseSettings, ServerSettings,
};
use runtime::shutdown::Shutdown;

use crate::auth::{Authenticator, Unusable};
use crate::connections::{self, Draining, Limits};
use crate::cors::Cors;
use crate::exposure::{self, Exposed};
use crate::gate::Gate;
use crate::kept::{Answers, JSON};
use crate::metrics::Metrics;
use crate::names::Names;
use crate::observe::Observe;
use crate::openapi::{Access, document};
use crate::rendered::Rendered;
use crate::routes;
use crate::standing::Standing;
use crate::state::Workers;
use crate::watch::watch;

/// The sections that the API reads. Of `ANALYTICS__…` it uses only FRESHNESS and DAYPARTS: what the figures mean stands in the
/// database, where the run that made them has written it.
pub type Settings = (ServerSettings, AuthSettings, AnalyticsSettings, AnalyticsDatabase);

/// Connections of monitors at a time.
const MONITORS: usize = 16;

/// The API, listening on its addresses and not answering yet.
pub struct Application {
    server: Server,
    /// That of the metrics, where they have an address of their own.
    metrics_server: Option<Server>,
    draining: Draining,
    database: DatabaseSettings,
    refresh: Duration,
    standing: Arc<Standing>,
}

/// Why the API did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It or its metrics would be open to other machines without anyone having said that they should be.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// What callers are to be told apart by cannot be read or understood.
    #[error(transparent)]
    Auth(#[from] Unusable),
    /// Its metrics contradict each other, which is a bug.
    #[error("the metrics cannot be made: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The OpenAPI document cannot be written, which is a bug.
    #[error("the OpenAPI document cannot be written: {0}")]
    Document(serde_json::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. {}", advice(source, host, port))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The variable that its host is set by.
        host: &'static str,
        /// The variable that its port is set by.
        port: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Application {
    /// Binds the addresses and logs them. Needs no database: one that is away now may be there later.
    ///
    /// # Errors
    /// If the API may not or cannot listen on an address that it is told to, or by a bug.
    pub fn build(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let (server, auth, analytics, AnalyticsDatabase(database)) = settings;
        exposure::judge(server.host, auth.mode.as_ref())?;
        if let Some(address) = server.metrics_address() {
            exposure::judge_metrics(address.ip(), server.metrics_host, auth.mode.as_ref())?;
        }
        let access = Access::of(auth.mode.as_ref());
        // Whoever shows a token is no page of another site.
        let names = match access {
            Access::Open => Names::unless_open_to_all(server.host, auth.mode.as_ref()),
            Access::Token | Access::Jwt => Names::Any,
        };
        let metrics_names = Names::unless_open_to_all(
            server.metrics_address().map_or(server.host, |address| address.ip()),
            auth.mode.as_ref(),
        );
        let document = document(access, server.metrics_address().is_none());
        let document = Rendered::new(document.map_err(StartError::Document)?, JSON);
        let authenticator = Authenticator::new(auth.mode, clock)?;
        let count = server.workers.min(database.max_connections);
        if count < server.workers {
            log::warn!(
                "{count} workers and not SERVER__WORKERS={}: each needs a connection, and ANALYTICS_DATABASE__MAX_CONNECTIONS allows no more",
                server.workers
            );
        }
        // The setting is a month at most.
        let freshness = TimeDelta::from_std(analytics.freshness).unwrap_or(TimeDelta::MAX);
        let standing = Arc::new(Standing::new(clock, freshness));
        let metrics = Arc::new(Metrics::new(clock.now(), authenticator.health())?);
        let workers = Workers {
            database: share(&database, count),
            request_timeout: server.request_timeout,
            standing: Arc::clone(&standing),
            answers: Answers::new(u64::from(server.cache_mib) << 20, metrics.cache().clone()),
            dayparts: analytics.dayparts.with_the_rest().into(),
            metrics,
            document: Arc::new(document),
        };
        let draining = Draining::default();
        let metrics_server = serve_metrics(&server, &workers, &draining, metrics_names)?;
        let limits = Limits {
            connections: (connections::allowed(server.max_connections, database.max_connections) / count)
                .max(1),
            client_timeout: server.client_timeout,
            keep_alive: server.keep_alive,
        };
        let unbound = unbound(server.address(), "SERVER__HOST", "SERVER__PORT");
        let listener = TcpListener::bind(server.address()).map_err(unbound)?;
        let listening = listener.local_addr().map_err(unbound)?;
        let metrics = Arc::clone(&workers.metrics);
        let origins = server.cors_origins.clone();
        let metrics_apart = metrics_server.is_some();
        let http = connections::serve(listener, count, &server, limits, &draining, &metrics, move || {
            // Called once a worker, on its thread.
            let (workers, metrics) = (workers.clone(), &workers.metrics);
            let gate = Gate::new(names, authenticator.clone(), Cors::new(&origins), Arc::clone(metrics));
            let observe = Observe(Arc::clone(metrics));
            App::new()
                .data_factory(move || ready(workers.state()))
                .configure(|config| routes::configure(config, !metrics_apart))
                .wrap(gate)
                .wrap(observe)
        })
        .map_err(unbound)?;
        log::info!("listening on http://{listening}");
        Ok(Self { server: http, metrics_server, draining, database, refresh: server.refresh, standing })
    }

    /// Answers requests until the shutdown is asked for; then accepts no more, and returns once those in flight are
    /// answered or have had the shutdown timeout.
    ///
    /// # Errors
    /// If the server itself fails.
    pub async fn run_until_stopped(self, shutdown: Shutdown) -> io::Result<()> {
        let Self { server, metrics_server, draining, database, refresh, standing } = self;
        let both = [Some(&server), metrics_server.as_ref()];
        let handles: Vec<_> = both.into_iter().flatten().map(Server::handle).collect();
        let stop = async {
            shutdown.requested().await;
            draining.begin();
            join_all(handles.iter().map(|handle| handle.stop(true))).await;
        };
        let metrics_server = async { OptionFuture::from(metrics_server).await.unwrap_or(Ok(())) };
        let mut servers = Box::pin(try_join(server, metrics_server));
        tokio::select! {
            ended = &mut servers => return ended.map(drop),
            () = stop => {}
            never = watch(&database, refresh, &standing) => match never {},
        }
        servers.await.map(drop)
    }
}

/// The server of the metrics, where they have an address of their own. Nobody is asked for a token there.
fn serve_metrics(
    server: &ServerSettings,
    workers: &Workers,
    draining: &Draining,
    names: Names,
) -> Result<Option<Server>, StartError> {
    let Some(address) = server.metrics_address() else { return Ok(None) };
    let host = if server.metrics_host.is_some() { "SERVER__METRICS_HOST" } else { "SERVER__HOST" };
    let unbound = unbound(address, host, "SERVER__METRICS_PORT");
    let listener = TcpListener::bind(address).map_err(unbound)?;
    let listening = listener.local_addr().map_err(unbound)?;
    let limits = Limits {
        connections: MONITORS,
        client_timeout: server.client_timeout,
        keep_alive: server.keep_alive,
    };
    // A connection of its own, so that it is told how things stand when all others are taken.
    let database = DatabaseSettings { max_connections: 1, ..workers.database.clone() };
    let workers = Workers { database, ..workers.clone() };
    let metrics = Arc::clone(&workers.metrics);
    let serving = connections::serve(listener, 1, server, limits, draining, &metrics, move || {
        let (workers, metrics) = (workers.clone(), &workers.metrics);
        App::new()
            .data_factory(move || ready(workers.state()))
            .configure(routes::configure_metrics)
            .wrap(Gate::new(names, Authenticator::Open, Cors::new(&[]), Arc::clone(metrics)))
            .wrap(Observe(Arc::clone(metrics)))
    });
    let serving = serving.map_err(unbound)?;
    log::info!("metrics on http://{listening}/metrics");
    Ok(Some(serving))
}

/// What an address is that cannot be listened on, and what it is set by.
fn unbound(
    address: SocketAddr,
    host: &'static str,
    port: &'static str,
) -> impl Fn(io::Error) -> StartError + Copy {
    move |source| StartError::Bind { address, host, port, source }
}

/// A worker's share of the connections, all of which would otherwise be as many a worker.
fn share(database: &DatabaseSettings, workers: usize) -> DatabaseSettings {
    DatabaseSettings { max_connections: (database.max_connections / workers).max(1), ..database.clone() }
}

fn advice(error: &io::Error, host: &str, port: &str) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("Another program listens there: end it, or set {port} to a free port or to 0")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("This machine has no such address: set {host} to one of its own")
        }
        io::ErrorKind::PermissionDenied => {
            format!("The port is kept for root: set {port} to 1024 or higher")
        }
        _ => format!("Set {host} and {port} to an address that this machine can listen on"),
    }
}
