//! What is known of a connection: what it waits for, since when, and how much the HTTP server may hold of what came.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use prometheus::IntGauge;
use tokio::time::Instant;

/// How long a request's head may be for certain, in bytes. A longer one is refused unless it came at once, and one of
/// twice this length always is.
pub(super) const MAX_HEAD: usize = 16 << 10;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A request. Nothing of one has come.
    Idle,
    /// The rest of a request.
    Reading,
    /// The program's answer.
    Answering,
    /// The client, to take the answer.
    Writing,
    /// The client, to take what it is told before the connection ends, and to fall silent.
    Refusing,
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As if the client had said that no more requests follow.
    Closed,
    /// With an answer to the request that did not come in time.
    Refused,
    /// Without another word.
    Cut,
}

/// Whether the HTTP server may be given more of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Some,
    /// When it has been asked once more: it holds a whole head, and has not begun to work on its request.
    Next,
    /// When it has been asked once more: it may hold a whole head that does not look like one here.
    Soon,
    /// When what it works on is answered.
    Later,
    /// It holds the beginning of a head that is longer than any may be.
    None,
}

/// How many connections are open: of the worker, and of all.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) here: Rc<Cell<usize>>,
    pub(super) everywhere: IntGauge,
}

/// A connection. The time is that of the worker's last look at its connections.
#[derive(Debug)]
pub(super) struct Connection {
    clock: Rc<Cell<Instant>>,
    open: Open,
    phase: Cell<Phase>,
    since: Cell<Instant>,
    end: Cell<Option<End>>,
    waker: RefCell<Option<Waker>>,
    /// Bytes that the HTTP server was given since it last began to work on a request.
    head: Cell<usize>,
    /// What it was given last ends as a head does, or as the body behind it.
    has_head: Cell<bool>,
    /// No body is still to come behind that.
    is_whole: Cell<bool>,
    /// It was asked to look at what it holds since it last began to work on a request.
    has_looked: Cell<bool>,
    /// The body of the request that it works on had not come whole. None of it is read, and so no request can follow.
    is_last: Cell<bool>,
}

impl Connection {
    pub(super) fn new(clock: &Rc<Cell<Instant>>, open: &Open) -> Rc<Self> {
        open.here.set(open.here.get() + 1);
        open.everywhere.inc();
        Rc::new(Self {
            clock: Rc::clone(clock),
            open: open.clone(),
            phase: Cell::new(Phase::Idle),
            since: Cell::new(clock.get()),
            end: Cell::default(),
            waker: RefCell::default(),
            head: Cell::default(),
            has_head: Cell::default(),
            is_whole: Cell::default(),
            has_looked: Cell::default(),
            is_last: Cell::default(),
        })
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// What it waits for, and for how long.
    pub(super) fn waits(&self) -> (Phase, Duration) {
        (self.phase.get(), self.clock.get() - self.since.get())
    }

    /// Waits for something else from now on. Who is refused waits for nothing more.
    pub(super) fn enter(&self, phase: Phase) {
        if self.phase.get() != Phase::Refusing {
            self.phase.set(phase);
            self.since.set(self.clock.get());
        }
    }

    /// Ends it the next time that the HTTP server touches it, which is now.
    pub(super) fn end(&self, how: End) {
        self.end.set(Some(how));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// How it is to be ended, unless it is to be cut.
    ///
    /// # Errors
    /// If it is.
    pub(super) fn ends(&self) -> io::Result<Option<End>> {
        match self.end.get() {
            Some(End::Cut) => Err(io::ErrorKind::TimedOut.into()),
            end => Ok(end),
        }
    }

    pub(super) fn wake_later(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    /// The HTTP server was given so many bytes.
    pub(super) fn gave(&self, bytes: usize) {
        self.head.set(self.head.get() + bytes);
        if self.phase.get() == Phase::Idle {
            self.enter(Phase::Reading);
        }
    }

    /// What the HTTP server was given ends as a head does, whether a body follows or not.
    pub(super) fn gave_a_head(&self) {
        self.has_head.set(true);
        self.is_whole.set(false);
    }

    /// What the HTTP server was given ends as a request does, body and all.
    pub(super) fn gave_a_request(&self) {
        self.has_head.set(true);
        self.is_whole.set(true);
    }

    /// Whether the connection ends with the present answer.
    pub(super) fn is_last(&self) -> bool {
        self.is_last.get()
    }

    /// Whether the HTTP server may be given more. It would read ahead of what it works on, and keep it all.
    pub(super) fn room(&self) -> Room {
        let is_full = self.head.get() >= MAX_HEAD;
        match self.phase.get() {
            Phase::Answering | Phase::Writing => Room::Later,
            Phase::Refusing => Room::None,
            Phase::Idle | Phase::Reading if !is_full && !self.has_head.get() => Room::Some,
            Phase::Idle | Phase::Reading if !self.has_looked.replace(true) => {
                if self.has_head.get() {
                    Room::Next
                } else {
                    Room::Soon
                }
            }
            Phase::Idle | Phase::Reading => {
                // It took nothing of that for a request.
                self.has_looked.set(false);
                self.has_head.set(false);
                if is_full { Room::None } else { Room::Some }
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.here.set(self.open.here.get().saturating_sub(1));
        self.open.everywhere.dec();
    }
}

/// The program is at work on an answer, until this is dropped.
#[derive(Debug)]
pub(super) struct Answering(Rc<Connection>);

impl Answering {
    /// To a request that more belongs to than its head, or nothing more.
    pub(super) fn begin(connection: &Rc<Connection>, has_body: bool) -> Self {
        let is_whole = connection.is_whole.replace(false);
        connection.enter(Phase::Answering);
        connection.head.set(0);
        connection.has_head.set(false);
        connection.has_looked.set(false);
        connection.is_last.set(has_body && !is_whole);
        Self(Rc::clone(connection))
    }

    /// Whether no other can follow on the connection.
    pub(super) fn is_last(&self) -> bool {
        self.0.is_last()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.enter(Phase::Writing);
    }
}
