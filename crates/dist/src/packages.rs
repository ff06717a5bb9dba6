//! What a program is built of, as cargo itself resolves it: exactly the packages whose code is in that program on that
//! target, with the features that it is built with. Asks cargo and reads `Cargo.lock`; fetches nothing that a build
//! would not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// What a build script puts into a program: not linked, and so in no tree of what is.
const EMBEDDED: [(&str, &str); 1] = [("analytics-api", "utoipa-swagger-ui-vendored")];

/// Name and version, which tell the packages of one lock file apart.
pub(crate) type Id = (String, String);

/// A package as its author describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) license_file: Option<PathBuf>,
    pub(crate) description: Option<String>,
    pub(crate) repository: Option<String>,
    manifest_path: PathBuf,
    /// Absent for what is of this workspace.
    source: Option<String>,
    /// SHA-256 of the package as the registry has it.
    #[serde(skip)]
    pub(crate) checksum: Option<String>,
}

impl Package {
    pub(crate) fn id(&self) -> Id {
        (self.name.clone(), self.version.clone())
    }

    /// Whether it is part of this workspace.
    pub(crate) fn is_ours(&self) -> bool {
        self.source.is_none()
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// Under which terms, as an SPDX expression. Old packages put a slash where SPDX has OR.
    pub(crate) fn terms(&self) -> anyhow::Result<String> {
        let terms = self.license.as_deref().with_context(|| format!("{} names no licence", self.name))?;
        Ok(terms.split('/').map(str::trim).collect::<Vec<_>>().join(" OR "))
    }
}

/// A program and all that is in it.
pub(crate) struct Program {
    pub(crate) name: String,
    /// Each with what it uses itself; the program is one of them.
    pub(crate) packages: BTreeMap<Id, (Package, BTreeSet<Id>)>,
}

/// A cargo workspace, and the target that its programs are built for.
pub(crate) struct Workspace<'a> {
    folder: &'a Path,
    target: &'a str,
    packages: BTreeMap<Id, Package>,
}

impl<'a> Workspace<'a> {
    pub(crate) fn read(folder: &'a Path, target: &'a str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }
        #[derive(Deserialize)]
        struct Lock {
            package: Vec<Locked>,
        }
        #[derive(Deserialize)]
        struct Locked {
            name: String,
            version: String,
            checksum: Option<String>,
        }

        let asked = ["metadata", "--locked", "--format-version", "1", "--filter-platform", target];
        let metadata: Metadata = serde_json::from_str(&cargo(folder, &asked)?)?;
        let lock = folder.join("Cargo.lock");
        let lock = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let lock: Lock = toml::from_str(&lock)?;
        let mut packages: BTreeMap<_, _> =
            metadata.packages.into_iter().map(|found| (found.id(), found)).collect();
        for locked in lock.package {
            if let Some(package) = packages.get_mut(&(locked.name, locked.version)) {
                package.checksum = locked.checksum;
            }
        }
        Ok(Self { folder, target, packages })
    }

    /// What one of the workspace's programs is built of.
    pub(crate) fn program(&self, name: &str) -> anyhow::Result<Program> {
        let asked = ["tree", "--locked", "--package", name, "--edges", "normal,no-proc-macro"];
        let shown = ["--target", self.target, "--prefix", "depth", "--format", "{p}"];
        let tree = cargo(self.folder, &[asked.as_slice(), shown.as_slice()].concat())?;
        let mut uses = edges(&tree)?;
        for (_, package) in EMBEDDED.iter().filter(|(program, _)| *program == name) {
            let embedded = self.packages.keys().find(|(found, _)| found == package);
            let embedded = embedded.with_context(|| format!("{package} is not in Cargo.lock"))?;
            uses.entry(embedded.clone()).or_default();
            for (_, used) in uses.iter_mut().filter(|((found, _), _)| found == name) {
                used.insert(embedded.clone());
            }
        }
        let found = uses.into_iter().map(|(id, used)| {
            let package =
                self.packages.get(&id).with_context(|| format!("cargo describes no {} {}", id.0, id.1))?;
            Ok((id, (package.clone(), used)))
        });
        Ok(Program { name: name.to_owned(), packages: found.collect::<anyhow::Result<_>>()? })
    }
}

/// Reads `cargo tree --prefix depth`. Where a package comes again, cargo leaves out what it has shown below it already.
fn edges(tree: &str) -> anyhow::Result<BTreeMap<Id, BTreeSet<Id>>> {
    let mut uses: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    let mut path: Vec<Id> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let name = line.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let depth: usize =
            line[..line.len() - name.len()].parse().with_context(|| format!("no depth: {line}"))?;
        let mut words = name.split(' ');
        let (Some(name), Some(version)) =
            (words.next(), words.next().and_then(|word| word.strip_prefix('v')))
        else {
            bail!("neither a name nor a version: {line}");
        };
        ensure!(depth <= path.len(), "nothing stands above {line}");
        path.truncate(depth);
        let id = (name.to_owned(), version.to_owned());
        uses.entry(id.clone()).or_default();
        if let Some(above) = path.last() {
            uses.entry(above.clone()).or_default().insert(id.clone());
        }
        path.push(id);
    }
    Ok(uses)
}

/// What cargo answers.
fn cargo(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let asked = format!("cargo {}", arguments.join(" "));
    let answer = Command::new("cargo").args(arguments).current_dir(folder).output();
    let answer = answer.with_context(|| format!("cannot start `{asked}`"))?;
    ensure!(answer.status.success(), "`{asked}` failed: {}", String::from_utf8_lossy(&answer.stderr).trim());
    String::from_utf8(answer.stdout).with_context(|| format!("`{asked}` did not answer in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_once_holds_wherever_it_is_used() {
        let tree =
            "0api v3.0.0 (/src/api)\n1http v1.0.0\n2bytes v2.0.0-rc.1\n1log v0.4.0\n1http v1.0.0 (*)\n";
        let id = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let (api, http) = (id("api", "3.0.0"), id("http", "1.0.0"));
        let (bytes, log) = (id("bytes", "2.0.0-rc.1"), id("log", "0.4.0"));
        let expected = BTreeMap::from([
            (api, BTreeSet::from([http.clone(), log.clone()])),
            (http, BTreeSet::from([bytes.clone()])),
            (bytes, BTreeSet::new()),
            (log, BTreeSet::new()),
        ]);
        assert_eq!(edges(tree).unwrap(), expected);
    }
}
