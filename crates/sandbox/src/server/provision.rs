//! Provides a server program where there is none: unpacked from the distribution's packages into the workspace.
//! (OceanBase's comes from elsewhere: see [`seekdb`].)
//!
//! Everything goes into `.sandbox/engines/<engine>-<version>/`: the package, and all that it depends on down to the
//! C library, so that nothing on the machine is used, replaced or needed. apt works with folders of its own and an
//! empty list of installed packages; no step needs root.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::engine::{Engine, Program, subfolders};
use super::seekdb;
use crate::environment;
use crate::error::{Doing as _, Error, Result};

/// Where Debian's packages are if the machine's own sources name no mirror.
const DEFAULT_MIRROR: &str = "http://deb.debian.org/debian";

/// Makes sure that a server of this kind can be started, unpacking one if need be, and returns its version.
///
/// Several processes may call this at once: one works, the others wait for it.
///
/// # Errors
/// [`Error::Unavailable`] if there is none and none can be had.
pub fn provide(engine: Engine) -> Result<String> {
    program(engine).map(|program| program.version)
}

/// The server program of this kind: the machine's, one unpacked before, or one unpacked now.
pub(crate) fn program(engine: Engine) -> Result<Program> {
    if engine == Engine::OceanBase {
        seekdb::can_be_shut_in().map_err(|reason| Error::Unavailable { engine, reason })?;
    }
    let engines = environment::state_folder().join("engines");
    fs::create_dir_all(&engines).doing(|| format!("cannot create {}", engines.display()))?;
    if let Some(found) = Program::installed(engine).or_else(|| unpacked_before(engine, &engines)) {
        return Ok(found);
    }
    let lock_path = engines.join(format!("{}.lock", engine.key()));
    let lock = File::create(&lock_path).doing(|| format!("cannot create {}", lock_path.display()))?;
    lock.lock().doing(|| format!("cannot lock {}", lock_path.display()))?;
    // Whoever held the lock before may have unpacked it meanwhile.
    if let Some(found) = unpacked_before(engine, &engines) {
        return Ok(found);
    }
    unpack(engine, &engines)
}

fn unpacked_before(engine: Engine, engines: &Path) -> Option<Program> {
    let prefix = format!("{}-", engine.key());
    let is_ours =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    subfolders(engines)
        .into_iter()
        .rev()
        .filter(is_ours)
        .find_map(|folder| Program::unpacked(engine, &folder))
}

fn unpack(engine: Engine, engines: &Path) -> Result<Program> {
    let unavailable = |reason: String| Error::Unavailable { engine, reason };
    let work = tempfile::Builder::new()
        .prefix(".unpacking-")
        .tempdir_in(engines)
        .doing(|| format!("cannot create a folder in {}", engines.display()))?;
    let tree = work.path().join("tree");
    fs::create_dir(&tree).doing(|| format!("cannot create {}", tree.display()))?;
    match engine {
        Engine::MariaDb | Engine::MySql => unpack_packages(engine, work.path(), &tree),
        Engine::OceanBase => seekdb::unpack(work.path(), &tree),
    }
    .map_err(unavailable)?;
    let program = Program::unpacked(engine, &tree)
        .ok_or_else(|| unavailable("what was unpacked holds no server that runs here".to_owned()))?;
    let folder = engines.join(format!("{}-{}", engine.key(), program.version));
    fs::rename(&tree, &folder)
        .doing(|| format!("cannot move the unpacked server to {}", folder.display()))?;
    Program::unpacked(engine, &folder)
        .ok_or_else(|| unavailable(format!("the server unpacked to {} does not run", folder.display())))
}

/// Unpacks the engine's packages into `tree`; an error is the reason why not.
fn unpack_packages(engine: Engine, work: &Path, tree: &Path) -> std::result::Result<(), String> {
    if !has_apt() {
        return Err(format!(
            "install a {engine} server so that its program is on PATH (the packages are unpacked here only on \
             Debian and Ubuntu)"
        ));
    }
    download(engine, work)?;
    unpack_archives(work, tree)
}

