//! A file of public keys, as RFC 7517 has it.
//!
//! A key says which algorithm it verifies, and it verifies no other. Keys of other kinds and for other uses are left
//! out, since issuers publish all of theirs together. So are those that are weak or broken, with a warning (RFC 7517, 5).

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::jwt::{Key, Keys, is_of};
use super::watched::Malformed;

/// Of an RSA modulus: 2048 to 8192 bits. Shorter ones can be factored.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

/// The members that matter here.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<serde::de::IgnoredAny>,
}

/// The keys of a file that can verify the signature of a token.
pub(super) fn parse(text: &str) -> Result<Keys, Malformed> {
    let malformed = |what: String| Malformed(what);
    // What serde says of a text may quote it.
    let set: Set = serde_json::from_str(text).map_err(|error| {
        malformed(format!(
            "line {} is not what a JSON Web Key Set has there: an object with an array \"keys\" of keys",
            error.line()
        ))
    })?;
    let mut keys = Vec::new();
    let mut broken = None;
    for (number, jwk) in (1..).zip(&set.keys) {
        let name = jwk.kid.as_ref().map_or_else(|| format!("key {number}"), |kid| format!("key {kid:?}"));
        if jwk.d.is_some() {
            return Err(malformed(format!(
                "{name} is a private key: keep that at the issuer, and put the public one here"
            )));
        }
        match usable(jwk) {
            Ok(Some((algorithm, key))) => keys.push(Key { kid: jwk.kid.clone(), algorithm, key }),
            Ok(None) => log::debug!(
                "AUTH__JWKS_FILE: {name} is left out: it is none of RS256, ES256 and EdDSA for signatures"
            ),
            Err(what) => {
                log::warn!(
                    "AUTH__JWKS_FILE: {name} {what}: it is left out, and tokens that it signs are refused"
                );
                broken.get_or_insert_with(|| format!("{name} {what}"));
            }
        }
    }
    if keys.is_empty() {
        let why = broken.map(|broken| format!(": {broken}")).unwrap_or_default();
        return Err(malformed(format!("it has no key for RS256, ES256 or EdDSA signatures{why}")));
    }
    if keys.len() > 1 {
        let mut kids = HashSet::new();
        for key in &keys {
            match &key.kid {
                None => {
                    return Err(malformed(
                        "it has several keys, and one of them no kid to choose it by".to_owned(),
                    ));
                }
                Some(kid) if !kids.insert(kid) => {
                    return Err(malformed(format!("it has several keys with the kid {kid:?}")));
                }
                Some(_) => {}
            }
        }
    }
    Ok(Keys::new(keys))
}

