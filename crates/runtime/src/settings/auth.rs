//! `AUTH__…`: who may call the API.
//!
//! A variable that the chosen mode does not use is a mistake and not a silence: whoever sets one believes that it
//! keeps callers out. What the files hold is read by the API, which looks at them again while it runs.

use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use serde::Deserialize;

use super::section::{Field, Section};
use super::{Environment, Findings, Settings};

const PREFIX: &str = "AUTH__";

/// How callers are told apart.
#[derive(Clone, Debug)]
pub enum AuthMode {
    /// They are not: whoever reaches the port may read.
    None,
    /// By bearer tokens, of which only the digests are known here.
    Token(Secret),
    /// By JSON Web Tokens that another service signs.
    Jwt(JwtSettings),
}

/// A text that may be written into a variable or into a file that one names.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The text itself.
    Inline(SecretString),
    /// Where the text is.
    File(PathBuf),
}

/// Which JSON Web Tokens are accepted.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    /// What they are signed with.
    pub keys: JwtKeys,
    /// Who must have issued them, if that matters.
    pub issuer: Option<String>,
    /// Whom they must be for. Always there with [`JwtKeys::Jwks`].
    pub audience: Option<String>,
    /// What else they must say.
    pub required_claim: Option<RequiredClaim>,
}

/// What JSON Web Tokens are signed with.
#[derive(Clone, Debug)]
pub enum JwtKeys {
    /// A secret that the issuer and the API share: HS256.
    Secret(Secret),
    /// A file of the issuer's public keys: RS256, ES256 or `EdDSA`, as each key says.
    Jwks(PathBuf),
}

/// A claim that a token must have for its holder to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredClaim {
    /// The claim; a path with dots where it lies inside others.
    pub name: String,
    /// What it must be, or hold as an element of an array or a word of a text.
    pub value: String,
}

impl FromStr for RequiredClaim {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err(()),
        }
    }
}

/// Who may call the API.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// What the user chose, if anything. What an unset mode allows is for the API to say.
    pub mode: Option<AuthMode>,
}

/// A mode by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Token,
    Jwt,
}

