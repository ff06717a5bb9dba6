//! The connections of the API: how many there may be, and how long a client may keep one to itself.
//!
//! - `connection` is what is known of a connection: what it waits for, and how much may be held of what came.
//! - `stream` is a connection as the HTTP server reads and writes it, one request after another: `head` tells where one
//!   ends.
//! - `refusal` is what a client is told whose request never came to the program.
//! - `watch` looks at all connections of a worker a few times a second and ends those that have waited too long.
//! - `files` is how many connections the operating system allows.
//!
//! actix-web's own server is not enough here. It times the head of a connection's first request and no later one, it
//! waits for ever for a client that takes no answer, it goes on reading requests meanwhile, and it reads heads of up to
//! 128 KiB. So the same parts are put together with a stream of our own in between. One look for all connections also
//! costs a request less than a timer each.
//!
//! **Invariant:** nothing that a client does, or leaves undone, keeps a connection for ever, or makes it take more than
//! some 40 KiB.

mod connection;
mod files;
mod head;
mod refusal;
mod stream;
mod watch;

use std::fmt::Debug;
use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_http::{ConnectionType, HttpService, KeepAlive, Request, Response};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, apply_fn_factory, fn_service,
    map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server};
use actix_web::error::Error;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::rt::net::TcpStream;
use runtime::settings::ServerSettings;
use rustix::net::sockopt::set_socket_send_buffer_size;

use crate::metrics::Metrics;

use connection::{Answering, Connection};
pub(crate) use files::allowed;
pub(crate) use refusal::Refusal;
use stream::Stream;
use watch::Watch;

/// How long a client that was refused may go on sending before the connection is cut.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes of answers that the system may hold for a client who does not take them; Linux allows twice as many. It would
/// take megabytes of its own accord, and a client's time to take an answer begins when it takes no more.
const SEND_BUFFER: usize = 128 << 10;

/// What is allowed to a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections of a worker at a time. More wait to be accepted.
    pub(crate) connections: usize,
    /// How long a request may take to come in whole, and an answer to be taken.
    pub(crate) client_timeout: Duration,
    /// How long a connection may stay without a request.
    pub(crate) keep_alive: Duration,
}

/// Whether the process is about to end: connections without a request in flight are then closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Says that it is.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A server of `app` on `listener`, not answering before it is awaited. `settings` says with how many workers, and how
/// long the end may take; `metrics` count the connections; `app` is called once a worker, on its thread.
///
/// # Errors
/// If the listener cannot be used.
pub(crate) fn serve<F, I, S, B>(
    listener: TcpListener,
    workers: usize,
    settings: &ServerSettings,
    limits: Limits,
    draining: &Draining,
    metrics: &Arc<Metrics>,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    // Those that are accepted inherit it.
    set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
    let (draining, metrics) = (draining.clone(), Arc::clone(metrics));
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(limits.connections)
        .shutdown_timeout(settings.shutdown_timeout.as_secs().max(1))
        .disable_signals()
        .listen("analytics-api", listener, move || {
            let app = app().into_factory().map_err(|error| error.into().error_response());
            // The address is told to nobody: no answer holds a link that names a host.
            let app = map_config(app, |()| AppConfig::default());
            let app = apply_fn_factory(app, |request: Request, service: &_| answer::<_, B>(request, service));
            let http = HttpService::build()
                // Both are watched over here.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(LINGER)
                .on_connect_ext(|stream: &Stream, data| {
                    data.insert(stream.connection());
                })
                .h1(app);
            let watch = Rc::new(Watch::begin(limits, draining.clone(), &metrics));
            fn_service(move |stream: TcpStream| {
                let client = stream.peer_addr().ok();
                ready(Ok((watch.over(stream), client)))
            })
            .and_then(http)
        })?;
    Ok(server.run())
}

/// Answers a request, and notes on its connection that it is for the program and not for the client to do something.
fn answer<S, B>(
    request: Request,
    service: &S,
) -> impl Future<Output = Result<Response<B>, S::Error>> + use<S, B>
where
    S: Service<Request>,
    S::Response: Into<Response<B>>,
{
    let head = request.head();
    // What was asked to become another protocol has no end either.
    let goes_on = [CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE];
    let has_body =
        head.method == Method::CONNECT || goes_on.iter().any(|name| head.headers.contains_key(name));
    let connection = request.conn_data::<Rc<Connection>>();
    let answering = connection.map(|connection| Answering::begin(connection, has_body));
    let answer = service.call(request);
    async move {
        let mut answer = answer.await?.into();
        if answering.is_some_and(|answering| answering.is_last()) {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        Ok(answer)
    }
}
