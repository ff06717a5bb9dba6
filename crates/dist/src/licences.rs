//! What others ask to be told of: which packages are in the programs, under which terms, and the texts of those terms.
//! Whether the terms will do is not judged here: `deny.toml` says which do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::packages::{Id, Package, Program};

/// What a file of terms is called, in capitals and from its beginning.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

const HEAD: &str = "\
What the programs of this release are built of, beside their own code: name, version, terms, and where it is from.
Below stand the terms, each text once, with the packages that bring it.

The Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust) and musl, the C library (MIT, Copyright
(c) 2005-2020 Rich Felker, et al., https://musl.libc.org), are in both programs. analytics-api holds Swagger UI
(Apache-2.0, https://github.com/swagger-api/swagger-ui), which utoipa-swagger-ui-vendored brings. chrono-tz brings the
IANA time zone database, which is in the public domain.

";

/// The whole text for some programs. `workspace` is where the texts of Apache-2.0 and MIT are found for a package that
/// has come without its own.
pub(crate) fn text(programs: &[Program], workspace: &Path) -> anyhow::Result<String> {
    let packages: BTreeMap<Id, &Package> = programs
        .iter()
        .flat_map(|program| &program.packages)
        .filter(|(_, (package, _))| !package.is_ours())
        .map(|(id, (package, _))| (id.clone(), package))
        .collect();
    let mut text = HEAD.to_owned();
    let mut bringing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((name, version), package) in &packages {
        let terms = package.terms()?;
        let from = package.repository.as_deref().unwrap_or("crates.io");
        writeln!(text, "{name} {version}: {terms}, {from}")?;
        for terms in terms_of(package, &terms, workspace)? {
            bringing.entry(terms).or_default().insert(format!("{name} {version}"));
        }
    }
    let mut bringing: Vec<_> = bringing.into_iter().collect();
    bringing.sort_by(|(_, left), (_, right)| left.cmp(right));
    for (terms, packages) in bringing {
        let packages = packages.into_iter().collect::<Vec<_>>().join(", ");
        write!(text, "\n{}\n{packages}\n\n{terms}\n", "*".repeat(80))?;
    }
    Ok(text)
}

/// The texts that a package brings; if it brings none, those that its terms name.
fn terms_of(package: &Package, terms: &str, workspace: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = files(package.folder())?;
    files.extend(package.license_file.iter().map(|file| package.folder().join(file)));
    if files.is_empty() {
        let known = [("Apache-2.0", "LICENSE-APACHE"), ("MIT", "LICENSE-MIT")];
        let known = known.iter().filter(|(name, _)| terms.split([' ', '(', ')']).any(|word| word == *name));
        files.extend(known.map(|(_, file)| workspace.join(file)));
    }
    files.sort();
    files.dedup();
    let read = files.iter().map(|file| {
        let read = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = String::from_utf8_lossy(&read);
        Ok(lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned())
    });
    read.collect()
}

/// The files of terms in a folder and below it, since some packages hold the sources of another project.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if kind.is_dir() {
            files.extend(self::files(&entry.path())?);
        } else if kind.is_file() && NAMES.iter().any(|known| name.starts_with(known)) {
            files.push(entry.path());
        }
    }
    Ok(files)
}
