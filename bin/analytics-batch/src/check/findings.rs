//! What a check found: one line each, and the exit code that they come to.

use std::process::ExitCode;

use crate::failure::Failure;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Finding {
    /// As it should be.
    Ok(String),
    /// A run would work, and the operator should know.
    Warning(String),
    /// A run would end with this failure.
    Problem(Failure),
}

/// Findings about one subject, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Findings {
    subject: &'static str,
    found: Vec<Finding>,
}

impl Findings {
    pub(super) fn about(subject: &'static str) -> Self {
        Self { subject, found: Vec::new() }
    }

    pub(super) fn ok(&mut self, text: impl Into<String>) {
        self.found.push(Finding::Ok(text.into()));
    }

    pub(super) fn warning(&mut self, text: impl Into<String>) {
        self.found.push(Finding::Warning(text.into()));
    }

    pub(super) fn problem(&mut self, failure: impl Into<Failure>) {
        self.found.push(Finding::Problem(failure.into()));
    }

    /// One line a finding: how it is, the subject, and the words.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.found.iter().map(|finding| {
            let (level, text) = match finding {
                Finding::Ok(text) => ("ok", text.clone()),
                Finding::Warning(text) => ("warning", text.clone()),
                Finding::Problem(failure) => ("problem", failure.to_string()),
            };
            // What a server says may run over several lines.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            // Failures of statements name their database already.
            let text = text
                .strip_prefix(self.subject)
                .map_or(text.as_str(), |rest| rest.trim_start_matches([':', ' ']));
            format!("{level:<8} {}: {text}", self.subject)
        })
    }

    fn warnings(&self) -> usize {
        self.found.iter().filter(|finding| matches!(finding, Finding::Warning(_))).count()
    }

    fn problems(&self) -> impl Iterator<Item = &Failure> {
        self.found.iter().filter_map(|finding| match finding {
            Finding::Problem(failure) => Some(failure),
            _ => None,
        })
    }
}

/// The closing sentence.
pub(super) fn verdict(all: &[Findings]) -> String {
    let problems = all.iter().flat_map(Findings::problems).count();
    let warnings = counted(all.iter().map(Findings::warnings).sum(), "warning");
    match problems {
        0 => format!("Ready for a run, with {warnings}."),
        _ => format!("Not ready: {}, {warnings}.", counted(problems, "problem")),
    }
}

/// The code of the first problem, or 0.
pub(super) fn exit_code(all: &[Findings]) -> ExitCode {
    all.iter().flat_map(Findings::problems).next().map_or(ExitCode::SUCCESS, Failure::exit_code)
}

/// `no warnings`, `1 warning`, `2 warnings`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        more => format!("{more} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_and_names_its_subject_once() {
        let mut findings = Findings::about("order_db");
        findings.ok("all is\n  well");
        findings.problem(Failure::Data("order_db: a table is missing".to_owned()));
        let lines: Vec<String> = findings.lines().collect();
        assert_eq!(lines, ["ok       order_db: all is well", "problem  order_db: a table is missing"]);
    }

    #[test]
    fn the_first_problem_decides() {
        let mut first = Findings::about("order_db");
        first.warning("slow");
        let mut second = Findings::about("analytics_db");
        assert_eq!(exit_code(&[]), ExitCode::SUCCESS);
        second.problem(Failure::Permission("denied".to_owned()));
        second.problem(Failure::Configuration("wrong".to_owned()));
        let all = [first, second];
        assert_eq!(exit_code(&all), ExitCode::from(77));
        assert_eq!(verdict(&all), "Not ready: 2 problems, 1 warning.");
    }
}
