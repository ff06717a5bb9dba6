//! How many connections the operating system allows: each takes a file.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are no clients': connections to the database, the log, what the runtime needs, and some to spare.
const OTHERS: usize = 64;

/// As many of `wanted` connections as there may be, beside as many files as `database` connections take. The process's
/// own limit is raised for them as far as it may be.
pub(crate) fn allowed(wanted: usize, database: usize) -> usize {
    let others = OTHERS + database;
    let needed = (wanted + others) as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let mut limit = current.unwrap_or(u64::MAX);
    if limit < needed {
        let raised = needed.min(maximum.unwrap_or(u64::MAX));
        match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
            Ok(()) => limit = raised,
            Err(error) => log::warn!("the limit of {limit} open files cannot be raised: {error}"),
        }
    }
    let files = usize::try_from(limit).unwrap_or(usize::MAX);
    let allowed = wanted.min(files.saturating_sub(others)).max(1);
    if allowed < wanted {
        log::warn!(
            "{allowed} connections and not SERVER__MAX_CONNECTIONS={wanted}: each is an open file, of which this \
             process may have {files}. Raise its limit (ulimit -n, LimitNOFILE=)"
        );
    }
    allowed
}
