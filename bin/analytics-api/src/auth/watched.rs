//! What callers are compared against, and the file that it came from.
//!
//! One thread a file looks at it every second, at what it holds and not at its time: a mounted secret of Kubernetes
//! changes by a symbolic link, and some editors keep times. A change counts once two looks agree on it, so that a file
//! that is being written is not taken by halves. What cannot be read or understood changes nothing but the log: those
//! who were let in before still are, until the file is right again.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use sha2::{Digest as _, Sha256};

/// How long a look comes after another.
const LOOK: Duration = Duration::from_secs(1);

/// No file of keys or digests is longer.
const LONGEST: u64 = 1024 * 1024;

/// What is wrong with a text. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

/// What callers are to be compared against cannot be read or understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {what}")]
pub struct Unusable {
    variable: &'static str,
    what: String,
}

/// Whether a file is, as it was last seen, what its value in force came from.
#[derive(Debug)]
pub(crate) struct Health(AtomicBool);

impl Health {
    /// False while the file cannot be read or understood, and what it held before stays in force.
    pub(crate) fn is_usable(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A value that may change while it is in use. Clones share it.
pub(crate) struct Watched<T> {
    current: Arc<ArcSwap<T>>,
    /// None where it comes from a variable, which stays.
    health: Option<Arc<Health>>,
}

// Derived, it would ask for T: Clone.
impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Self { current: Arc::clone(&self.current), health: self.health.clone() }
    }
}

impl<T: fmt::Display + Send + Sync + 'static> Watched<T> {
    /// The value that the text of a variable stands for. It stays.
    pub(super) fn fixed(
        variable: &'static str,
        text: &str,
        parse: impl Fn(&str) -> Result<T, Malformed>,
    ) -> Result<Self, Unusable> {
        let value = parse(text)
            .map_err(|malformed| Unusable { variable, what: format!("cannot be used: {malformed}") })?;
        log::info!("{variable} holds {value}");
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(value)), health: None })
    }

    /// The value that the file named by a variable stands for, from now on.
    pub(super) fn file<P>(variable: &'static str, path: &Path, parse: P) -> Result<Self, Unusable>
    where
        P: Fn(&str) -> Result<T, Malformed> + Send + 'static,
    {
        let file = File { variable, path: path.to_owned(), parse };
        let text = file.read();
        let unusable = |what| Unusable { variable, what: format!("names {}, {what}", path.display()) };
        let value = file.understand(&text).map_err(unusable)?;
        log::info!("{file} holds {value}");
        file.warn_of_writers();
        let current = Arc::new(ArcSwap::from_pointee(value));
        let health = Arc::new(Health(AtomicBool::new(true)));
        let watcher = Watcher {
            taken: Look::of(&text),
            file,
            current: Arc::downgrade(&current),
            health: Arc::clone(&health),
        };
        // A thread and not a task: a file system that hangs stops nothing else, not even the end of the process.
        thread::Builder::new()
            .name("credentials".to_owned())
            .spawn(move || watcher.run())
            .map_err(|error| unusable(format!("which cannot be watched: {error}")))?;
        Ok(Self { current, health: Some(health) })
    }
}

impl<T> Watched<T> {
    /// The value at present.
    pub(super) fn load(&self) -> Guard<Arc<T>> {
        self.current.load()
    }

    /// How the file does that it comes from, if it comes from one.
    pub(super) fn health(&self) -> Option<&Arc<Health>> {
        self.health.as_ref()
    }
}

/// A file and how it is understood.
struct File<P> {
    variable: &'static str,
    path: PathBuf,
    parse: P,
}

impl<P> fmt::Display for File<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.variable, self.path.display())
    }
}

impl<P> File<P> {
    /// What the file holds, or why that is not known.
    fn read(&self) -> Result<String, String> {
        let read = || {
            let metadata = std::fs::metadata(&self.path)?;
            // Reading a pipe would never end.
            if !metadata.is_file() {
                return Err(io::Error::other("it is not a file"));
            }
            if metadata.len() > LONGEST {
                return Err(io::Error::other("it is longer than 1 MiB"));
            }
            let text = std::fs::read_to_string(&self.path)?;
            // Some editors begin a file with a mark that is no part of its text.
            Ok(match text.strip_prefix('\u{feff}') {
                Some(unmarked) => unmarked.to_owned(),
                None => text,
            })
        };
        read().map_err(|error| format!("which cannot be read: {error}"))
    }

    /// Says it if anybody can write the file.
    fn warn_of_writers(&self) {
        let others_may_write = |metadata: std::fs::Metadata| metadata.mode() & 0o002 != 0;
        if std::fs::metadata(&self.path).is_ok_and(others_may_write) {
            log::warn!(
                "{self} can be written by every user of this machine, who could let themselves in: chmod o-w takes \
                 that away"
            );
        }
    }

    fn understand<T>(&self, text: &Result<String, String>) -> Result<T, String>
    where
        P: Fn(&str) -> Result<T, Malformed>,
    {
        let text = text.as_ref().map_err(Clone::clone)?;
        (self.parse)(text).map_err(|malformed| format!("which cannot be used: {malformed}"))
    }
}

/// What was seen at a look: a digest, so that no secret is kept for the comparison.
#[derive(Clone, PartialEq, Eq)]
struct Look(Result<[u8; 32], String>);

impl Look {
    fn of(text: &Result<String, String>) -> Self {
        Self(text.as_ref().map(|text| Sha256::digest(text).into()).map_err(Clone::clone))
    }
}

struct Watcher<T, P> {
    file: File<P>,
    /// What was last made of the file, good or bad.
    taken: Look,
    current: Weak<ArcSwap<T>>,
    health: Arc<Health>,
}

impl<T: fmt::Display, P: Fn(&str) -> Result<T, Malformed>> Watcher<T, P> {
    /// Looks again and again, for as long as anybody needs the value.
    fn run(mut self) {
        let mut before = self.taken.clone();
        loop {
            thread::sleep(LOOK);
            let Some(current) = self.current.upgrade() else { return };
            let text = self.file.read();
            let look = Look::of(&text);
            if look != self.taken && look == before {
                self.take(&text, &current);
                self.taken = look.clone();
            }
            before = look;
        }
    }

    fn take(&self, text: &Result<String, String>, current: &ArcSwap<T>) {
        let file = &self.file;
        let understood = file.understand(text);
        self.health.0.store(understood.is_ok(), Ordering::Relaxed);
        match understood {
            Ok(value) => {
                log::info!("{file} has changed: it holds {value}");
                file.warn_of_writers();
                current.store(Arc::new(value));
            }
            Err(what) => log::error!(
                "{} names {}, {what}. What it held before stays in force until it is mended",
                file.variable,
                file.path.display()
            ),
        }
    }
}
