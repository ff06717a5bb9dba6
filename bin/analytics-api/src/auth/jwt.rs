//! JSON Web Tokens (RFC 7519), verified as RFC 8725 advises.
//!
//! The key says which algorithm a token must be signed with, and the token's header only which key. Addresses,
//! certificates and keys in that header are not looked at.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use runtime::clock::Clock;
use runtime::settings::JwtSettings;
use serde_json::{Map, Value};

use super::cache::Cache;
use super::claims;
use super::watched::{Health, Malformed, Watched};
use super::{Caller, Refusal};

/// Bytes of a shared secret at least: HS256 is as strong as SHA-256 from there on (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

/// A key with the one algorithm that it is for.
pub(super) struct Key {
    /// What tokens call it.
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// The keys that tokens may be signed with.
pub(crate) struct Keys(Vec<Key>);

impl Keys {
    /// Keys with different kids, or a single one.
    pub(super) fn new(keys: Vec<Key>) -> Self {
        Self(keys)
    }

    /// The key that is the bytes of a text, less a line break at its end.
    pub(super) fn from_secret(text: &str) -> Result<Self, Malformed> {
        let secret = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        if secret.len() < SHORTEST_SECRET {
            return Err(Malformed(format!(
                "it is shorter than {SHORTEST_SECRET} bytes, and could be guessed: openssl rand -base64 48 makes one"
            )));
        }
        let key = DecodingKey::from_secret(secret.as_bytes());
        Ok(Self(vec![Key { kid: None, algorithm: Algorithm::HS256, key }]))
    }

    /// The key that a token names. One that is alone and has no name is meant by every token.
    fn choose(&self, kid: Option<&str>) -> Option<&Key> {
        match (self.0.as_slice(), kid) {
            ([only], None) => Some(only),
            ([only], Some(_)) if only.kid.is_none() => Some(only),
            (keys, Some(kid)) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (_, None) => None,
        }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self
            .0
            .iter()
            .map(|key| match &key.kid {
                Some(kid) => format!("{:?} {kid:?}", key.algorithm),
                None => format!("{:?}", key.algorithm),
            })
            .collect();
        write!(f, "{} {}: {}", keys.len(), if keys.len() == 1 { "key" } else { "keys" }, keys.join(", "))
    }
}

/// Verifies tokens. A clone has the same keys and remembers nothing.
pub(crate) struct Verifier {
    keys: Watched<Keys>,
    settings: Arc<JwtSettings>,
    clock: Clock,
    cache: RefCell<Cache>,
}

impl Clone for Verifier {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            settings: Arc::clone(&self.settings),
            clock: self.clock,
            cache: RefCell::default(),
        }
    }
}

impl Verifier {
    /// Verifies by these keys and rules.
    pub(super) fn new(keys: Watched<Keys>, settings: JwtSettings, clock: Clock) -> Self {
        Self { keys, settings: Arc::new(settings), clock, cache: RefCell::default() }
    }

    /// How the file does that the keys come from, if they come from one.
    pub(super) fn health(&self) -> Option<&Arc<Health>> {
        self.keys.health()
    }

    /// Who shows this token.
    ///
    /// # Errors
    /// Why it does not let its holder in.
    pub(super) fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        let now = self.clock.now();
        let keys = self.keys.load();
        let print = Cache::print(token);
        if let Some(accepted) = self.cache.borrow_mut().get(&print, &keys) {
            return accepted.at(now);
        }
        let claims = authentic(token, &keys)?;
        let accepted = claims::judge(&claims, &self.settings, now)?;
        let caller = accepted.at(now)?;
        self.cache.borrow_mut().keep(print, accepted);
        Ok(caller)
    }
}

#[cfg(test)]
impl Verifier {
    /// The same, remembering the same, at another time.
    pub(super) fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }
}

/// The claims of a token that one of the keys has signed.
fn authentic(token: &str, keys: &Keys) -> Result<Map<String, Value>, Refusal> {
    let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
    let key = keys.choose(header.kid.as_deref()).ok_or(Refusal::Unknown)?;
    // An extension that must be understood is not.
    if header.alg != key.algorithm || header.crit.is_some() {
        return Err(Refusal::Unknown);
    }
    decode(token, &key.key, &signature_only(key.algorithm))
        .map(|data| data.claims)
        .map_err(|_| Refusal::Unknown)
}

/// The library verifies the signature. Claims are judged here: it would read the machine's clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
