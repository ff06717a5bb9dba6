//! The token in an `Authorization` header, as RFC 6750 has it.
//!
//! It is taken from there and from nowhere else: addresses are logged along the way, and a form field would need a
//! body.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use super::Refusal;

/// Longer than any token that is meant: what is longer is not looked at.
const LONGEST: usize = 8 * 1024;

/// The token.
///
/// # Errors
/// [`Refusal::Missing`] if there is no header or one of another scheme, [`Refusal::Malformed`] if there is more than
/// one or it holds no token.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(Refusal::Missing)?;
    // With two, a proxy and this program could each believe another one.
    if values.next().is_some() || value.len() > LONGEST {
        return Err(Refusal::Malformed);
    }
    let text = value.to_str().map_err(|_| Refusal::Malformed)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Missing);
    }
    let token = token.trim_matches(' ');
    let characters = token.trim_end_matches('=');
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if characters.is_empty() || !characters.bytes().all(legal) {
        return Err(Refusal::Malformed);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn with(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[rstest]
    #[case(b"Bearer mF_9.B5f-4.1JqM", Ok("mF_9.B5f-4.1JqM"))] // the example of RFC 6750, 2.1
    #[case(b"bearer abc", Ok("abc"))]
    #[case(b"BEARER  abc+/~==", Ok("abc+/~=="))]
    #[case(b"Bearer", Err(Refusal::Malformed))]
    #[case(b"Bearer ", Err(Refusal::Malformed))]
    #[case(b"Bearer ==", Err(Refusal::Malformed))]
    #[case(b"Bearer a=b", Err(Refusal::Malformed))]
    #[case(b"Bearer a b", Err(Refusal::Malformed))]
    #[case(b"Bearer a,b", Err(Refusal::Malformed))]
    #[case(b"Bearer a\tb", Err(Refusal::Malformed))]
    #[case(b"Bearer \xff", Err(Refusal::Malformed))]
    #[case(b"Basic cGFuZWw6c2VjcmV0", Err(Refusal::Missing))]
    #[case(b"abc", Err(Refusal::Missing))]
    #[case(b"Bearer\tabc", Err(Refusal::Missing))]
    #[case(b"", Err(Refusal::Missing))]
    fn a_header_is_read_as_the_rfc_says(#[case] header: &[u8], #[case] read: Result<&str, Refusal>) {
        assert_eq!(token(&with(&[header])), read);
    }

    #[test]
    fn one_header_it_must_be_and_not_endless() {
        assert_eq!(token(&HeaderMap::new()), Err(Refusal::Missing));
        assert_eq!(token(&with(&[b"Bearer a", b"Bearer a"])), Err(Refusal::Malformed));
        assert_eq!(token(&with(&[b"Basic a", b"Bearer a"])), Err(Refusal::Malformed));
        let long = ["Bearer ", &"a".repeat(LONGEST)].concat();
        assert_eq!(token(&with(&[long.as_bytes()])), Err(Refusal::Malformed));
    }
}
