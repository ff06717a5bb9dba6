//! Tokens of the standards, and texts that are none.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use chrono::DateTime;
use proptest::prelude::*;
use rstest::rstest;
use runtime::settings::{JwtSettings, RequiredClaim};
use secrecy::SecretString;

use super::*;

/// RFC 7515, A.2 and A.3: the keys, and the same claims signed with each. They expire at 2011-03-22T18:43:00Z.
const RS256: [&str; 2] = [
    r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
];
const ES256: [&str; 2] = [
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
];
const EXPIRES: i64 = 1_300_819_380;

fn verifier(jwk: &str, now: i64) -> Authenticator {
    let keys = Watched::fixed("KEYS", &format!("{{\"keys\":[{jwk}]}}"), jwks::parse).unwrap();
    let settings = JwtSettings {
        keys: JwtKeys::Secret(Secret::Inline(SecretString::from(""))),
        issuer: Some("joe".to_owned()),
        audience: None,
        required_claim: Some(RequiredClaim {
            name: "http://example.com/is_root".to_owned(),
            value: "true".to_owned(),
        }),
    };
    let clock = Clock::Fixed(DateTime::from_timestamp(now, 0).unwrap());
    Authenticator::Jwt(Verifier::new(keys, settings, clock))
}

fn tokens() -> Authenticator {
    let digest = "d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";
    Authenticator::Tokens(Watched::fixed("TOKENS", &format!("panel {digest}"), TokenSet::parse).unwrap())
}

fn show(authenticator: &Authenticator, value: &[u8]) -> Result<Option<Caller>, Refusal> {
    let mut headers = HeaderMap::new();
    headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    authenticator.authenticate(&headers)
}

#[rstest]
#[case(RS256)]
#[case(ES256)]
fn the_tokens_of_the_standard_are_good_until_they_expire(#[case] vector: [&str; 2]) {
    let [jwk, token] = vector;
    let header = format!("Bearer {token}");
    assert_eq!(show(&verifier(jwk, EXPIRES - 60), header.as_bytes()), Ok(Some(Caller("(unnamed)".into()))));
    assert_eq!(show(&verifier(jwk, EXPIRES + 60), header.as_bytes()), Err(Refusal::Expired));
}

#[test]
fn a_token_that_is_remembered_still_expires() {
    let Authenticator::Jwt(verifier) = verifier(ES256[0], EXPIRES + 29) else { panic!("not jwt") };
    assert!(verifier.verify(ES256[1]).is_ok() && verifier.verify(ES256[1]).is_ok());
    let later = verifier.at(Clock::Fixed(DateTime::from_timestamp(EXPIRES + 30, 0).unwrap()));
    assert_eq!(later.verify(ES256[1]), Err(Refusal::Expired));
}

proptest! {
    #[test]
    fn no_text_is_a_token_by_chance(bytes in proptest::collection::vec(0x20_u8.., 0..300)) {
        let value = [b"Bearer ", bytes.as_slice()].concat();
        if HeaderValue::from_bytes(&value).is_ok() {
            for authenticator in [tokens(), verifier(RS256[0], EXPIRES), verifier(ES256[0], EXPIRES)] {
                prop_assert!(show(&authenticator, &value).is_err());
            }
        }
    }

    #[test]
    fn a_token_with_another_character_is_none(at in 0..ES256[1].len(), other in "[A-Za-z0-9._-]") {
        let mut token = ES256[1].to_owned();
        token.replace_range(at..=at, &other);
        let shown = show(&verifier(ES256[0], EXPIRES), format!("Bearer {token}").as_bytes());
        prop_assert_eq!(shown.is_ok(), token == ES256[1]);
    }

    #[test]
    fn three_parts_of_json_are_none(header in json(), claims in json(), signature in "[A-Za-z0-9_-]{0,90}") {
        let part = |text: &str| base64url(text.as_bytes());
        let token = format!("Bearer {}.{}.{signature}", part(&header), part(&claims));
        prop_assert!(show(&verifier(ES256[0], EXPIRES), token.as_bytes()).is_err());
    }
}

/// Objects with the members that tokens have, and values of every kind.
fn json() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "alg", "kid", "typ", "jwk", "crit", "x5c", "exp", "nbf", "aud", "iss", "sub",
    ]);
    let value = prop::sample::select(vec![
        "\"ES256\"",
        "\"none\"",
        "\"RS256\"",
        "null",
        "1e400",
        "-1",
        "[]",
        "{}",
        "true",
        "\"\\u0000\"",
        "[[[[1]]]]",
        "99999999999999999999",
        "{\"kty\":\"oct\",\"k\":\"\"}",
    ]);
    prop::collection::vec((name, value), 0..5).prop_map(|members| {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[usize::try_from(bits >> (18 - 6 * place) & 63).unwrap()]));
        }
    }
    text
}
