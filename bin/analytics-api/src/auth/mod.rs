//! Who may in: what a request must show in its `Authorization` header.
//!
//! - `bearer` takes the token out of the header, `tokens` and `jwt` judge it, `refusal` is what a caller is told.
//! - `watched` keeps what is compared against, and looks for changes of the file that it came from.
//!
//! **Invariant:** no token, nor any part of one, is ever in a log line, an error or an answer. What is said of one is
//! the name of its holder, or why it was refused.

mod bearer;
mod cache;
mod claims;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod jwks;
mod jwt;
mod refusal;
mod tokens;
mod watched;

use std::sync::Arc;

use actix_web::http::header::HeaderMap;
use runtime::clock::Clock;
use runtime::settings::{AuthMode, JwtKeys, Secret};
use secrecy::ExposeSecret as _;

pub(crate) use self::refusal::Refusal;
pub(crate) use self::watched::Health;
pub use self::watched::Unusable;

use self::jwt::{Keys, Verifier};
use self::tokens::TokenSet;
use self::watched::{Malformed, Watched};

/// Who called: a token's name, or a JWT's subject. For the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller(Arc<str>);

impl Caller {
    /// One for the documentation.
    pub(crate) fn example() -> Self {
        Self(Arc::from("panel"))
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// Tells callers apart. Clones share what is compared against; each worker has one of its own.
#[derive(Clone)]
pub(crate) enum Authenticator {
    /// Nobody is asked.
    Open,
    /// Bearer tokens.
    Tokens(Watched<TokenSet>),
    /// JSON Web Tokens.
    Jwt(Verifier),
}

impl Authenticator {
    /// Reads what callers are compared against, and says in the log what that is.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub(crate) fn new(mode: Option<AuthMode>, clock: Clock) -> Result<Self, Unusable> {
        match mode {
            None | Some(AuthMode::None) => Ok(Self::Open),
            Some(AuthMode::Token(tokens)) => {
                watch(&tokens, ["AUTH__TOKENS", "AUTH__TOKENS_FILE"], TokenSet::parse).map(Self::Tokens)
            }
            Some(AuthMode::Jwt(jwt)) => {
                let keys = match &jwt.keys {
                    JwtKeys::Secret(secret) => {
                        watch(secret, ["AUTH__JWT_SECRET", "AUTH__JWT_SECRET_FILE"], Keys::from_secret)?
                    }
                    JwtKeys::Jwks(path) => Watched::file("AUTH__JWKS_FILE", path, jwks::parse)?,
                };
                Ok(Self::Jwt(Verifier::new(keys, jwt, clock)))
            }
        }
    }

    /// How the file does that callers are compared against, if there is one.
    pub(crate) fn health(&self) -> Option<Arc<Health>> {
        match self {
            Self::Open => None,
            Self::Tokens(tokens) => tokens.health().cloned(),
            Self::Jwt(verifier) => verifier.health().cloned(),
        }
    }

    /// Who calls; none where nobody is asked.
    ///
    /// # Errors
    /// Why the caller may not in.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, Refusal> {
        match self {
            Self::Open => Ok(None),
            Self::Tokens(tokens) => {
                let token = bearer::token(headers)?;
                tokens.load().find(token.as_bytes()).map(Some).ok_or(Refusal::Unknown)
            }
            Self::Jwt(verifier) => verifier.verify(bearer::token(headers)?).map(Some),
        }
    }
}

/// What `secret` holds, under the variable that it was found by: the text's own or its file's.
fn watch<T, P>(secret: &Secret, [inline, file]: [&'static str; 2], parse: P) -> Result<Watched<T>, Unusable>
where
    T: std::fmt::Display + Send + Sync + 'static,
    P: Fn(&str) -> Result<T, Malformed> + Send + 'static,
{
    match secret {
        Secret::Inline(text) => Watched::fixed(inline, text.expose_secret(), parse),
        Secret::File(path) => Watched::file(file, path, parse),
    }
}

#[cfg(test)]
mod tests;
