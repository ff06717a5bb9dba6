//! Which model the forecast will come from.

use domain::forecast::Choice;

use super::findings::Findings;

pub(super) fn check(choice: Choice) -> Findings {
    let mut findings = Findings::about("forecast");
    let whatever = "whatever its errors, since FORECASTING__MODEL says so; auto serves the best";
    match choice {
        Choice::Auto => findings.ok("by the model that errs least on the restaurant's own past"),
        Choice::Model(name) => findings.ok(format!("by {name}, {whatever}")),
        Choice::Old(method) => findings.warning(format!(
            "by the old service's {}, {whatever}. It is meant for a comparison: it knows no weekdays",
            method.kind.name()
        )),
    }
    findings
}
