//! A bare actix-web server: what a machine can serve at most, for `sandbox bench-api` to hold the API against.
//!
//! `bare PORT WORKERS FILE`: one route a recorded answer, which it returns from memory, headers and all. FILE is JSON,
//! `[{"path": …, "headers": [[name, value], …], "body": …}, …]`. It listens on loopback only.

use std::net::Ipv4Addr;
use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context as _, Result};
use serde_json::Value;

/// An answer as it is sent.
#[derive(Clone)]
struct Answer {
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answer {
    fn read(recorded: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text is missing");
        let headers = recorded["headers"].as_array().context("headers are missing")?;
        let header = |pair: &Value| -> Result<_> {
            Ok((HeaderName::try_from(text(&pair[0])?)?, HeaderValue::try_from(text(&pair[1])?)?))
        };
        Ok(Self {
            path: text(&recorded["path"])?,
            headers: headers.iter().map(header).collect::<Result<_>>()?,
            body: text(&recorded["body"])?.into(),
        })
    }

    fn respond(&self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.body(self.body.clone())
    }
}

#[actix_web::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what| arguments.next().with_context(|| format!("{what} is missing"));
    let (port, workers): (u16, usize) = (next("the port")?.parse()?, next("the number of workers")?.parse()?);
    let recorded: Vec<Value> = serde_json::from_slice(&std::fs::read(next("the file of answers")?)?)?;
    let answers: Vec<Arc<Answer>> =
        recorded.iter().map(|answer| Answer::read(answer).map(Arc::new)).collect::<Result<_>>()?;
    let server = HttpServer::new(move || {
        App::new().configure(|config| {
            for answer in &answers {
                let path = answer.path.clone();
                let answer = Arc::clone(answer);
                config.route(&path, web::get().to(move || std::future::ready(answer.respond())));
            }
        })
    });
    Ok(server.workers(workers).bind((Ipv4Addr::LOCALHOST, port))?.run().await?)
}
