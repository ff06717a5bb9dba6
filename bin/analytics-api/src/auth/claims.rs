//! What an authentic token says, and whether that is enough.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use runtime::settings::{JwtSettings, RequiredClaim};
use serde_json::{Map, Number, Value};

use super::{Caller, Refusal};

/// Seconds by which the issuer's clock may differ from ours.
const LEEWAY: f64 = 30.0;

/// A token that lets its holder in for a time.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    caller: Caller,
    /// `nbf` and `exp`, in seconds since 1970.
    not_before: f64,
    expires: f64,
}

impl Accepted {
    /// Who it lets in now.
    ///
    /// # Errors
    /// If its time is not now.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Result<Caller, Refusal> {
        let now = seconds(now);
        if now >= self.expires + LEEWAY {
            Err(Refusal::Expired)
        } else if now < self.not_before - LEEWAY {
            Err(Refusal::Early)
        } else {
            Ok(self.caller.clone())
        }
    }
}

/// Seconds since 1970, as tokens count them. Exact to the microsecond for ages.
fn seconds(instant: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "seconds of any year that there are tokens in are exact")]
    let whole = instant.timestamp() as f64;
    whole + f64::from(instant.timestamp_subsec_micros()) / 1e6
}

/// Whether these claims are enough. Its time is told first, so that a caller with an old token gets a new one before
/// anything else.
///
/// # Errors
/// Why they are not.
pub(super) fn judge(
    claims: &Map<String, Value>,
    settings: &JwtSettings,
    now: DateTime<Utc>,
) -> Result<Accepted, Refusal> {
    // A token that never expires cannot be taken back.
    let expires = claims.get("exp").and_then(Value::as_f64).ok_or(Refusal::Malformed)?;
    let not_before = match claims.get("nbf") {
        None => f64::NEG_INFINITY,
        Some(nbf) => nbf.as_f64().ok_or(Refusal::Malformed)?,
    };
    let accepted = Accepted { caller: caller(claims.get("sub")), not_before, expires };
    accepted.at(now)?;
    if let Some(issuer) = &settings.issuer
        && claims.get("iss").and_then(Value::as_str) != Some(issuer)
    {
        return Err(Refusal::Elsewhere);
    }
    let for_us = match (claims.get("aud"), &settings.audience) {
        (None, None) => true,
        (Some(Value::String(audience)), Some(own)) => audience == own,
        (Some(Value::Array(audiences)), Some(own)) => audiences.iter().any(|one| one.as_str() == Some(own)),
        // A token for somebody is not for whoever has no name (RFC 7519, 4.1.3).
        _ => false,
    };
    if !for_us {
        return Err(Refusal::Elsewhere);
    }
    match &settings.required_claim {
        Some(required) if !has(claims, required) => Err(Refusal::Lacking(accepted.caller)),
        _ => Ok(accepted),
    }
}

fn has(claims: &Map<String, Value>, required: &RequiredClaim) -> bool {
    let claim = claims.get(&required.name).or_else(|| {
        let mut inside = required.name.split('.');
        let first = claims.get(inside.next()?)?;
        inside.try_fold(first, |claim, name| claim.get(name))
    });
    match claim {
        Some(Value::Array(values)) => values.iter().any(|value| is(value, &required.value)),
        // As in `scope` (RFC 8693, 4.2): the whole text, or one of its words.
        Some(Value::String(text)) => {
            *text == required.value || text.split(' ').any(|word| word == required.value)
        }
        Some(value) => is(value, &required.value),
        None => false,
    }
}

fn is(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Bool(own) => text.parse() == Ok(*own),
        Value::Number(own) => text.parse::<Number>().is_ok_and(|number| number == *own),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// The subject, as it can stand in a line of a log.
fn caller(subject: Option<&Value>) -> Caller {
    const LONGEST: usize = 128;
    let subject =
        subject.and_then(Value::as_str).filter(|subject| !subject.is_empty()).unwrap_or("(unnamed)");
    let printable = |c: char| if c.is_ascii_graphic() || c.is_alphanumeric() { c } else { '?' };
    Caller(Arc::from(subject.chars().take(LONGEST).map(printable).collect::<String>()))
}
