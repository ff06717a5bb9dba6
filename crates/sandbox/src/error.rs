//! What can go wrong with a sandbox, told so that the reader knows what to do now.

use std::fmt::Display;
use std::io;

use crate::server::Engine;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a sandbox could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no server program of this kind and none could be provided. A test runner may skip on this one.
    #[error("no {engine} server can be had on this machine: {reason}")]
    Unavailable {
        /// Which kind was asked for.
        engine: Engine,
        /// Why, and what to install.
        reason: String,
    },
    /// A program that a test needs is not there, and could not be provided. A test runner may skip on this one.
    #[error("no {program} can be had on this machine: {reason}")]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// Why, and what to install.
        reason: String,
    },
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, and to what.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program that the sandbox runs failed.
    #[error("{command} failed: {detail}")]
    Command {
        /// The program.
        command: String,
        /// Its exit status and the end of what it printed.
        detail: String,
    },
    /// A server or program was started and did not come up.
    #[error("{what} did not come up: {detail}")]
    NotReady {
        /// What was started.
        what: String,
        /// The end of its log.
        detail: String,
    },
    /// A statement or a connection failed.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the server or the driver said.
        source: mysql_async::Error,
    },
    /// The HTTP side failed.
    #[error("GET {url}: {source}")]
    Http {
        /// The address asked.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The process's shared server could not be started; every caller gets the first caller's reason.
    #[error("the shared server: {0}")]
    Shared(String),
    /// Input that cannot be used.
    #[error("{0}")]
    Invalid(String),
}

/// Says what was being done when an error came up.
pub(crate) trait Doing<T> {
    /// Adds `what` in front of the error.
    fn doing<D: Display>(self, what: impl FnOnce() -> D) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing<D: Display>(self, what: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|source| Error::Io { doing: what().to_string(), source })
    }
}

impl<T> Doing<T> for std::result::Result<T, mysql_async::Error> {
    fn doing<D: Display>(self, what: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|source| Error::Database { doing: what().to_string(), source })
    }
}
