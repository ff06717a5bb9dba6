//! A private server, running.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mysql_async::{Conn, OptsBuilder};
use rand::Rng as _;
use tempfile::TempDir;

use super::data;
use super::doorway::Doorway;
use super::engine::{Engine, Program};
use super::provision;
use super::seekdb;
use crate::error::{Doing as _, Error, Result};
use crate::guard::Guarded;

/// What MySQL checks by default. MariaDB's own default checks less: a query that passes there may fail on MySQL.
const MYSQL_SQL_MODE: &str = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                              ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// How long a server may take to accept connections. One that has crashed recovers first.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// What is special about a server. The default is a throwaway one for tests.
#[derive(Clone, Debug, Default)]
pub struct Options {
    arguments: Vec<String>,
    data: Option<PathBuf>,
    query_log: bool,
}

impl Options {
    /// Adds a server argument; it comes after the sandbox's own and so wins: `--transaction-isolation=READ-COMMITTED`,
    /// `--sql-mode=`.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Writes every statement to [`Server::query_log`].
    #[must_use]
    pub fn with_query_log(mut self) -> Self {
        self.query_log = true;
        self
    }

    /// Keeps the data in this folder after the server has ended, and uses what is there already. Such a server gets
    /// more memory, and a clean shutdown when its owner ends.
    #[must_use]
    pub fn kept_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }
}

/// A server's process, and its door if it has no port of its own.
struct Process {
    server: Guarded,
    _door: Option<Doorway>,
}

/// A private server on loopback. It ends when this is dropped, and when the process that holds it ends in any way.
pub struct Server {
    program: Program,
    options: Options,
    // Before the folder: the server must have ended when that is removed.
    process: Mutex<Option<Process>>,
    /// Socket, start script and, for a throwaway server, the data. The guard removes it as well.
    run: TempDir,
    data: PathBuf,
    as_root: bool,
    port: u16,
    root_password: String,
}

impl Server {
    /// Starts a server, providing its program first if need be, and waits until it accepts connections.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is no such server; [`Error::NotReady`], with the end of its log, if it does
    /// not come up.
    pub fn start(engine: Engine, options: Options) -> Result<Self> {
        let program = provision::program(engine)?;
        let run = tempfile::Builder::new()
            .prefix("restaurant-sandbox-")
            .tempdir_in(run_parent(options.data.is_some()))
            .doing(|| "cannot create a folder for a server")?;
        let as_root = fs::metadata(run.path()).doing(|| "cannot look at the server's folder")?.uid() == 0;
        let data = options.data.clone().unwrap_or_else(|| run.path().join("data"));
        // A folder half made by a run that was ended is not a data folder.
        // OceanBase makes its own, and as fast as one is copied.
        if program.engine != Engine::OceanBase && !data.join("mysql").is_dir() {
            data::create(&program, as_root, &data)?;
        }
        let root_password = match program.engine {
            Engine::OceanBase => seekdb::root_password(&data)?,
            Engine::MariaDb | Engine::MySql => random_password(),
        };
        let mut server = Self {
            program,
            options,
            process: Mutex::new(None),
            run,
            data,
            as_root,
            port: free_port()?,
            root_password,
        };
        if let Err(error) = server.launch() {
            // Between the choice of a free port and its use somebody else may have taken it.
            if !error.to_string().contains("Bind on TCP/IP port") {
                return Err(error);
            }
            server.port = free_port()?;
            server.launch()?;
        }
        Ok(server)
    }

    /// The password of its `root`, who exists nowhere else and ends with it.
    #[must_use]
    pub fn root_password(&self) -> &str {
        &self.root_password
    }

