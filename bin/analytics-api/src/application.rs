//! The program from its settings to its end.

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::dev::Server;
use chrono::TimeDelta;
use runtime::clock::Clock;
use runtime::database::{BuildError, Session, pool};
use runtime::settings::{
    AnalyticsDatabase, AnalyticsSettings, AuthSettings, DatabaseSettings, ServerSettings,
};
use runtime::shutdown::Shutdown;

use crate::auth::{Authenticator, Unusable};
use crate::connections::{self, Draining, Limits};
use crate::cors::Cors;
use crate::database::Database;
use crate::exposure::{self, Exposed};
use crate::gate::Gate;
use crate::kept::Answers;
use crate::metrics::Metrics;
use crate::observe::Observe;
use crate::routes;
use crate::standing::Standing;
use crate::state::State;
use crate::turns::Turns;
use crate::watch::watch;

/// The sections that the API reads. Of `ANALYTICS__…` it uses only FRESHNESS: what the figures mean stands in the
/// database, where the run that made them has written it.
pub type Settings = (ServerSettings, AuthSettings, AnalyticsSettings, AnalyticsDatabase);

/// The API, listening on its address and not answering yet.
pub struct Application {
    server: Server,
    draining: Draining,
    database: DatabaseSettings,
    refresh: Duration,
    standing: Arc<Standing>,
}

/// Why the API did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It would be open to other machines without anyone having said that it should be.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// What callers are to be told apart by cannot be read or understood.
    #[error(transparent)]
    Auth(#[from] Unusable),
    /// Its metrics contradict each other, which is a bug.
    #[error("the metrics cannot be made: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. {}", advice(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Application {
    /// Binds the address and logs it. Needs no database: one that is away now may be there later.
    ///
    /// # Errors
    /// If the API may not or cannot listen on the address that it is told to, or by a bug.
    pub fn build(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let (server, auth, analytics, AnalyticsDatabase(database)) = settings;
        exposure::judge(server.host, auth.mode.as_ref())?;
        let authenticator = Authenticator::new(auth.mode, clock)?;
        let workers = server.workers.min(database.max_connections);
        if workers < server.workers {
            log::warn!(
                "{workers} workers and not SERVER__WORKERS={}: each needs a connection, and ANALYTICS_DATABASE__MAX_CONNECTIONS allows no more",
                server.workers
            );
        }
        let workers_database = share(&database, workers);
        // The setting is a month at most.
        let freshness = TimeDelta::from_std(analytics.freshness).unwrap_or(TimeDelta::MAX);
        let standing = Arc::new(Standing::new(clock, freshness));
        let metrics = Arc::new(Metrics::new(clock.now(), authenticator.health())?);
        let answers = Answers::new(u64::from(server.cache_mib) << 20, metrics.cache().clone());
        let (workers_standing, workers_metrics) = (Arc::clone(&standing), Arc::clone(&metrics));
        let state = move || {
            let pool = pool(&workers_database, Session::ApiReader)?;
            let turns = Turns::new(workers_database.max_connections, server.request_timeout);
            workers_metrics.watch(pool.clone(), turns.clone());
            let database = Database::new(pool, server.request_timeout, Arc::clone(&workers_standing));
            let (answers, metrics) = (answers.clone(), Arc::clone(&workers_metrics));
            Ok::<_, BuildError>(State { database, answers, turns, metrics })
        };
        let address = server.address();
        let unbound = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(unbound)?;
        let listening = listener.local_addr().map_err(unbound)?;
        let connections = connections::allowed(server.max_connections, database.max_connections);
        let limits = Limits {
            connections: (connections / workers).max(1),
            client_timeout: server.client_timeout,
            keep_alive: server.keep_alive,
        };
        let draining = Draining::default();
        let origins = server.cors_origins.clone();
        let http = connections::serve(listener, workers, &server, limits, &draining, move || {
            // Called once a worker, on its thread: a pool belongs to the runtime that it is used on.
            let state = state.clone();
            let gate = Gate::new(authenticator.clone(), Cors::new(&origins), Arc::clone(&metrics));
            App::new()
                .data_factory(move || ready(state()))
                .configure(routes::configure)
                .wrap(gate)
                .wrap(Observe(Arc::clone(&metrics)))
        })
        .map_err(unbound)?;
        log::info!("listening on http://{listening}");
        Ok(Self { server: http, draining, database, refresh: server.refresh, standing })
    }

    /// Answers requests until the shutdown is asked for; then accepts no more, and returns once those in flight are
    /// answered or have had the shutdown timeout.
    ///
    /// # Errors
    /// If the server itself fails.
    pub async fn run_until_stopped(self, shutdown: Shutdown) -> io::Result<()> {
        let Self { mut server, draining, database, refresh, standing } = self;
        let handle = server.handle();
        let stop = async {
            shutdown.requested().await;
            draining.begin();
            handle.stop(true).await;
        };
        tokio::select! {
            ended = &mut server => return ended,
            () = stop => {}
            never = watch(&database, refresh, &standing) => match never {},
        }
        server.await
    }
}

/// A worker's share of the connections, all of which would otherwise be as many a worker.
fn share(database: &DatabaseSettings, workers: usize) -> DatabaseSettings {
    DatabaseSettings { max_connections: (database.max_connections / workers).max(1), ..database.clone() }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Another program listens there: end it, or set SERVER__PORT to a free port or to 0"
        }
        io::ErrorKind::AddrNotAvailable => {
            "This machine has no such address: set SERVER__HOST to one of its own"
        }
        io::ErrorKind::PermissionDenied => "The port is kept for root: set SERVER__PORT to 1024 or higher",
        _ => "Set SERVER__HOST and SERVER__PORT to an address that this machine can listen on",
    }
}
