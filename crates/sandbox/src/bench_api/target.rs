//! A server that is loaded, and what it takes.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use reqwest::Response;
use sandbox::programs::Api;
use serde_json::{Value, json};

/// The token that the load shows, and its digest (`printf %s panel-token | sha256sum`).
pub(super) const TOKEN: &str = "panel-token";
const DIGEST: &str = "d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";

/// Headers that a server adds by itself.
const OWN: [&str; 2] = ["content-length", "date"];

/// The settings of the API under load.
pub(super) fn token(workers: &str) -> impl Iterator<Item = (String, String)> + use<'_> {
    let tokens = format!("bench {DIGEST}");
    [("AUTH__MODE", "token"), ("AUTH__TOKENS", &tokens), ("SERVER__WORKERS", workers)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into_iter()
}

/// A running server.
pub(super) struct Target {
    api: Api,
    process: u32,
}

impl Target {
    /// Starts a program on a free port, its log going to a file: `arguments` follow the port, which the API takes from
    /// `settings` and has none.
    pub(super) fn start(
        program: &Path,
        arguments: &[&str],
        settings: impl IntoIterator<Item = (String, String)>,
        log: File,
    ) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let text = port.to_string();
        let arguments: Vec<&str> = match arguments {
            [] => Vec::new(),
            some => [&[text.as_str()], some].concat(),
        };
        let settings = settings.into_iter().chain([("SERVER__PORT".to_owned(), text.clone())]);
        let api = Api::start_on(port, program, &arguments, settings, log)?;
        let process = api.process()?;
        Ok(Self { api, process })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api.address())
    }

    /// Processor time that it has used so far, in ticks of the kernel.
    pub(super) fn ticks(&self) -> Result<u64> {
        let path = format!("/proc/{}/stat", self.process);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        // Behind the name in parentheses, which may hold blanks, utime and stime are the 12th and 13th.
        let fields = text.rsplit_once(')').context("no name in stat")?.1;
        let times: Vec<u64> =
            fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(times.iter().sum())
    }

    /// Memory that it occupies now, in MiB.
    pub(super) fn resident_mib(&self) -> Result<f64> {
        Ok(self.api.resident_kib()? as f64 / 1024.0)
    }
}

/// Asks with the token.
pub(super) async fn ask(address: &str, path: &str) -> Result<Response> {
    Ok(reqwest::Client::new().get(format!("{address}{path}")).bearer_auth(TOKEN).send().await?)
}

/// Where the bare server has the answer: a route of its own for each query.
pub(super) fn bare_path(path: &str) -> String {
    path.replace('?', "/")
}

/// An answer of the API's, for the bare server to return.
pub(super) async fn record(api: &Target, path: &str) -> Result<Value> {
    let answer = ask(&api.api.address(), path).await?;
    ensure!(answer.status().is_success(), "{path} is {}:\n{}", answer.status(), answer.text().await?);
    let mut headers = Vec::new();
    for (name, value) in answer.headers() {
        if !OWN.contains(&name.as_str()) {
            headers.push(json!([name.as_str(), value.to_str()?]));
        }
    }
    Ok(json!({ "path": bare_path(path), "headers": headers, "body": answer.text().await? }))
}