/// Unpacks a package and all that it depends on into `tree`; an error is the reason why not. `work` is an empty folder.
pub(crate) fn unpack_package(package: &str, work: &Path, tree: &Path) -> std::result::Result<(), String> {
    if !has_apt() {
        return Err("packages are unpacked here only on Debian and Ubuntu".to_owned());
    }
    let mut apt = Apt::new(work)?;
    if apt.download(package).is_err() {
        apt.refresh();
        apt.download(package)?;
    }
    unpack_archives(work, tree)
}

/// Unpacks packages into `tree`, and what the machine lacks of what they depend on; those `alone` without. They run
/// beside the machine's own. An error is the reason why not; `work` is an empty folder.
pub(crate) fn unpack_beside(
    packages: &[&str],
    alone: &[&str],
    work: &Path,
    tree: &Path,
) -> std::result::Result<(), String> {
    if !has_apt() {
        return Err("packages are unpacked here only on Debian and Ubuntu".to_owned());
    }
    let mut apt = Apt::new(work)?;
    fs::copy("/var/lib/dpkg/status", work.join("state/status"))
        .map_err(|error| format!("cannot tell what is installed: {error}"))?;
    let fetch = |apt: &Apt| {
        packages.iter().try_for_each(|package| apt.download(package))?;
        alone.iter().try_for_each(|package| apt.download_alone(package))
    };
    // The machine's package lists as they are; if they are missing or out of date, fresh ones.
    if fetch(&apt).is_err() {
        apt.refresh();
        fetch(&apt)?;
    }
    unpack_archives(work, tree)
}

fn has_apt() -> bool {
    Path::new("/usr/bin/apt-get").exists() && Path::new("/usr/bin/dpkg-deb").exists()
}

fn unpack_archives(work: &Path, tree: &Path) -> std::result::Result<(), String> {
    for archive in archives(&work.join("cache/archives")).map_err(|error| error.to_string())? {
        run(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(tree))?;
    }
    Ok(())
}

