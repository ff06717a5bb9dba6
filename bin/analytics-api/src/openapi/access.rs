//! How callers show who they are, as the document tells it.

use runtime::settings::AuthMode;
use utoipa::openapi::SecurityRequirement;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// What a closed path wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: nobody is asked.
    Open,
    /// A bearer token that the operator has given out.
    Token,
    /// A JSON Web Token.
    Jwt,
}

/// The name of the security scheme.
const BEARER: &str = "bearer";

impl Access {
    /// What AUTH__MODE asks for.
    pub(crate) fn of(mode: Option<&AuthMode>) -> Self {
        match mode {
            None | Some(AuthMode::None) => Self::Open,
            Some(AuthMode::Token(_)) => Self::Token,
            Some(AuthMode::Jwt(_)) => Self::Jwt,
        }
    }

    /// The scheme and its name; none where nobody is asked.
    pub(super) fn scheme(self) -> Option<(&'static str, SecurityScheme)> {
        let (format, description) = match self {
            Self::Open => return None,
            Self::Token => (
                None,
                "A token from those who run the service, in the header `Authorization: Bearer`. It counts in no other \
                 place.",
            ),
            Self::Jwt => (
                Some("JWT"),
                "A JSON Web Token of the configured issuer and audience, in the header `Authorization: Bearer`. It \
                 counts in no other place.",
            ),
        };
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
        let scheme = match format {
            Some(format) => scheme.bearer_format(format),
            None => scheme,
        };
        Some((BEARER, SecurityScheme::Http(scheme.build())))
    }

    /// What a path requires; nothing where nobody is asked.
    pub(super) fn requirement(self, is_closed: bool) -> Vec<SecurityRequirement> {
        if is_closed && self != Self::Open {
            vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]
        } else {
            Vec::new()
        }
    }
}
