//! What a caller is told who may not in: 401 or 403, with the challenge of RFC 6750.
//!
//! Whether a token is known, and to whom it belongs, is not told; why an authentic one is refused is.

use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError as _};

use super::Caller;
use crate::problem::{Kind, Problem};

/// Why a caller may not in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It showed no bearer token.
    Missing,
    /// What it showed is no bearer token, or more than one.
    Malformed,
    /// Nobody has this token, or it was not signed with our keys.
    Unknown,
    /// The token is authentic, and no longer good.
    Expired,
    /// The token is authentic, and not good yet.
    Early,
    /// The token is authentic, and of another issuer or for another service.
    Elsewhere,
    /// The token is good, and its holder, this one, lacks what is asked for.
    Lacking(Caller),
}

impl Refusal {
    /// The answer.
    pub(crate) fn response(&self) -> HttpResponse {
        let mut response = self.problem().error_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge()));
        response
    }

    /// Who it is that may not in, where that is known.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Lacking(caller) => Some(caller),
            Self::Missing
            | Self::Malformed
            | Self::Unknown
            | Self::Expired
            | Self::Early
            | Self::Elsewhere => None,
        }
    }

    /// What the caller is told.
    pub(crate) fn problem(&self) -> Problem {
        let kind = if self.caller().is_some() { Kind::Forbidden } else { Kind::Unauthorized };
        Problem::new(kind, self.detail())
    }

    /// In one word, for the log and for the metrics.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Early => "early",
            Self::Elsewhere => "elsewhere",
            Self::Lacking(_) => "lacking",
        }
    }

    fn detail(&self) -> &'static str {
        match self {
            Self::Missing => "No bearer token was sent. Send the header Authorization: Bearer and the token.",
            Self::Malformed => {
                "The Authorization header is malformed. Send one, with the word Bearer, a space and the token."
            }
            Self::Unknown => "The token is not accepted. Ask those who run the service for one.",
            Self::Expired => "The token has expired. Get a new one.",
            Self::Early => "The token is not valid yet. Wait, or check the clock of its issuer.",
            Self::Elsewhere => {
                "The token is of another issuer or for another audience. Get one for this service."
            }
            Self::Lacking(_) => {
                "The token is good, but does not allow this. Ask its issuer for the right to read here."
            }
        }
    }

    /// A caller that showed nothing is told no error, as the RFC asks.
    pub(crate) fn challenge(&self) -> &'static str {
        match self {
            Self::Missing => r#"Bearer realm="restaurant-analytics""#,
            Self::Malformed => {
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="malformed""#
            }
            Self::Unknown => {
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="not accepted""#
            }
            Self::Expired => {
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="expired""#
            }
            Self::Early => {
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="not valid yet""#
            }
            Self::Elsewhere => {
                r#"Bearer realm="restaurant-analytics", error="invalid_token", error_description="issuer or audience""#
            }
            Self::Lacking(_) => r#"Bearer realm="restaurant-analytics", error="insufficient_scope""#,
        }
    }
}