    /// The one server of this process, of the kind that `SANDBOX_ENGINE` names, started at the first call.
    ///
    /// # Errors
    /// When it could not be started; the reason is the first caller's.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<std::result::Result<Server, String>> = OnceLock::new();
        let start = || Self::start(Engine::from_environment()?, Options::default());
        SHARED
            .get_or_init(|| start().map_err(|error: Error| error.to_string()))
            .as_ref()
            .map_err(|reason| Error::Shared(reason.clone()))
    }

    /// What kind of server it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.program.engine
    }

    /// Its version, in its own words.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.program.version
    }

    /// The folder that holds its data.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The loopback address it listens on.
    #[must_use]
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The TCP port it listens on; the same after a restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.run.path().join("server.sock")
    }

    /// Where it writes every statement, if it was started [`Options::with_query_log`].
    #[must_use]
    pub fn query_log(&self) -> Option<PathBuf> {
        self.options.query_log.then(|| self.run.path().join("queries.log"))
    }

    /// Shuts it down in order. The data stays until it is dropped.
    ///
    /// # Errors
    /// When it cannot be reached by a signal.
    pub fn stop(&self) -> Result<()> {
        self.end("TERM")
    }

    /// Ends it at once, as a power cut would (SIGKILL). The data stays until it is dropped.
    ///
    /// # Errors
    /// When it cannot be reached by a signal.
    pub fn kill(&self) -> Result<()> {
        self.end("KILL")
    }

    /// Starts it again after [`Server::stop`] or [`Server::kill`], on the same port with the same data.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&self) -> Result<()> {
        self.stop()?;
        self.launch()
    }

    /// A connection as root, with `database` chosen if given, at UTC, in a mode that is strict but takes the zero
    /// dates that tests put into order_db.
    ///
    /// # Errors
    /// When it cannot connect.
    pub async fn admin(&self, database: Option<&str>) -> Result<Conn> {
        connect_as_root(self.admin_options(database)).await
    }

    pub(crate) fn admin_options(&self, database: Option<&str>) -> OptsBuilder {
        OptsBuilder::default()
            .socket(Some(self.socket().display().to_string()))
            .user(Some("root"))
            .pass(Some(&self.root_password))
            .db_name(database)
            .init(vec![
                "SET NAMES utf8mb4".to_owned(),
                "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"
                    .to_owned(),
            ])
    }

    fn end(&self, signal: &str) -> Result<()> {
        if let Some(mut process) = self.process().take()
            && process.server.ended()?.is_none()
        {
            process.server.signal(signal)?;
            process.server.wait()?;
        }
        Ok(())
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        match self.engine() {
            Engine::MariaDb | Engine::MySql => self.data.with_file_name("server.log"),
            Engine::OceanBase => seekdb::log(&self.data),
        }
    }

    fn launch(&self) -> Result<()> {
        let start_script = self.run.path().join("start.sql");
        fs::write(
            &start_script,
            format!("ALTER USER 'root'@'localhost' IDENTIFIED BY '{}';\n", self.root_password),
        )
        .and_then(|()| fs::set_permissions(&start_script, fs::Permissions::from_mode(0o600)))
        .doing(|| format!("cannot write {}", start_script.display()))?;
        let arguments = match self.engine() {
            Engine::MariaDb | Engine::MySql => self.arguments(&start_script),
            Engine::OceanBase => {
                seekdb::link_socket(&self.data, &self.socket())?;
                seekdb::arguments(&self.data, self.options.data.is_some())
            }
        };
        let mut words = self.program.words();
        let last_signal = if self.options.data.is_some() { "TERM" } else { "KILL" };
        let mut command =
            Guarded::command(&words.next().unwrap_or_default(), last_signal, Some(self.run.path()));
        command.args(words).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Guarded::start(command)?;
        self.wait_until_ready(&mut server)?;
        let door = match self.engine() {
            Engine::MariaDb | Engine::MySql => None,
            Engine::OceanBase => {
                let arguments = [format!("--sql-mode={MYSQL_SQL_MODE}")].into_iter();
                let arguments = arguments.chain(self.options.arguments.iter().cloned()).collect();
                seekdb::settle(self.admin_options(None), self.root_password.clone(), arguments)?;
                Some(Doorway::open(self.port, self.socket(), self.query_log().as_deref())?)
            }
        };
        *self.process() = Some(Process { server, _door: door });
        Ok(())
    }

    /// For MariaDB and MySQL.
    fn arguments(&self, start_script: &Path) -> Vec<String> {
        let path = |key: &str, path: &Path| format!("--{key}={}", path.display());
        let kept = self.options.data.is_some();
        let mut arguments = vec![
            path("datadir", &self.data),
            path("socket", &self.socket()),
            path("pid-file", &self.run.path().join("server.pid")),
            path("tmpdir", self.run.path()),
            path("log-error", &self.log()),
            path("init-file", start_script),
            format!("--port={}", self.port),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            "--skip-log-bin".to_owned(),
            "--secure-file-priv=".to_owned(),
            "--character-set-server=utf8mb4".to_owned(),
            "--max-connections=200".to_owned(),
            format!("--sql-mode={MYSQL_SQL_MODE}"),
            format!("--innodb-buffer-pool-size={}", if kept { "256M" } else { "64M" }),
            // No sandbox need survive a power cut of the machine; a kill of the server it does survive.
            "--innodb-flush-log-at-trx-commit=2".to_owned(),
        ];
        if self.engine() == Engine::MySql {
            arguments.push(format!("--innodb-redo-log-capacity={}", if kept { "192M" } else { "32M" }));
            // Or it opens a second port, the same for every server.
            arguments.push("--mysqlx=OFF".to_owned());
        } else {
            arguments.push(format!("--innodb-log-file-size={}", if kept { "96M" } else { "8M" }));
        }
        if self.as_root {
            arguments.push("--user=root".to_owned());
        }
        if let Some(log) = self.query_log() {
            arguments.extend(["--general-log=1".to_owned(), path("general-log-file", &log)]);
        }
        arguments.extend(self.options.arguments.iter().cloned());
        arguments
    }

    fn wait_until_ready(&self, process: &mut Guarded) -> Result<()> {
        let give_up = Instant::now() + START_DEADLINE;
        loop {
            if greets(&self.socket()).doing(|| "cannot connect to the server's socket")? {
                return Ok(());
            }
            let ended = process.ended()?;
            if ended.is_some() || Instant::now() > give_up {
                let how = ended.map_or_else(|| "not ready in time".to_owned(), |status| status.to_string());
                return Err(Error::NotReady {
                    what: format!("the {} {} server", self.engine(), self.version()),
                    detail: format!("{how}; the end of its log:\n{}", data::tail_of(&self.log(), 15)),
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("engine", &self.engine())
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

pub(crate) async fn connect_as_root(options: OptsBuilder) -> Result<Conn> {
    Conn::new(options).await.doing(|| "cannot connect to the private server as root")
}

/// Whether a server answers on the socket with its greeting, whose first byte after the header is the protocol's
/// version, 10. A server that is starting or full sends an error packet instead.
fn greets(socket: &Path) -> std::io::Result<bool> {
    let Ok(mut stream) = UnixStream::connect(socket) else { return Ok(false) };
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut packet = [0; 5];
    match stream.read_exact(&mut packet) {
        Ok(()) => Ok(packet[4] == 10),
        Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Memory for what is thrown away, where there is room; the folder for temporary files otherwise.
fn run_parent(kept: bool) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let probe = || tempfile::Builder::new().tempfile_in(memory).and_then(|file| file.as_file().set_len(1));
    if !kept && memory.is_dir() && has_room(memory) && probe().is_ok() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Whether at least a gigabyte is free there, by `df`: containers often have 64 MB.
fn has_room(folder: &Path) -> bool {
    let output = std::process::Command::new("df").arg("-Pk").arg(folder).stdin(Stdio::null()).output();
    output.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        let free = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
        free.is_some_and(|kilobytes| kilobytes > 1_000_000)
    })
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing(|| "cannot bind a loopback port")?;
    Ok(listener.local_addr().doing(|| "cannot tell the bound port")?.port())
}

/// A password of letters and digits: it goes into SQL and settings as it is.
pub(crate) fn random_password() -> String {
    rand::rng().sample_iter(rand::distr::Alphanumeric).take(24).map(char::from).collect()
}
