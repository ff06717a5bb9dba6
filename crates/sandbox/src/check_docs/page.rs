//! A page of Markdown, as far as a check needs to know it: its blocks of code, headings, links and code within text.
//!
//! A block says in its language what it is, and in comments above it what is to become of it:
//!
//! ```text
//! <!-- not run: needs a cluster -->      why it cannot be run here
//! <!-- exits 65 -->                      how it ends, if not with 0
//! <!-- first: touch days.csv -->         what has to be there before; run in the same shell
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

/// What a block may be. Whatever else there is would be looked at by nobody.
const LANGUAGES: [&str; 8] = ["sh", "sql", "env", "json", "http", "csv", "promql", "text"];

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Where it is, from the workspace on.
    pub(super) path: PathBuf,
    pub(super) blocks: Vec<Block>,
    /// The anchors of its headings.
    pub(super) anchors: Vec<String>,
    /// What its links lead to, each with its line.
    pub(super) links: Vec<(usize, String)>,
    /// Its text outside of blocks, line by line.
    pub(super) prose: Vec<(usize, String)>,
    /// What is wrong with the page itself.
    pub(super) mistakes: Vec<String>,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) line: usize,
    pub(super) language: String,
    pub(super) text: String,
    /// What is run before it, in the same shell.
    pub(super) first: Vec<String>,
    pub(super) fate: Fate,
}

/// What is to become of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is run and ends with this exit code.
    Exits(i32),
    /// It cannot be run, and why.
    NotRun(String),
}

impl Page {
    /// Takes a page apart.
    pub(super) fn read(path: &Path, text: &str) -> Self {
        let mut page = Self { path: path.to_owned(), ..Self::default() };
        let (mut first, mut fate) = (Vec::new(), Fate::Exits(0));
        let mut after_blank = true;
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        while let Some((number, line)) = lines.next() {
            let trimmed = line.trim();
            if let Some(language) = trimmed.strip_prefix("```") {
                if !LANGUAGES.contains(&language) {
                    page.mistake(
                        number,
                        format_args!("a block of {language:?}: write {}", LANGUAGES.join(", ")),
                    );
                }
                let indent = line.len() - line.trim_start().len();
                let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
                let text: Vec<&str> = inside.map(|line| line.get(indent..).unwrap_or_default()).collect();
                page.blocks.push(Block {
                    line: number,
                    language: language.to_owned(),
                    text: text.join("\n"),
                    first: std::mem::take(&mut first),
                    fate: std::mem::replace(&mut fate, Fate::Exits(0)),
                });
            } else if let Some(comment) =
                trimmed.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"))
            {
                let comment = comment.trim();
                if let Some(reason) = comment.strip_prefix("not run: ") {
                    fate = Fate::NotRun(reason.to_owned());
                } else if let Some(command) = comment.strip_prefix("first: ") {
                    first.push(command.to_owned());
                } else if let Some(code) = comment.strip_prefix("exits ").and_then(|code| code.parse().ok()) {
                    fate = Fate::Exits(code);
                } else {
                    page.mistake(number, format_args!("a comment that says nothing to the check: {comment}"));
                }
            } else {
                if line.starts_with("    ") && after_blank && !trimmed.is_empty() {
                    page.mistake(number, "an indented block: fence it and name its language");
                }
                if !trimmed.is_empty() && (!first.is_empty() || fate != Fate::Exits(0)) {
                    page.mistake(number, "a comment for a block with no block below it");
                    (first, fate) = (Vec::new(), Fate::Exits(0));
                }
                if let Some(heading) = line.strip_prefix('#') {
                    page.anchors.push(anchor(heading.trim_start_matches('#')));
                }
                page.links.extend(links(line).map(|link| (number, link.to_owned())));
                page.prose.push((number, line.to_owned()));
            }
            after_blank = trimmed.is_empty();
        }
        page
    }

    fn mistake(&mut self, line: usize, what: impl fmt::Display) {
        self.mistakes.push(format!("{}:{line}: {what}", self.path.display()));
    }
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// What stands in the round brackets of `[…](…)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// What is set as code within a line.
pub(super) fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::read(Path::new("page.md"), text)
    }

    #[test]
    fn a_block_has_its_language_and_its_fate() {
        let page = page(
            "# One `two` /three\n\n<!-- first: touch a -->\n<!-- exits 65 -->\n```sh\nrun a\n  more\n```\n\n- item\n\n  \
             <!-- not run: no b -->\n  ```sh\n  run b\n  ```\n",
        );
        let seen: Vec<_> =
            page.blocks.iter().map(|block| (block.line, block.text.as_str(), block.fate.clone())).collect();
        assert_eq!(
            seen,
            [(5, "run a\n  more", Fate::Exits(65)), (13, "run b", Fate::NotRun("no b".to_owned()))]
        );
        assert_eq!(page.blocks[0].first, ["touch a"]);
        assert_eq!(page.anchors, ["one-two-three"]);
        assert_eq!(page.mistakes, Vec::<String>::new());
    }

    #[test]
    fn nothing_escapes() {
        for text in [
            "text\n\n    make demo\n",
            "```\nmake demo\n```\n",
            "```bash\nmake demo\n```\n",
            "<!-- not rum: x -->\n```sh\nmake demo\n```\n",
            "<!-- not run: x -->\n\nText.\n",
        ] {
            assert_eq!(page(text).mistakes.len(), 1, "{text}");
        }
    }

    #[test]
    fn links_are_found_in_text() {
        let page = page("See [a](b.md#c) and ![d](e.svg).\n\n```text\n[f](g)\n```\n");
        assert_eq!(page.links, [(1, "b.md#c".to_owned()), (1, "e.svg".to_owned())]);
    }
}
