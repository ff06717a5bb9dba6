//! The server programs that the sandbox can run, and how to call one.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use super::seekdb;
use crate::environment;
use crate::error::{Error, Result};

/// A kind of database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// MariaDB, 10.6 or later.
    MariaDb,
    /// MySQL, 8.4 or later.
    MySql,
    /// OceanBase, as the single-node server seekdb.
    OceanBase,
}

impl Engine {
    /// The engine that the environment variable `SANDBOX_ENGINE` names: `mariadb`, which is also the default,
    /// `mysql` or `oceanbase`.
    ///
    /// # Errors
    /// When it names anything else.
    pub fn from_environment() -> Result<Self> {
        environment::variable("SANDBOX_ENGINE").map_or(Ok(Self::MariaDb), |name| name.parse())
    }

    /// The name that folders and `SANDBOX_ENGINE` use.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
            Self::OceanBase => "oceanbase",
        }
    }

    /// Whether `LOCK TABLES` keeps others out. OceanBase takes the statement and does nothing: a test that stops a
    /// program by it has nothing to stop it with.
    #[must_use]
    pub fn locks_tables(self) -> bool {
        self != Self::OceanBase
    }

    /// The table of what each session does. The one in MySQL's `information_schema` cannot hold every statement that
    /// another session may send, an emoji's for one, and fails.
    #[must_use]
    pub fn processlist(self) -> &'static str {
        match self {
            Self::MySql => "performance_schema.processlist",
            Self::MariaDb | Self::OceanBase => "information_schema.processlist",
        }
    }

    /// The names that its server program goes by.
    fn program_names(self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &["mariadbd", "mysqld"],
            Self::MySql => &["mysqld"],
            Self::OceanBase => &["seekdb"],
        }
    }

    /// What must come before every other argument, so that the machine's own settings do not count.
    fn first_argument(self) -> Option<&'static str> {
        match self {
            Self::MariaDb | Self::MySql => Some("--no-defaults"),
            Self::OceanBase => None,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
            Self::OceanBase => "OceanBase",
        })
    }
}

impl FromStr for Engine {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "mariadb" => Ok(Self::MariaDb),
            "mysql" => Ok(Self::MySql),
            "oceanbase" => Ok(Self::OceanBase),
            other => {
                Err(Error::Invalid(format!("{other:?} is no engine: write mariadb, mysql or oceanbase")))
            }
        }
    }
}

/// A server program that runs on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) engine: Engine,
    /// Its version, as it says itself: `10.11.14-MariaDB-0+deb12u2`.
    pub(crate) version: String,
    /// What to run: the program, or for an unpacked one its own dynamic loader with the program as argument.
    words: Vec<OsString>,
    /// Arguments that tell an unpacked program where its files are.
    place: Vec<String>,
    /// Where its SQL scripts and messages are, as far as known.
    shares: Vec<PathBuf>,
}

impl Program {
    /// The server program on PATH or in the usual folders, if there is one of this kind.
    pub(crate) fn installed(engine: Engine) -> Option<Self> {
        environment::program_folders()
            .iter()
            .flat_map(|folder| engine.program_names().iter().map(|name| folder.join(name)))
            .filter(|path| path.is_file() && !is_confined(path))
            .find_map(|path| {
                // PATH may lead to it by a link, and its files lie beside the real one.
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let beside = real.ancestors().nth(2).map(|base| base.join("share"));
                let shares = beside.into_iter().chain([PathBuf::from("/usr/share")]).collect();
                Self::ask(engine, vec![path.into_os_string()], Vec::new(), shares)
            })
    }

