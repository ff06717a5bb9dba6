//! The real `analytics-batch` against a real server: one module a capability.

mod support;

mod check;
mod first_run;
mod oracle;
