//! JSON Web Tokens (RFC 7519), verified as RFC 8725 advises.
//!
//! The key says which algorithm a token must be signed with, and the token's header only which key. Addresses,
//! certificates and keys in that header are not looked at.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use runtime::clock::Clock;
use runtime::settings::JwtSettings;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::cache::Cache;
use super::claims;
use super::watched::{Health, Malformed, Watched};
use super::{Caller, Refusal};

/// Bytes of a shared secret at least: HS256 is as strong as SHA-256 from there on (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

/// How many different bytes a secret has at least. One in ten million that are drawn at random, in hexadecimal, has fewer.
const FEWEST_BYTES: usize = 8;

/// What a key or a set of keys has in it that is written down for others to read, and a secret drawn at random has not:
/// PEM, JSON, OpenSSH, and the beginnings of RSA, P-256 and Ed25519 keys in base64.
const MARKS_OF_KEYS: [&str; 7] =
    ["-----BEGIN ", "\"kty\"", "ssh-", "ecdsa-sha2-", "MIIBIjANBgkq", "MFkwEwYHKoZI", "MCowBQYDK2Vw"];

/// Keys that a line of the log names.
const NAMED: usize = 20;

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
        if MARKS_OF_KEYS.iter().any(|mark| secret.contains(mark)) {
            return Err(Malformed(
                "it is a key and no secret: what is public lets everybody make tokens. Public keys belong into a \
                 JSON Web Key Set, which AUTH__JWKS_FILE names"
                    .to_owned(),
            ));
        }
        if secret.bytes().collect::<HashSet<_>>().len() < FEWEST_BYTES {
            return Err(Malformed(format!(
                "it has fewer than {FEWEST_BYTES} different characters, and could be guessed: openssl rand -base64 48 \
                 makes one"
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
        let count = self.0.len();
        let mut keys: Vec<String> = self
            .0
            .iter()
            .take(NAMED)
            .map(|key| match &key.kid {
                Some(kid) => format!("{:?} {kid:?}", key.algorithm),
                None => format!("{:?}", key.algorithm),
            })
            .collect();
        if count > NAMED {
            keys.push(format!("and {} more", count - NAMED));
        }
        write!(f, "{count} {}: {}", if count == 1 { "key" } else { "keys" }, keys.join(", "))
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

/// What of a token's header matters.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// The claims of a token that one of the keys has signed. They are not judged: the library would, by the machine's clock.
fn authentic(token: &str, keys: &Keys) -> Result<Map<String, Value>, Refusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Refusal::Malformed)?;
    let header: Header = json(header).ok_or(Refusal::Malformed)?;
    let key = keys.choose(header.kid.as_deref()).ok_or(Refusal::Unknown)?;
    // An extension that must be understood is not.
    if !is_of(key.algorithm, &header.alg) || header.crit.is_some() {
        return Err(Refusal::Unknown);
    }
    match crypto::verify(signature, message.as_bytes(), &key.key, key.algorithm) {
        Ok(true) => json(claims).ok_or(Refusal::Malformed),
        Ok(false) | Err(_) => Err(Refusal::Unknown),
    }
}

/// Whether a token or a key means this algorithm by its `alg`. RFC 9864 gives `EdDSA` on the curve that we know a name of
/// its own.
pub(super) fn is_of(algorithm: Algorithm, alg: &str) -> bool {
    match algorithm {
        Algorithm::HS256 => alg == "HS256",
        Algorithm::RS256 => alg == "RS256",
        Algorithm::ES256 => alg == "ES256",
        Algorithm::EdDSA => alg == "EdDSA" || alg == "Ed25519",
        _ => false,
    }
}

/// What a part of a token says.
fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Public keys as they are written down: the first three by `openssl pkey -pubout`, the last by `ssh-keygen`.
    const PUBLIC: [&str; 5] = [
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----",
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==",
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea panel",
    ];

    #[test]
    fn what_others_know_or_could_guess_is_no_secret() {
        let said = |text: &str| Keys::from_secret(text).err().map(|Malformed(what)| what).unwrap_or_default();
        for key in PUBLIC {
            assert!(said(key).contains("is a key and no secret") && !said(key).contains(key), "{key}");
        }
        for guessed in [" ".repeat(64), "ab".repeat(20), "password".repeat(4), "\n".repeat(40)] {
            assert!(said(&guessed).contains("different characters"), "{guessed:?}: {}", said(&guessed));
        }
        assert!(said("31 characters are not enough...").contains("shorter than 32 bytes"));
        // `openssl rand -hex 16` and `openssl rand -base64 48`.
        for secret in [
            "9f1a6c0b7e3d2458f0a1b2c3d4e5f607",
            "hJ4t/0bLz3Xv9uQeYw7m2N1cRk5sTgPaVd8fHj6oKl+WnEiUxZyBqMrDpSGtCvAQ\n",
        ] {
            assert_eq!(said(secret), "");
        }
    }

    #[test]
    fn of_many_keys_some_are_named() {
        let key = || DecodingKey::from_secret(b"");
        let keys = (0..25).map(|n| Key { kid: Some(n.to_string()), algorithm: Algorithm::ES256, key: key() });
        let said = Keys::new(keys.collect()).to_string();
        assert!(said.starts_with("25 keys: ES256 \"0\"") && said.ends_with("\"19\", and 5 more"), "{said}");
    }
}
