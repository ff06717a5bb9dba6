//! Asking the API that runs beside this process whether it is well: a container holds nothing else to ask with.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::ValueEnum;
use runtime::settings::ServerSettings;

/// How long each step may take: less than the few seconds that container runtimes give a health check.
const PATIENCE: Duration = Duration::from_secs(4);

/// More of an answer is not read.
const MOST: u64 = 16 << 10;

/// What to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Probe {
    /// Whether it runs.
    Live,
    /// Whether it can serve: its database answers and has its tables.
    Ready,
}

/// The API is not well.
#[derive(Debug, thiserror::Error)]
pub enum Unwell {
    /// It does not answer.
    #[error("http://{0}{1} does not answer: {2}")]
    Silent(SocketAddr, &'static str, io::Error),
    /// It answers with anything but 200.
    #[error("http://{0}{1} answers {2}")]
    Says(SocketAddr, &'static str, String),
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Self::Live => "/health/live",
            Self::Ready => "/health/ready",
        }
    }

    /// Asks the API that listens as these settings say, on this machine.
    ///
    /// # Errors
    /// If it does not answer within seconds, or with another status than 200: then with all that it says.
    pub fn ask(self, server: &ServerSettings) -> Result<(), Unwell> {
        let address = SocketAddr::new(reachable(server.host), server.port);
        let answer =
            get(address, self.path()).map_err(|error| Unwell::Silent(address, self.path(), error))?;
        match answer.strip_prefix("HTTP/1.1 ") {
            Some(said) if said.starts_with("200 ") => Ok(()),
            said => Err(Unwell::Says(address, self.path(), said.unwrap_or(&answer).trim_end().to_owned())),
        }
    }
}

/// Where a server that listens on `host` is reached from here: one that listens on all addresses, on loopback.
fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}

/// The whole answer, head and body.
fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
