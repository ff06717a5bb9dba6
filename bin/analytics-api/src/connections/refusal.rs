//! What a client is told whose request never came to the program.

use std::time::SystemTime;

use actix_web::body::MessageBody as _;
use actix_web::http::header::{
    CONNECTION, CONTENT_LENGTH, DATE, HeaderValue, HttpDate, TryIntoHeaderValue as _,
};
use actix_web::web::Bytes;
use runtime::clock::Clock;

use crate::gate::harden;
use crate::observe::Unread;
use crate::problem::{Kind, Problem};

/// Why a request goes no further than its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no HTTP.
    Malformed,
    /// Its head is longer, or has more fields, than any may have.
    TooLarge,
    /// It did not come in time.
    TooSlow,
}

impl Refusal {
    /// The refusal that the HTTP server says with these bytes, if it does.
    pub(super) fn said_by(bytes: &[u8]) -> Option<Self> {
        match bytes.get(..12)? {
            b"HTTP/1.1 400" => Some(Self::Malformed),
            b"HTTP/1.1 431" => Some(Self::TooLarge),
            _ => None,
        }
    }

    pub(crate) fn problem(self) -> Problem {
        match self {
            Self::Malformed => Problem::new(
                Kind::MalformedRequest,
                "What came is no request of HTTP/1 (RFC 9112). It needs a Host, and no field twice that may stand once.",
            ),
            Self::TooLarge => Problem::new(
                Kind::HeadTooLarge,
                "The request's line and fields are longer than 16 KiB, or there are more than 96 fields. Send fewer.",
            ),
            Self::TooSlow => Problem::new(
                Kind::RequestTimeout,
                "The request did not come in whole in the time that a client has. Send it again on a new connection.",
            ),
        }
    }

    /// The whole answer, as it is sent; `unread` gives it its id, and notes it.
    pub(super) fn message(self, unread: &Unread) -> Bytes {
        let mut response = unread.refused(&self.problem());
        let (status, headers) = (response.status(), response.headers_mut());
        harden(headers);
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        // The machine's clock, as in every other answer: replays are of figures.
        if let Ok(date) = HttpDate::from(SystemTime::from(Clock::System.now())).try_into_value() {
            headers.insert(DATE, date);
        }
        let mut message = format!("HTTP/1.1 {status}\r\n").into_bytes();
        for (name, value) in headers.iter() {
            message.extend_from_slice(name.as_str().as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(value.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        // Its bytes are there: problems are no streams.
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        message.extend_from_slice(format!("{CONTENT_LENGTH}: {}\r\n\r\n", body.len()).as_bytes());
        message.extend_from_slice(&body);
        message.into()
    }
}
