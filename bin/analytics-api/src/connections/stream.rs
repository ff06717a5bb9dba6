//! A connection between the HTTP server and its client.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use prometheus::IntGauge;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

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
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As if the client had said that no more requests follow.
    Closed,
    /// Without another word.
    Cut,
}

/// How many connections are open: of the worker, and of all.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) here: Rc<Cell<usize>>,
    pub(super) everywhere: IntGauge,
}

/// What is known of a connection. The time is that of the worker's last look at its connections.
#[derive(Debug)]
pub(super) struct Connection {
    clock: Rc<Cell<Instant>>,
    open: Open,
    phase: Cell<Phase>,
    since: Cell<Instant>,
    end: Cell<Option<End>>,
    waker: RefCell<Option<Waker>>,
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
        })
    }

    /// What it waits for, and for how long.
    pub(super) fn waits(&self) -> (Phase, Duration) {
        (self.phase.get(), self.clock.get() - self.since.get())
    }

    /// Ends it the next time that the HTTP server touches it, which is now.
    pub(super) fn end(&self, how: End) {
        self.end.set(Some(how));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.since.set(self.clock.get());
    }

    fn wake_later(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    fn is_cut(&self) -> io::Result<()> {
        if self.end.get() == Some(End::Cut) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
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
    pub(super) fn begin(connection: &Rc<Connection>) -> Self {
        connection.enter(Phase::Answering);
        Self(Rc::clone(connection))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.enter(Phase::Writing);
    }
}

/// A connection as the HTTP server reads and writes it.
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TcpStream,
    connection: Rc<Connection>,
    /// Something was written since all was last taken.
    has_written: bool,
    /// The client takes no more for the moment.
    is_blocked: bool,
}

impl Stream {
    pub(super) fn new(tcp: TcpStream, connection: Rc<Connection>) -> Self {
        Self { tcp, connection, has_written: false, is_blocked: false }
    }

    pub(super) fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.is_cut()?;
        if self.connection.end.get() == Some(End::Closed) {
            return Poll::Ready(Ok(()));
        }
        self.connection.wake_later(context);
        // Whoever takes no answers is not asked for more requests: their answers would pile up in memory.
        if self.is_blocked {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.tcp).poll_read(context, buffer);
        if buffer.filled().len() > before && self.connection.phase.get() == Phase::Idle {
            self.connection.enter(Phase::Reading);
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.is_cut()?;
        let written = Pin::new(&mut self.tcp).poll_write(context, bytes);
        if written.is_pending() {
            self.connection.wake_later(context);
            if !self.is_blocked && self.connection.phase.get() != Phase::Answering {
                self.connection.enter(Phase::Writing);
            }
            self.is_blocked = true;
        } else {
            self.has_written = true;
        }
        written
    }

    /// Comes when all was written, and also when there was nothing to write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.is_cut()?;
        if std::mem::take(&mut self.has_written) && self.connection.phase.get() != Phase::Answering {
            self.connection.enter(Phase::Idle);
        }
        if std::mem::take(&mut self.is_blocked) {
            // Reading was held back, and nothing else tells the HTTP server to try it again.
            context.waker().wake_by_ref();
        }
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
