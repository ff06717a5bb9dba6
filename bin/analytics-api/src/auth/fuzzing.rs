//! What callers show and what operators write, for `crate::fuzzing`.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use chrono::DateTime;
use runtime::clock::Clock;
use runtime::settings::{JwtKeys, JwtSettings, RequiredClaim, Secret};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::jwt::{Keys, Verifier};
use super::tokens::TokenSet;
use super::watched::Watched;
use super::{Authenticator, claims, jwks};

/// The only token that is let in, and its digest (`printf %s panel-token | sha256sum`).
const TOKEN: &str = "panel-token";
const DIGEST: &str = "d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";

/// The key of RFC 7515, A.3. Its one token has expired at the moment that is taken for the present.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

/// The moment that is taken for the present.
const NOW: i64 = 1_790_000_000;

/// A header, a file of tokens, a file of keys, a secret or claims, by the first byte of the input; then anything.
///
/// # Panics
/// If somebody is let in who showed nothing that is good, or a message repeats what may be a secret.
pub fn tokens(input: &[u8]) {
    let Some((&kind, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match kind % 6 {
        0 => header(&callers(), rest, |shown| shown.trim_matches(' ') == TOKEN),
        1 => header(&signers(), rest, |_| false),
        2 => {
            if let Err(malformed) = TokenSet::parse(&text).map(|tokens| tokens.to_string()) {
                let message = malformed.to_string();
                let mut words = text.split(|c: char| c.is_whitespace() || c == ',');
                assert!(!words.any(|word| word.len() >= 20 && message.contains(word)), "{message}");
            }
        }
        3 => drop(jwks::parse(&text).map(|keys| keys.to_string())),
        4 => drop(Keys::from_secret(&text).map(|keys| keys.to_string())),
        _ => {
            let claims: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
            let now = DateTime::from_timestamp(NOW, 0).expect("a moment");
            if claims::judge(&claims, &settings(), now).is_ok() {
                let is = |name: &str, good: fn(&Value) -> bool| claims.get(name).is_some_and(good);
                assert!(is("exp", Value::is_number) && is("iss", |iss| iss == "joe"), "{text}");
            }
        }
    }
}

/// Shows a header; whom it lets in must have shown what `good` is true of.
fn header(authenticator: &Authenticator, value: &[u8], good: impl Fn(&str) -> bool) {
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    headers.append(AUTHORIZATION, value.clone());
    if authenticator.authenticate(&headers).is_ok() {
        let shown = value.to_str().ok().and_then(|text| text.split_once(' '));
        assert!(shown.is_some_and(|(_, token)| good(token)), "{value:?}");
    }
}

fn callers() -> Authenticator {
    let tokens = format!("panel {DIGEST}");
    Authenticator::Tokens(Watched::fixed("TOKENS", &tokens, TokenSet::parse).expect("tokens"))
}

fn signers() -> Authenticator {
    let keys = Watched::fixed("KEYS", KEYS, jwks::parse).expect("keys");
    let now = DateTime::from_timestamp(NOW, 0).expect("a moment");
    Authenticator::Jwt(Verifier::new(keys, settings(), Clock::Fixed(now)))
}

fn settings() -> JwtSettings {
    JwtSettings {
        keys: JwtKeys::Secret(Secret::Inline(SecretString::from(""))),
        issuer: Some("joe".to_owned()),
        audience: Some("analytics".to_owned()),
        required_claim: Some(RequiredClaim {
            name: "realm_access.roles".to_owned(),
            value: "analytics".to_owned(),
        }),
    }
}
