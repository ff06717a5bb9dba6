//! A loopback port that leads to a server's socket, for a server that must not have a port of its own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::statements::{Log, Prepared, Statements};
use crate::error::{Doing as _, Result};

/// Open until it is dropped. A connection through it ends when either side does.
#[derive(Debug)]
pub(super) struct Doorway {
    port: u16,
    closing: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

impl Doorway {
    /// Opens `port` on loopback.
    ///
    /// What clients say is appended to the file `log`, if there is one.
    pub(super) fn open(port: u16, socket: PathBuf, log: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| {
            let file = File::options().create(true).append(true).open(path);
            file.map(Arc::new).doing(|| format!("cannot open {}", path.display()))
        };
        let log = log.map(open).transpose()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .doing(|| format!("cannot listen on the loopback port {port}"))?;
        let closing = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&closing);
        let keeper = start("doorway", move || keep(&listener, &socket, log.as_ref(), &seen))?;
        Ok(Self { port, closing, keeper: Some(keeper) })
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        // The keeper waits for a caller, so it is called once more.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(keeper) = self.keeper.take()
            && keeper.join().is_err()
        {
            log::warn!("the keeper of port {} ended with a panic", self.port);
        }
    }
}

fn keep(listener: &TcpListener, socket: &Path, log: Option<&Log>, closing: &AtomicBool) {
    for (connection, caller) in (1..).zip(listener.incoming()) {
        if closing.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = caller.and_then(|caller| lead(&caller, socket, log, connection)) {
            // The caller finds its connection closed, as it would with a server that is away.
            log::debug!("a connection was not led to {}: {error}", socket.display());
        }
    }
}

/// Passes bytes both ways on threads of their own, until either end is reached.
fn lead(caller: &TcpStream, socket: &Path, log: Option<&Log>, connection: u64) -> io::Result<()> {
    // Or the end of each request would wait for the answer to its beginning.
    caller.set_nodelay(true)?;
    let server = UnixStream::connect(socket)?;
    let (mut asks, mut answers) = (caller.try_clone()?, caller.try_clone()?);
    let (mut takes, mut gives) = (server.try_clone()?, server);
    let prepared = Arc::new(Mutex::new(Prepared::default()));
    let mut statements = log.map(|log| Statements::new(Arc::clone(log), connection, Arc::clone(&prepared)));
    let end = |caller: &TcpStream, server: &UnixStream| {
        // Either may be gone already, which is what is wanted.
        let _ = caller.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    thread::Builder::new().name("doorway-in".to_owned()).spawn(move || {
        let said = |bytes: &[u8]| statements.as_mut().map_or(Ok(()), |statements| statements.say(bytes));
        if let Err(error) = pass(&mut asks, &mut takes, said) {
            log::debug!("a client's side ended: {error}");
        }
        end(&asks, &takes);
    })?;
    thread::Builder::new().name("doorway-out".to_owned()).spawn(move || {
        let said = |bytes: &[u8]| {
            prepared.lock().unwrap_or_else(PoisonError::into_inner).answer(bytes);
            Ok(())
        };
        if let Err(error) = pass(&mut gives, &mut answers, said) {
            log::debug!("a server's side ended: {error}");
        }
        end(&answers, &gives);
    })?;
    Ok(())
}

/// Passes on what comes, when `said` has seen it, until the end.
fn pass(
    from: &mut impl Read,
    to: &mut impl Write,
    mut said: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                said(&buffer[..length])?;
                to.write_all(&buffer[..length])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work).doing(|| "cannot start a thread")
}