    /// The server program in a folder into which its packages and all that they depend on were unpacked.
    ///
    /// It is run by the dynamic loader unpacked with it, against the libraries unpacked with it: those may be newer
    /// or older than the machine's.
    pub(crate) fn unpacked(engine: Engine, folder: &Path) -> Option<Self> {
        if engine == Engine::OceanBase {
            let words = vec![seekdb::program_in(folder).into_os_string()];
            return Self::ask(engine, words, Vec::new(), Vec::new());
        }
        let mut programs = engine.program_names().iter().map(|name| format!("usr/sbin/{name}"));
        let program = programs.find(|path| folder.join(path).is_file())?;
        let words = run_unpacked(folder, &program)?;
        let share = folder.join("usr/share");
        // MariaDB 11 has moved from mysql to mariadb.
        let own = ["mariadb", "mysql"]
            .iter()
            .map(|name| share.join(name))
            .find(|path| path.join("charsets").is_dir())?;
        let place = vec![
            format!("--basedir={}", folder.join("usr").display()),
            format!("--lc-messages-dir={}", own.display()),
            format!("--character-sets-dir={}", own.join("charsets").display()),
        ];
        Self::ask(engine, words, place, vec![share])
    }

    /// Runs it with `--version`, which tells whether it runs at all and what it is: both kinds are called `mysqld`.
    fn ask(engine: Engine, words: Vec<OsString>, place: Vec<String>, shares: Vec<PathBuf>) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        let output = Command::new(program)
            .args(arguments)
            .args(engine.first_argument())
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        // OceanBase says it on standard error.
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let is_mariadb = text.contains("MariaDB");
        if !output.status.success() || is_mariadb != (engine == Engine::MariaDb) {
            return None;
        }
        let version = match engine {
            Engine::MariaDb | Engine::MySql => {
                text.split_whitespace().skip_while(|word| *word != "Ver").nth(1)?
            }
            Engine::OceanBase => seekdb::version_in(&text)?,
        };
        Some(Self { engine, version: version.to_owned(), words, place, shares })
    }

    /// The words with which it is started; its options follow.
    pub(crate) fn words(&self) -> impl Iterator<Item = OsString> + '_ {
        let around: &[&str] = match self.engine {
            Engine::MariaDb | Engine::MySql => &[],
            Engine::OceanBase => seekdb::IN_OWN_NETWORK,
        };
        let first = self.engine.first_argument().map(OsString::from);
        let place = self.place.iter().map(OsString::from);
        around.iter().map(OsString::from).chain(self.words.iter().cloned()).chain(first).chain(place)
    }

    /// The first of its share folders that holds the file `name`.
    pub(crate) fn shared_file(&self, name: &str) -> Option<PathBuf> {
        let inside = ["mysql", "mariadb", ""];
        self.shares
            .iter()
            .flat_map(|share| inside.iter().map(move |folder| share.join(folder).join(name)))
            .find(|path| path.is_file())
    }
}

/// The words that run a program out of a folder into which its packages and all that they depend on were unpacked: by the
/// dynamic loader and against the libraries that were unpacked with it.
pub(crate) fn run_unpacked(folder: &Path, program: &str) -> Option<Vec<OsString>> {
    let libraries: Vec<PathBuf> = ["lib", "usr/lib"]
        .iter()
        .flat_map(|parent| subfolders(&folder.join(parent)))
        .filter(|path| path.to_string_lossy().contains("-linux-gnu"))
        .collect();
    let loader = libraries.iter().find_map(|library| loader_in(library))?;
    let library_path = std::env::join_paths(&libraries).ok()?;
    let program = Some(folder.join(program)).filter(|path| path.is_file())?;
    Some(vec![loader.into_os_string(), "--library-path".into(), library_path, program.into_os_string()])
}

/// Whether an AppArmor profile keeps this very path to the folders of the machine's own server, as that of Ubuntu's
/// MySQL does. (MariaDB's packages put an empty profile in its place.) An unpacked program is not so kept.
fn is_confined(program: &Path) -> bool {
    let path = program.to_string_lossy();
    let name = path.trim_start_matches('/').replace('/', ".");
    let profile = std::fs::read_to_string(Path::new("/etc/apparmor.d").join(name)).unwrap_or_default();
    profile
        .lines()
        .any(|line| !line.starts_with('#') && line.contains(&*path) && line.trim_end().ends_with('{'))
}

pub(crate) fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn loader_in(library: &Path) -> Option<PathBuf> {
    std::fs::read_dir(library).ok()?.flatten().map(|entry| entry.path()).find(|path| {
        path.is_file() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux"))
    })
}
