//! Data folders: initialised once for each server version, then copied, which is a hundred times faster.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::engine::{Engine, Program};
use crate::environment;
use crate::error::{Doing as _, Error, Result};

/// Makes `to` a fresh data folder of `program`, whose root has no password yet.
pub(crate) fn create(program: &Program, as_root: bool, to: &Path) -> Result<()> {
    let template = template(program, as_root)?;
    copy(&template, to).doing(|| format!("cannot copy {} to {}", template.display(), to.display()))
}

/// The initialised folder of this version under `.sandbox/templates`, made now if it is not there.
fn template(program: &Program, as_root: bool) -> Result<PathBuf> {
    let templates = environment::state_folder().join("templates");
    fs::create_dir_all(&templates).doing(|| format!("cannot create {}", templates.display()))?;
    let folder = templates.join(format!("{}-{}", program.engine.key(), program.version));
    if folder.is_dir() {
        return Ok(folder);
    }
    let lock_path = templates.join("lock");
    let lock = File::create(&lock_path).doing(|| format!("cannot create {}", lock_path.display()))?;
    lock.lock().doing(|| format!("cannot lock {}", lock_path.display()))?;
    if !folder.is_dir() {
        let work = tempfile::Builder::new()
            .prefix(".initialising-")
            .tempdir_in(&templates)
            .doing(|| format!("cannot create a folder in {}", templates.display()))?;
        let data = work.path().join("data");
        initialise(program, as_root, &data)?;
        fs::rename(&data, &folder).doing(|| format!("cannot move {} into place", folder.display()))?;
    }
    Ok(folder)
}

fn initialise(program: &Program, as_root: bool, data: &Path) -> Result<()> {
    let mut words = program.words();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(format!("--datadir={}", data.display()));
    if as_root {
        command.arg("--user=root");
    }
    let input = match program.engine {
        Engine::MariaDb => {
            fs::create_dir(data).doing(|| format!("cannot create {}", data.display()))?;
            command.args(["--bootstrap", "--innodb-log-file-size=8M", "--log-warnings=0"]);
            let script = data.with_extension("sql");
            fs::write(&script, bootstrap_script(program)?)
                .doing(|| format!("cannot write {}", script.display()))?;
            Stdio::from(File::open(&script).doing(|| format!("cannot open {}", script.display()))?)
        }
        Engine::MySql => {
            command.args(["--initialize-insecure", "--secure-file-priv="]);
            Stdio::null()
        }
        Engine::OceanBase => {
            return fs::create_dir(data).doing(|| format!("cannot create {}", data.display()));
        }
    };
    let output =
        command.stdin(input).output().doing(|| format!("cannot run the {} server", program.engine))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Command {
        command: format!("{} {} initialising a data folder", program.engine, program.version),
        detail: format!("{}\n{}", output.status, tail(&String::from_utf8_lossy(&output.stderr), 15)),
    })
}

/// What MariaDB's own install script feeds to `--bootstrap`, less its help tables.
fn bootstrap_script(program: &Program) -> Result<String> {
    let mut script =
        String::from("create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n");
    for name in
        ["system_tables", "performance_tables", "system_tables_data", "add_gis_sp_bootstrap", "sys_schema"]
    {
        // Named mysql_ until 10.11 and mariadb_ later; the GIS one is maria_.
        let path = ["mariadb", "mysql", "maria"]
            .iter()
            .find_map(|prefix| program.shared_file(&format!("{prefix}_{name}.sql")))
            .ok_or_else(|| Error::Unavailable {
                engine: program.engine,
                reason: format!("it came without its script mysql_{name}.sql"),
            })?;
        let text = fs::read_to_string(&path).doing(|| format!("cannot read {}", path.display()))?;
        // Accounts for the machine's own name, which need not resolve.
        for line in text.lines().filter(|line| !line.contains("@current_hostname")) {
            script.push_str(line);
            script.push('\n');
        }
    }
    Ok(script)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != "auto.cnf" {
            // auto.cnf holds a server's identity; each server makes its own.
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The last `lines` lines of a log file, or why it cannot be read.
pub(crate) fn tail_of(path: &Path, lines: usize) -> String {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => tail(&String::from_utf8_lossy(&bytes), lines),
        Err(error) => format!("no log at {}: {error}", path.display()),
    }
}

pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