/// The key and the algorithm that it is for; none where that is not one of ours.
fn usable(jwk: &Jwk) -> Result<Option<(Algorithm, DecodingKey)>, &'static str> {
    let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
    let verifies = jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
    let algorithm = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => Algorithm::RS256,
        ("EC", Some("P-256")) => Algorithm::ES256,
        ("OKP", Some("Ed25519")) => Algorithm::EdDSA,
        _ => return Ok(None),
    };
    if !signs || !verifies || !jwk.alg.as_deref().is_none_or(|alg| is_of(algorithm, alg)) {
        return Ok(None);
    }
    let key = match (algorithm, &jwk.n, &jwk.e, &jwk.x, &jwk.y) {
        (Algorithm::RS256, Some(n), Some(e), _, _) => {
            // Six bits a character. With zeros before it a short one would look long, and no signature be good.
            if n.starts_with('A') {
                return Err(
                    "is an RSA key whose modulus begins with zeros, which RFC 7518, 6.3.1.1, forbids",
                );
            }
            if !MODULUS.contains(&(n.len() * 3 / 4)) {
                return Err("is an RSA key of less than 2048 or more than 8192 bits");
            }
            DecodingKey::from_rsa_components(n, e)
        }
        (Algorithm::ES256, _, _, Some(x), Some(y)) if x.len() == 43 && y.len() == 43 => {
            DecodingKey::from_ec_components(x, y)
        }
        (Algorithm::EdDSA, _, _, Some(x), _) if x.len() == 43 => DecodingKey::from_ed_components(x),
        _ => return Err("lacks one of the members of its kind, or has one of a wrong length"),
    };
    key.map(|key| Some((algorithm, key))).map_err(|_| "has a member that is not base64url without padding")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public keys of RFC 7517, A.1, and RFC 8037, A.2.
    const EC: &str = r#""kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM""#;
    const RSA: &str = r#""kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB""#;
    const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

    fn set(keys: &[String]) -> Result<Keys, Malformed> {
        let keys: Vec<String> = keys.iter().map(|key| format!("{{{key}}}")).collect();
        parse(&format!("{{\"keys\":[{}]}}", keys.join(",")))
    }

    #[test]
    fn each_kind_is_pinned_to_its_algorithm() {
        let all = set(&[
            format!(r#"{RSA},"kid":"r","use":"sig","alg":"RS256""#),
            format!(r#"{EC},"kid":"e","key_ops":["verify"]"#),
            format!(r#"{ED},"kid":"d","alg":"Ed25519""#),
        ]);
        assert_eq!(all.unwrap().to_string(), "3 keys: RS256 \"r\", ES256 \"e\", EdDSA \"d\"");
        assert_eq!(set(&[ED.to_owned()]).unwrap().to_string(), "1 key: EdDSA");
    }

    #[test]
    fn keys_for_other_uses_are_left_out() {
        let others = [
            format!(r#"{RSA},"kid":"a","use":"enc""#),
            format!(r#"{RSA},"kid":"b","alg":"RS512""#),
            format!(r#"{RSA},"kid":"c","alg":"HS256""#),
            format!(r#"{EC},"kid":"d","key_ops":["deriveKey"]"#),
            r#""kty":"oct","kid":"e","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ""#.to_owned(),
            r#""kty":"EC","crv":"P-384","kid":"f","x":"","y":"""#.to_owned(),
        ];
        assert_eq!(set(&others).err().unwrap().0, "it has no key for RS256, ES256 or EdDSA signatures");
        let others = [
            &others[..],
            &[
                format!(r#"{RSA},"kid":"h""#).replace("0vx7", "AAAA"),
                format!(r#"{EC},"kid":"i""#).replace("MKBC", "MK"),
            ],
        ]
        .concat();
        let with_one = [&others[..], &[format!(r#"{ED},"kid":"g""#)]].concat();
        assert_eq!(set(&with_one).unwrap().to_string(), "1 key: EdDSA \"g\"");
    }

    #[test]
    fn what_is_malformed_is_named_and_not_repeated() {
        let secret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
        let short = r#""kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4","e":"AQAB""#;
        for (text, said) in [
            ("hunter2".to_owned(), "line 1 is not what a JSON Web Key Set"),
            (format!("{{{ED}}}"), "an array \"keys\""),
            (r#"{"keys":[]}"#.to_owned(), "no key for RS256"),
            (format!("{{\"keys\":[{{{ED},\"d\":\"{secret}\"}}]}}"), "key 1 is a private key"),
            (
                format!("{{\"keys\":[{{{short}}}]}}"),
                "EdDSA signatures: key 1 is an RSA key of less than 2048",
            ),
            (
                format!(
                    "{{\"keys\":[{{{}}}]}}",
                    short.replace("\"n\":\"", &format!("\"n\":\"{}", "A".repeat(172)))
                ),
                "begins with zeros",
            ),
            (format!("{{\"keys\":[{{{ED}}},{{{EC}}}]}}"), "no kid to choose it by"),
            (
                format!("{{\"keys\":[{{{ED},\"kid\":\"a\"}},{{{EC},\"kid\":\"a\"}}]}}"),
                "several keys with the kid \"a\"",
            ),
            (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qY"}]}"#.to_owned(), "wrong length"),
            (r#"{"keys":[{"kty":"OKP","crv":"Ed25519"}]}"#.to_owned(), "lacks one of the members"),
        ] {
            let what = parse(&text).err().unwrap().0;
            assert!(what.contains(said), "{text}: {what}");
            assert!(!what.contains("hunter2") && !what.contains(secret), "{what}");
        }
    }
}
