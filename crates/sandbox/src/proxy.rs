//! A TCP proxy between a program and a database server, which does to their connections what networks do: cuts them,
//! swallows what they carry, slows them down, lets nobody in. It strikes at a command of the client's, counted over all
//! connections, so that a test can meet every phase of a run by counting on.
//!
//! It understands no more of the protocol than where a command begins, so connections through it must be without TLS.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::error::{Doing as _, Result};

/// What the proxy does. Commands are counted from 1, from the moment at which the fault was set. One that strikes at a
/// command does so once; the others last until [`Proxy::heal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Cuts the connection in place of forwarding its command.
    CutBefore(usize),
    /// Cuts the connection when the server has carried out its command, and before the answer.
    CutAfter(usize),
    /// Swallows this command and all that follows on its connection, which stays open: half-open, as the textbooks say.
    Swallow(usize),
    /// Cuts each connection when its server has sent so many bytes.
    CutAfterBytes(usize),
    /// Lets nobody in; connections that are open go on.
    Refuse,
    /// Holds each packet back for so long, in both directions.
    Slow(Duration),
}

/// A proxy on loopback, gone when it is dropped, and its connections with it.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    commands: usize,
    has_struck: bool,
}

/// What becomes of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Forward,
    Cut,
    CutAtItsAnswer,
    Swallow,
}

impl Proxy {
    /// A proxy to the server on this loopback port, which forwards everything until a fault is set.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn to(server: u16) -> Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.doing(|| "cannot bind a loopback port")?;
        let port = listener.local_addr().doing(|| "cannot tell the bound port")?.port();
        let state = Arc::new(Mutex::new(State::default()));
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&state)));
        Ok(Self { port, state, accepting })
    }

    /// The loopback port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sets a fault, in place of any before, and counts commands from here on.
    pub fn set(&self, fault: Fault) {
        *lock(&self.state) = State { fault: Some(fault), ..State::default() };
    }

    /// Ends the fault. A connection that has been struck stays as it is.
    pub fn heal(&self) {
        lock(&self.state).fault = None;
    }

    /// Whether the fault has met a command or a connection.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        lock(&self.state).has_struck
    }

    /// The commands that have come since the fault was set, or since the beginning.
    #[must_use]
    pub fn commands(&self) -> usize {
        lock(&self.state).commands
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Counts a command, and decides what becomes of it.
    fn fate_of_a_command(&mut self) -> Fate {
        self.commands += 1;
        let fate = match self.fault {
            Some(Fault::CutBefore(nth)) if nth == self.commands => Fate::Cut,
            Some(Fault::CutAfter(nth)) if nth == self.commands => Fate::CutAtItsAnswer,
            Some(Fault::Swallow(nth)) if nth == self.commands => Fate::Swallow,
            _ => return Fate::Forward,
        };
        self.has_struck = true;
        fate
    }

    fn delay(&self) -> Duration {
        match self.fault {
            Some(Fault::Slow(delay)) => delay,
            _ => Duration::ZERO,
        }
    }

    /// How many more bytes the server may send after so many, and how long they are held back.
    fn for_an_answer(&self, sent: usize) -> (usize, Duration) {
        let limit = match self.fault {
            Some(Fault::CutAfterBytes(limit)) => limit.saturating_sub(sent),
            _ => usize::MAX,
        };
        (limit, self.delay())
    }
}

/// Takes connections in for as long as the proxy lives; they end with it.
async fn accept(listener: TcpListener, server: u16, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if lock(&state).fault == Some(Fault::Refuse) {
            lock(&state).has_struck = true;
            continue;
        }
        connections.spawn(carry(client, server, Arc::clone(&state)));
        while connections.try_join_next().is_some() {}
    }
}

/// Carries one connection until either side, or the fault, ends it.
async fn carry(client: TcpStream, server: u16, state: Arc<Mutex<State>>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await else { return };
    // Or each small packet would wait for the one before to be acknowledged. Where it cannot be set it is only slow.
    let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // An answer after this is not passed on; it ends the connection.
    let cut_at_answer = Notify::new();
    tokio::select! {
        _ = commands(from_client, to_server, &state, &cut_at_answer) => {}
        _ = answers(from_server, to_client, &state, &cut_at_answer) => {}
    }
}

/// Forwards the client's packets, one by one.
async fn commands(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &Mutex<State>,
    cut_at_answer: &Notify,
) -> std::io::Result<()> {
    loop {
        let mut packet = vec![0; 4];
        from.read_exact(&mut packet).await?;
        let length = usize::from(packet[0]) | usize::from(packet[1]) << 8 | usize::from(packet[2]) << 16;
        packet.resize(4 + length, 0);
        from.read_exact(&mut packet[4..]).await?;
        // A command begins a sequence of packets; what belongs to a login or goes on with a command does not.
        let fate = if packet[3] == 0 { lock(state).fate_of_a_command() } else { Fate::Forward };
        match fate {
            Fate::Forward => {}
            Fate::Cut => return Ok(()),
            Fate::CutAtItsAnswer => cut_at_answer.notify_one(),
            // Both sides stay connected and hear nothing more from each other.
            Fate::Swallow => std::future::pending().await,
        }
        let delay = lock(state).delay();
        sleep(delay).await;
        to.write_all(&packet).await?;
    }
}

/// Forwards what the server sends.
async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &Mutex<State>,
    cut_at_answer: &Notify,
) -> std::io::Result<()> {
    let (mut buffer, mut sent) = (vec![0; 16 * 1024], 0);
    loop {
        let read = from.read(&mut buffer).await?;
        let is_cut = tokio::select! {
            biased;
            () = cut_at_answer.notified() => true,
            () = std::future::ready(()) => false,
        };
        if read == 0 || is_cut {
            return Ok(());
        }
        let (limit, delay) = lock(state).for_an_answer(sent);
        sleep(delay).await;
        to.write_all(&buffer[..read.min(limit)]).await?;
        sent += read;
        if read > limit {
            lock(state).has_struck = true;
            return Ok(());
        }
    }
}
