//! The load: `wrk`, one thread, some connections.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sandbox::tools;

use super::target::{TOKEN, Target};

/// Asks for another query each time: 3,000 ranges and lengths of six endpoints, of which few fit into the cache.
const MANY_QUERIES: &str = r#"
local paths = { "summary?limit=%d", "top-items?limit=%d", "hourly?days_back=%d", "summary?group_by=day&limit=%d",
                "top-items?sort_by=revenue&limit=%d", "forecast/daily?limit=%d" }
local most = { 900, 100, 90, 900, 100, 30 }
math.randomseed(20260)
request = function()
    local which = math.random(#paths)
    local path = "/api/admin/analytics/" .. string.format(paths[which], math.random(most[which]))
    return wrk.format("GET", path)
end
"#;

pub(super) struct Load {
    wrk: Vec<OsString>,
    connections: usize,
    duration: Duration,
}

/// What a server did under load.
pub(super) struct Loaded {
    /// Requests a second.
    pub(super) rate: f64,
    /// Ticks of processor time a request.
    pub(super) time: f64,
    requests: u64,
    refused: u64,
}

impl Load {
    pub(super) fn new(connections: usize, duration: Duration) -> Result<Self> {
        Ok(Self { wrk: tools::wrk()?, connections, duration })
    }

    /// Loads one path, all answers of which must be good.
    pub(super) fn put_on(&self, server: &Target, path: &str) -> Result<Loaded> {
        let loaded = self.run(server, path, self.duration, &[])?;
        ensure!(
            loaded.refused == 0,
            "{} of {} answers for {path} were no 200",
            loaded.refused,
            loaded.requests
        );
        Ok(loaded)
    }

    /// Asks for many different things, and tells the memory before, at each tenth of the way and so at the end.
    pub(super) fn many_queries(&self, server: &Target, requests: u64) -> Result<String> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("many.lua");
        std::fs::write(&script, MANY_QUERIES)?;
        let arguments = [OsString::from("--script"), script.into_os_string()];
        let mut told = vec![format!("{:.1}", server.resident_mib()?)];
        let (mut asked, mut refused) = (0, 0);
        for tenth in 1..=10 {
            while asked < requests * tenth / 10 {
                let loaded = self.run(server, "/", Duration::from_secs(5), &arguments)?;
                ensure!(loaded.requests > 0, "nothing was answered");
                asked += loaded.requests;
                refused += loaded.refused;
            }
            told.push(format!("{:.1}", server.resident_mib()?));
        }
        Ok(format!(
            "memory in MiB before {asked} requests over many queries and at each tenth of them: {}; {refused} of them \
             refused",
            told.join(", ")
        ))
    }

    fn run(&self, server: &Target, path: &str, duration: Duration, arguments: &[OsString]) -> Result<Loaded> {
        let (program, first) = self.wrk.split_first().context("no program")?;
        let before = server.ticks()?;
        let output = Command::new(program)
            .args(first)
            .args(["--threads", "1", "--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", duration.as_secs())])
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .args(arguments)
            .arg(server.url(path))
            .stdin(Stdio::null())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "wrk ended with {}:\n{text}", output.status);
        let after = |word: &str| text.lines().find_map(|line| line.trim().strip_prefix(word)).map(str::trim);
        let requests: u64 = text
            .lines()
            .find_map(|line| line.trim().split_once(" requests in "))
            .with_context(|| format!("wrk tells no requests:\n{text}"))?
            .0
            .parse()?;
        let rate = after("Requests/sec:").with_context(|| format!("wrk tells no rate:\n{text}"))?.parse()?;
        let refused = after("Non-2xx or 3xx responses:").map_or(Ok(0), str::parse)?;
        Ok(Loaded {
            rate,
            time: (server.ticks()? - before) as f64 / requests.max(1) as f64,
            requests,
            refused,
        })
    }
}
