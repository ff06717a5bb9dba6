//! One look at all connections of a worker, a few times a second.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use actix_web::rt;
use actix_web::rt::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::connection::{Connection, End, Open, Phase};
use super::stream::Stream;
use super::{Draining, LINGER, Limits};
use crate::metrics::Metrics;
use crate::observe::Unread;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(250);

/// How much sooner patience ends while more than half of the connections are taken.
const PRESSED: u32 = 8;

/// How long a connection may then stay without a request: long enough to send one that is meant.
const PRESSED_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// The connections of a worker.
pub(super) struct Watch(Rc<Connections>);

struct Connections {
    limits: Limits,
    draining: Draining,
    clock: Rc<Cell<Instant>>,
    open: Open,
    unread: Rc<Unread>,
    all: RefCell<Vec<Weak<Connection>>>,
}

impl Watch {
    /// Looks from now on, on a task of this thread. `metrics` count the connections of all workers.
    pub(super) fn begin(limits: Limits, draining: Draining, metrics: &Metrics) -> Self {
        let connections = Rc::new(Connections {
            limits,
            draining,
            clock: Rc::new(Cell::new(Instant::now())),
            open: Open { here: Rc::default(), everywhere: metrics.connections().clone() },
            unread: Rc::new(Unread::new(metrics)),
            all: RefCell::default(),
        });
        let watched = Rc::downgrade(&connections);
        rt::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let now = ticks.tick().await;
                let Some(connections) = watched.upgrade() else { return };
                connections.look(now);
            }
        });
        Self(connections)
    }

    /// Takes a connection under watch.
    pub(super) fn over(&self, tcp: TcpStream) -> Stream {
        let connection = Connection::new(&self.0.clock, &self.0.open);
        self.0.all.borrow_mut().push(Rc::downgrade(&connection));
        Stream::new(tcp, connection, Rc::clone(&self.0.unread))
    }
}

impl Connections {
    fn look(&self, now: Instant) {
        self.clock.set(now);
        let pressed = self.open.here.get() > self.limits.connections / 2;
        self.all.borrow_mut().retain(|connection| {
            let Some(connection) = connection.upgrade() else { return false };
            if let Some(end) = self.end(&connection, pressed) {
                connection.end(end);
            }
            true
        });
    }

    /// How a connection is to be ended, if it is.
    fn end(&self, connection: &Connection, pressed: bool) -> Option<End> {
        let Limits { mut client_timeout, mut keep_alive, .. } = self.limits;
        // While others wait to be let in, whoever asks for nothing makes room.
        if pressed {
            client_timeout /= PRESSED;
            keep_alive = keep_alive.min(PRESSED_KEEP_ALIVE);
        }
        match connection.waits() {
            (Phase::Idle, _) if self.draining.has_begun() => Some(End::Closed),
            (Phase::Idle, waited) if waited >= keep_alive => Some(End::Closed),
            (Phase::Reading | Phase::Refusing, _) if self.draining.has_begun() => Some(End::Cut),
            (Phase::Reading, waited) if waited >= client_timeout => Some(End::Refused),
            (Phase::Writing, waited) if waited >= client_timeout => Some(End::Cut),
            (Phase::Refusing, waited) if pressed || waited >= LINGER => Some(End::Cut),
            // What the program itself waits for has limits of its own.
            _ => None,
        }
    }
}
