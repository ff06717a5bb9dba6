//! What pages say, held against what is there: links, anchors, settings, and commands set as code within a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sandbox::programs::beside_this;
use sandbox::workspace;

use super::page::{Block, Page, code};

/// Everything that is wrong with the words of these pages.
pub(super) fn mistakes(pages: &[Page]) -> Result<Vec<String>> {
    let mut mistakes: Vec<String> = pages.iter().flat_map(|page| page.mistakes.iter().cloned()).collect();
    let settings = settings()?;
    let mut known = Known::new()?;
    for page in pages {
        let at = |line: usize, what: String| format!("{}:{line}: {what}", page.path.display());
        for (line, link) in &page.links {
            if let Some(what) = broken(&page.path, link, pages) {
                mistakes.push(at(*line, what));
            }
        }
        // Texts and answers may show mistakes.
        let shown = |block: &&Block| ["sh", "env"].contains(&block.language.as_str());
        let blocks = page.blocks.iter().filter(shown).map(|Block { line, text, .. }| (*line, text.as_str()));
        for (line, text) in page.prose.iter().map(|(line, text)| (*line, text.as_str())).chain(blocks) {
            for name in names(text).filter(|name| !settings.contains(*name)) {
                mistakes.push(at(line, format!("{name} is not in .env.example")));
            }
        }
        for (line, text) in &page.prose {
            for command in code(text) {
                if let Some(what) = known.cannot_be(command)? {
                    mistakes.push(at(*line, format!("`{command}`: {what}")));
                }
            }
        }
    }
    mistakes.extend(not_in_the_index(pages));
    Ok(mistakes)
}

/// Why a link leads nowhere. Other sites are not asked.
fn broken(from: &Path, link: &str, pages: &[Page]) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { from.to_owned() } else { target(from, file) };
    if !workspace().join(&target).exists() {
        return Some(format!("{link} leads to {}, which is not there", target.display()));
    }
    let page = pages.iter().find(|page| page.path == target);
    let (anchor, page) = (anchor?, page?);
    let is_there = page.anchors.iter().any(|known| known == anchor);
    (!is_there).then(|| format!("{} has no heading #{anchor}", target.display()))
}

/// A link's target from the workspace on.
fn target(from: &Path, link: &str) -> PathBuf {
    let mut target = from.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => {
                target.pop();
            }
            Component::CurDir => {}
            other => target.push(other),
        }
    }
    target
}

/// Pages of docs/ that docs/README.md does not lead to.
fn not_in_the_index(pages: &[Page]) -> Vec<String> {
    let index = Path::new("docs/README.md");
    let listed: BTreeSet<PathBuf> = pages
        .iter()
        .filter(|page| page.path == index)
        .flat_map(|page| page.links.iter().map(|(_, link)| target(index, link)))
        .collect();
    let is_missing = |path: &Path| path.starts_with("docs") && path != index && !listed.contains(path);
    let missing = pages.iter().filter(|page| is_missing(&page.path));
    missing.map(|page| format!("docs/README.md does not list {}", page.path.display())).collect()
}

/// Every setting there is, by `.env.example`.
fn settings() -> Result<BTreeSet<String>> {
    let path = workspace().join(".env.example");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let names =
        text.lines().filter_map(|line| Some(line.trim_start_matches('#').split_once('=')?.0.to_owned()));
    Ok(names.collect())
}

/// The names of settings in a text: those with a section, which nothing else is called like.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    // `__PORT` and `ORDERS__…` are told of as parts of names.
    words.filter(|word| word.contains("__") && !word.starts_with('_') && !word.ends_with('_'))
}

/// What the programs and the Makefile take.
struct Known {
    targets: BTreeSet<String>,
    help: BTreeMap<String, String>,
}

impl Known {
    fn new() -> Result<Self> {
        let makefile =
            fs::read_to_string(workspace().join("Makefile")).context("cannot read the Makefile")?;
        let targets = makefile.lines().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
        Ok(Self { targets, help: BTreeMap::new() })
    }

    /// Why a command cannot be given so, if it is one of ours.
    fn cannot_be(&mut self, command: &str) -> Result<Option<String>> {
        let mut words = command.split_whitespace();
        let (program, task) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if program == "make" {
            let is_known = task.is_empty() || self.targets.contains(task);
            return Ok((!is_known).then(|| format!("the Makefile has no target {task}")));
        }
        let program = program.rsplit('/').next().unwrap_or_default();
        if !["analytics-batch", "analytics-api", "sandbox"].contains(&program) || task.is_empty() {
            return Ok(None);
        }
        let task = if task.starts_with('-') { "" } else { task };
        let help = self.help_of(program, task)?;
        let flags = command.split_whitespace().filter(|word| word.starts_with("--"));
        let mut flags = flags.map(|word| word.split(['=', '…']).next().unwrap_or(word));
        Ok(flags.find(|flag| !help.contains(*flag)).map(|flag| format!("{program} {task} knows no {flag}")))
    }

    fn help_of(&mut self, program: &str, task: &str) -> Result<&str> {
        let key = format!("{program} {task}");
        if !self.help.contains_key(&key) {
            let mut command = Command::new(beside_this(program)?);
            command.args(Some(task).filter(|task| !task.is_empty())).arg("--help");
            let output = command.output().with_context(|| format!("cannot run {program}"))?;
            self.help.insert(key.clone(), String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Ok(self.help.get(&key).map_or("", String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_and_its_heading() {
        let read = |path: &str, text| Page::read(Path::new(path), text);
        let pages = [read("README.md", "# Two words\n"), read("docs/README.md", "# Index\n")];
        let from = Path::new("docs/README.md");
        assert_eq!(broken(from, "../README.md#two-words", &pages), None);
        assert_eq!(broken(from, "https://example.com/#x", &pages), None);
        assert!(broken(from, "../README.md#three", &pages).is_some());
        assert!(broken(from, "#three", &pages).is_some());
        assert!(broken(from, "README.txt", &pages).is_some());
    }

    #[test]
    fn names_of_settings_are_told_from_their_parts() {
        let text = "`ORDERS__SLICE`, `ORDERS__…`, `__PORT`, ORDER_DB_HOST and A__B=1";
        assert_eq!(names(text).collect::<Vec<_>>(), ["ORDERS__SLICE", "A__B"]);
    }
}