/// Downloads a package of the engine and all that it depends on.
fn download(engine: Engine, work: &Path) -> std::result::Result<(), String> {
    let (own, newer): (&[&'static str], _) = match engine {
        Engine::MariaDb => (&["mariadb-server-core", "mariadb-server-core-10.6"], None),
        // Debian's stable releases have no MySQL, its unstable one does; Ubuntu's have one of their own.
        Engine::MySql => (&["mysql-server-core", "mysql-server-core-8.4"], Some("mysql-server-core")),
        Engine::OceanBase => (&[], None),
    };
    // The machine's package lists as they are; if they are missing or out of date, fresh ones; then unstable.
    let mut apt = Apt::new(work)?;
    let mut refusal = String::new();
    for _ in 0..2 {
        for package in own {
            match apt.download(package) {
                Ok(()) => return Ok(()),
                Err(reason) if refusal.is_empty() => refusal = reason,
                Err(_) => {}
            }
        }
        if newer.is_some() && apt.uses_machines_lists() {
            break;
        }
        apt.refresh();
    }
    let Some(package) = newer else {
        return Err(format!("{refusal}; install mariadb-server, or make a package mirror reachable"));
    };
    apt.use_unstable()?;
    apt.refresh();
    apt.download(package)
}

/// apt with folders of its own.
struct Apt {
    work: PathBuf,
    lists: PathBuf,
    sources: Option<PathBuf>,
    /// Why package lists could not all be fetched, if so.
    stale: Option<String>,
}

impl Apt {
    fn new(work: &Path) -> std::result::Result<Self, String> {
        for folder in ["state", "lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(work.join(folder)).map_err(|e| format!("cannot create {folder}: {e}"))?;
        }
        // An empty list of installed packages: everything down to the C library is downloaded.
        fs::write(work.join("state/status"), "").map_err(|e| format!("cannot write apt's status: {e}"))?;
        Ok(Self {
            work: work.to_owned(),
            lists: PathBuf::from("/var/lib/apt/lists"),
            sources: None,
            stale: None,
        })
    }

    fn uses_machines_lists(&self) -> bool {
        let has_lists = |entry: fs::DirEntry| entry.file_name().to_string_lossy().contains("_Packages");
        self.lists == Path::new("/var/lib/apt/lists")
            && fs::read_dir(&self.lists).is_ok_and(|entries| entries.flatten().any(has_lists))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        let set = |key: &str, path: &Path| format!("-o{key}={}", path.display());
        command
            .arg(set("Dir::State", &self.work.join("state")))
            .arg(set("Dir::State::status", &self.work.join("state/status")))
            .arg(set("Dir::State::lists", &self.lists))
            .arg(set("Dir::Cache", &self.work.join("cache")))
            // apt downloads as a user of its own, who may not enter these folders.
            .args(["-oAPT::Sandbox::User=", "-oAPT::Install-Recommends=false"])
            .args(["-oAcquire::Languages=none", "-oAcquire::Retries=2"])
            .args([
                "-oAcquire::http::Timeout=30",
                "-oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
            ])
            .args(["-oAPT::Update::Post-Invoke::=true", "-oDpkg::Use-Pty=0", "-qq"])
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive");
        if let Some(sources) = &self.sources {
            command.arg(set("Dir::Etc::SourceList", sources)).arg("-oDir::Etc::SourceParts=/dev/null");
            // A mirror that is frozen at some day is as good here.
            command.arg("-oAcquire::Check-Valid-Until=false");
        }
        command
    }

    fn download(&self, package: &str) -> std::result::Result<(), String> {
        let outcome = run(self.command().args(["-y", "--download-only", "install", package]));
        // That a package is unknown is then only what follows.
        outcome.map_err(|reason| self.stale.clone().unwrap_or(reason))
    }

    fn download_alone(&self, package: &str) -> std::result::Result<(), String> {
        let mut command = self.command();
        command.args(["download", package]).current_dir(self.work.join("cache/archives"));
        run(&mut command).map_err(|reason| self.stale.clone().unwrap_or(reason))
    }

    /// Fetches lists into a folder of its own. A source of the machine's that fails is no reason to give up: whether
    /// the package can be had shows at the download.
    fn refresh(&mut self) {
        self.lists = self.work.join("lists");
        self.stale = run(self.command().args(["-oAPT::Update::Error-Mode=any", "update"])).err();
    }

    fn use_unstable(&mut self) -> std::result::Result<(), String> {
        let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
        let keyring = ["/usr/share/keyrings/debian-archive-keyring.pgp", keyring]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .ok_or("Debian's archive keys are not on this machine (package debian-archive-keyring)")?;
        let mirror = mirror();
        let path = self.work.join("unstable.list");
        fs::write(&path, format!("deb [signed-by={keyring}] {mirror} sid main\n"))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        self.sources = Some(path);
        Ok(())
    }
}

/// The mirror that the machine's own apt sources name for Debian, or Debian's own.
fn mirror() -> String {
    let parts =
        fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    [PathBuf::from("/etc/apt/sources.list")]
        .into_iter()
        .chain(parts)
        .filter_map(|path| fs::read_to_string(path).ok())
        .find_map(|text| mirror_in(&text))
        .unwrap_or_else(|| DEFAULT_MIRROR.to_owned())
}

fn mirror_in(sources: &str) -> Option<String> {
    sources
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_end_matches('/'))
        .find(|word| word.starts_with("http") && word.ends_with("/debian"))
        .map(str::to_owned)
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).doing(|| format!("cannot read {}", folder.display()))?;
    let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
    Ok(entries.flatten().map(|entry| entry.path()).filter(is_package).collect())
}

/// Runs a command to its end; an error is its name and the last lines it printed.
pub(crate) fn run(command: &mut Command) -> std::result::Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("cannot run {name}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines.iter().rev().take(3).rev().copied().collect::<Vec<_>>().join("; ");
    Err(format!("{name}: {tail} ({})", output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_the_machines_own() {
        let one_line =
            "# deb http://old.example.org/debian x main\ndeb http://ftp.example.org/debian/ bookworm main\n";
        assert_eq!(mirror_in(one_line).as_deref(), Some("http://ftp.example.org/debian"));
        let stanza = "Types: deb\nURIs: https://mirror.example.org/debian\nSuites: trixie\n";
        assert_eq!(mirror_in(stanza).as_deref(), Some("https://mirror.example.org/debian"));
        assert_eq!(mirror_in("deb http://archive.example.org/ubuntu noble main"), None);
        assert_eq!(mirror_in("URIs: http://example.org/debian-security"), None);
    }
}