impl FromStr for Word {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "token" => Ok(Self::Token),
            "jwt" => Ok(Self::Jwt),
            _ => Err(()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fields {
    mode: Field<Word>,
    tokens: Field<String>,
    tokens_file: Field<PathBuf>,
    jwt_secret: Field<String>,
    jwt_secret_file: Field<PathBuf>,
    jwks_file: Field<PathBuf>,
    jwt_issuer: Field<String>,
    jwt_audience: Field<String>,
    jwt_required_claim: Field<RequiredClaim>,
}

impl Settings for AuthSettings {
    fn read(environment: &Environment, findings: &mut Findings) -> Option<Self> {
        let mut section = Section::new(environment, PREFIX, findings);
        let fields: Fields = section.fields();
        if !matches!(fields.mode, Field::Illegal(_)) {
            refuse_unused(&mut section, &fields);
        }
        let mode = match section.optional("MODE", fields.mode.clone(), "none, token or jwt") {
            None => None,
            Some(Word::None) => Some(AuthMode::None),
            Some(Word::Token) => token(&mut section, fields).map(AuthMode::Token),
            Some(Word::Jwt) => jwt(&mut section, fields).map(AuthMode::Jwt),
        };
        section.finish(Self { mode })
    }

    fn variables() -> Vec<String> {
        super::names::<Fields>(PREFIX)
    }
}

/// Notes every variable that is set for a mode that is not the chosen one.
fn refuse_unused(section: &mut Section<'_>, fields: &Fields) {
    let set = [
        ("TOKENS", "token", fields.tokens.is_set()),
        ("TOKENS_FILE", "token", fields.tokens_file.is_set()),
        ("JWT_SECRET", "jwt", fields.jwt_secret.is_set()),
        ("JWT_SECRET_FILE", "jwt", fields.jwt_secret_file.is_set()),
        ("JWKS_FILE", "jwt", fields.jwks_file.is_set()),
        ("JWT_ISSUER", "jwt", fields.jwt_issuer.is_set()),
        ("JWT_AUDIENCE", "jwt", fields.jwt_audience.is_set()),
        ("JWT_REQUIRED_CLAIM", "jwt", fields.jwt_required_claim.is_set()),
    ];
    let chosen = match &fields.mode {
        Field::Legal(Word::Token, _) => "token",
        Field::Legal(Word::Jwt, _) => "jwt",
        _ => "",
    };
    for (field, mode, _) in set.into_iter().filter(|(_, mode, is_set)| *is_set && *mode != chosen) {
        section.refuse(
            field,
            format_args!("is set, and AUTH__MODE does not use it: set AUTH__MODE={mode}, or remove it"),
        );
    }
}

fn token(section: &mut Section<'_>, fields: Fields) -> Option<Secret> {
    let tokens = secret(section, "TOKENS", fields.tokens, "TOKENS_FILE", fields.tokens_file);
    if tokens.is_none() {
        section.refuse(
            "TOKENS_FILE",
            "is not set, and AUTH__MODE=token needs it: name a file with a line for each caller, its name and the \
             SHA-256 digest of its token, or set AUTH__TOKENS",
        );
    }
    tokens
}

fn jwt(section: &mut Section<'_>, fields: Fields) -> Option<JwtSettings> {
    let shared = secret(section, "JWT_SECRET", fields.jwt_secret, "JWT_SECRET_FILE", fields.jwt_secret_file);
    let jwks = section.optional("JWKS_FILE", fields.jwks_file, "the path of a file");
    let issuer = section.optional("JWT_ISSUER", fields.jwt_issuer, "the issuer's name");
    let audience = section.optional("JWT_AUDIENCE", fields.jwt_audience, "the name of this service");
    let required_claim = section.optional(
        "JWT_REQUIRED_CLAIM",
        fields.jwt_required_claim,
        "a claim and what it must be or hold, such as roles=analytics",
    );
    let keys = match (shared, jwks) {
        (Some(_), Some(_)) => {
            section.refuse(
                "JWKS_FILE",
                "is set, and so is a shared secret: keep one of them, since the key says how tokens are signed",
            );
            return None;
        }
        (None, None) => {
            section.refuse(
                "JWKS_FILE",
                "is not set, and AUTH__MODE=jwt needs it: name a file with the issuer's public keys, or set \
                 AUTH__JWT_SECRET_FILE or AUTH__JWT_SECRET to the secret that the issuer signs with",
            );
            return None;
        }
        (Some(shared), None) => JwtKeys::Secret(shared),
        (None, Some(path)) => {
            // Its keys sign tokens for every service of the issuer.
            if audience.is_none() {
                section.refuse(
                    "JWT_AUDIENCE",
                    "is not set, and AUTH__JWKS_FILE needs it: name the audience that the issuer writes into tokens \
                     for this service, or those for any other service would be accepted",
                );
            }
            JwtKeys::Jwks(path)
        }
    };
    Some(JwtSettings { keys, issuer, audience, required_claim })
}

/// The text from the variable `name`, or where the variable `file_name` says that it is.
fn secret(
    section: &mut Section<'_>,
    name: &str,
    value: Field<String>,
    file_name: &str,
    file: Field<PathBuf>,
) -> Option<Secret> {
    let value = section.optional(name, value, "the text");
    let file = section.optional(file_name, file, "the path of a file");
    if value.is_some() && file.is_some() {
        section.refuse(file_name, format_args!("is set, and so is {PREFIX}{name}: keep one of them"));
    }
    file.map(Secret::File).or_else(|| value.map(|text| Secret::Inline(SecretString::from(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<AuthMode>, String> {
        let environment: Environment =
            variables.iter().map(|(name, value)| (format!("AUTH__{name}"), *value)).collect();
        environment
            .read::<AuthSettings>()
            .map(|loaded| loaded.settings.mode)
            .map_err(|error| error.to_string())
    }

    fn refused(variables: &[(&str, &str)], said: &str) {
        let error = read(variables).unwrap_err();
        assert!(error.contains(said), "{said}\n{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn none_and_unset_are_two_things() {
        assert!(matches!(read(&[("MODE", "")]), Ok(None)));
        assert!(matches!(read(&[("MODE", "None")]), Ok(Some(AuthMode::None))));
        refused(&[("MODE", "basic")], "AUTH__MODE is \"basic\": write none, token or jwt");
    }

    #[test]
    fn tokens_are_in_a_file_or_in_a_variable() {
        let Ok(Some(AuthMode::Token(Secret::File(path)))) =
            read(&[("MODE", "token"), ("TOKENS_FILE", "/a/tokens")])
        else {
            panic!("not a file");
        };
        assert_eq!(path, PathBuf::from("/a/tokens"));
        let inline = read(&[("MODE", "token"), ("TOKENS", "panel hunter2")]);
        assert!(matches!(inline, Ok(Some(AuthMode::Token(Secret::Inline(_))))));
        refused(&[("MODE", "token")], "AUTH__TOKENS_FILE is not set");
        refused(
            &[("MODE", "token"), ("TOKENS", "hunter2"), ("TOKENS_FILE", "/a")],
            "AUTH__TOKENS_FILE is set, and so is AUTH__TOKENS: keep one of them",
        );
    }

    #[test]
    fn what_the_mode_does_not_use_is_refused() {
        let said = "AUTH__TOKENS_FILE is set, and AUTH__MODE does not use it: set AUTH__MODE=token";
        refused(&[("TOKENS_FILE", "/a")], said);
        refused(&[("MODE", "none"), ("TOKENS_FILE", "/a")], said);
        refused(&[("MODE", "jwt"), ("JWT_SECRET", "hunter2"), ("TOKENS_FILE", "/a")], said);
        refused(
            &[("MODE", "token"), ("TOKENS", "hunter2"), ("JWT_ISSUER", "a")],
            "AUTH__JWT_ISSUER is set, and AUTH__MODE does not use it: set AUTH__MODE=jwt",
        );
    }

    #[test]
    fn jwt_takes_a_secret_or_public_keys() {
        let keys = [("MODE", "jwt"), ("JWKS_FILE", "/keys"), ("JWT_AUDIENCE", "analytics")];
        let Ok(Some(AuthMode::Jwt(jwt))) =
            read(&[&keys[..], &[("JWT_REQUIRED_CLAIM", "realm_access.roles=a=b")]].concat())
        else {
            panic!("not jwt");
        };
        assert!(matches!(jwt.keys, JwtKeys::Jwks(path) if path.as_os_str() == "/keys"));
        assert_eq!((jwt.issuer, jwt.audience.as_deref()), (None, Some("analytics")));
        let claim = RequiredClaim { name: "realm_access.roles".to_owned(), value: "a=b".to_owned() };
        assert_eq!(jwt.required_claim, Some(claim));

        assert!(matches!(
            read(&[("MODE", "jwt"), ("JWT_SECRET_FILE", "/a")]),
            Ok(Some(AuthMode::Jwt(JwtSettings { keys: JwtKeys::Secret(Secret::File(_)), .. })))
        ));
        refused(&[("MODE", "jwt")], "AUTH__JWKS_FILE is not set, and AUTH__MODE=jwt needs it");
        refused(&[("MODE", "jwt"), ("JWKS_FILE", "/a")], "AUTH__JWT_AUDIENCE is not set");
        refused(&[&keys[..], &[("JWT_SECRET", "hunter2")]].concat(), "and so is a shared secret");
        refused(
            &[&keys[..], &[("JWT_REQUIRED_CLAIM", "admin")]].concat(),
            "AUTH__JWT_REQUIRED_CLAIM is \"admin\": write a claim and what it must be",
        );
    }
}
