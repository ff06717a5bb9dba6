//! Who may in: callers with JSON Web Tokens. `jwt/tokens.json` was made by `jwt/make.py`, which signs with PyJWT and,
//! where that refuses to, by hand.

use std::fs;
use std::path::Path;

use rstest::rstest;
use sandbox::programs::Api;
use serde_json::Value;
use tempfile::TempDir;

use crate::auth::{ask, status, until};
use crate::support::{NOW, log_with, opened, start_with};

const SUMMARY: &str = "/api/admin/analytics/summary";

fn fixture() -> Value {
    serde_json::from_str(include_str!("jwt/tokens.json")).unwrap()
}

fn token(name: &str) -> String {
    fixture()["tokens"][name].as_str().unwrap().to_owned()
}

/// Writes one of the key sets where the program looks for it.
fn write_keys(file: &Path, name: &str) {
    let new = file.with_extension("new");
    fs::write(&new, fixture()[name].to_string()).unwrap();
    fs::rename(new, file).unwrap();
}

async fn start_with_keys(hint: &str) -> (Api, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    write_keys(&file, "keys");
    let settings = [
        ("SERVER__NOW", NOW),
        ("AUTH__MODE", "jwt"),
        ("AUTH__JWKS_FILE", file.to_str().unwrap()),
        ("AUTH__JWT_ISSUER", "https://id.example.com/"),
        ("AUTH__JWT_AUDIENCE", "restaurant-analytics"),
        ("AUTH__JWT_REQUIRED_CLAIM", "roles=analytics"),
    ];
    (start_with(&opened(hint).await, &settings), folder)
}

/// What is expected of each token: 200, or 401 and what the challenge says, or 403.
const JUDGED: [(&str, u16, &str); 47] = [
    ("rs256", 200, ""),
    ("es256", 200, ""),
    ("eddsa", 200, ""),
    ("ed25519", 200, ""),
    ("audience_in_a_list", 200, ""),
    ("just_expired", 200, ""),
    ("expiry_with_a_fraction", 200, ""),
    ("almost_valid", 200, ""),
    ("without_subject", 200, ""),
    ("strange_subject", 200, ""),
    ("expired", 401, "expired"),
    ("early", 401, "not valid yet"),
    ("without_expiry", 401, "malformed"),
    ("expiry_in_words", 401, "malformed"),
    ("issuer", 401, "issuer or audience"),
    ("without_issuer", 401, "issuer or audience"),
    ("audience", 401, "issuer or audience"),
    ("without_audience", 401, "issuer or audience"),
    ("role", 403, "insufficient_scope"),
    ("without_role", 403, "insufficient_scope"),
    ("unknown_kid", 401, "not accepted"),
    ("without_kid", 401, "not accepted"),
    ("kid_of_another_key", 401, "not accepted"),
    ("kid_is_a_path", 401, "not accepted"),
    ("strange_key", 401, "not accepted"),
    ("embedded_jwk", 401, "not accepted"),
    ("embedded_jku", 401, "not accepted"),
    ("hs256_with_the_public_pem", 401, "not accepted"),
    ("hs256_with_the_public_bytes", 401, "not accepted"),
    ("hs256_without_key", 401, "not accepted"),
    ("none", 401, "not accepted"),
    ("none_spelt_otherwise", 401, "not accepted"),
    ("algorithm_twice", 401, "malformed"),
    ("without_algorithm", 401, "malformed"),
    ("rs512", 401, "not accepted"),
    ("ps256", 401, "not accepted"),
    ("es256_in_der", 401, "not accepted"),
    ("es256_of_zeros", 401, "not accepted"),
    ("without_signature", 401, "not accepted"),
    ("short_signature", 401, "not accepted"),
    ("padded_signature", 401, "not accepted"),
    ("other_claims", 401, "not accepted"),
    ("critical_extension", 401, "not accepted"),
    ("two_parts", 401, "malformed"),
    ("not_json", 401, "malformed"),
    ("long", 401, "malformed"),
    ("shared", 401, "not accepted"),
];

#[tokio::test]
async fn each_token_is_judged_by_its_key_and_its_claims() {
    let (api, _folder) = start_with_keys("jwt").await;
    // Twice: the second time from what a worker remembers.
    for (name, expected, said) in JUDGED.into_iter().chain(JUDGED) {
        let token = token(name);
        let response = ask(&api, SUMMARY, &[format!("Bearer {token}").as_bytes()]).await;
        assert_eq!(response.status(), expected, "{name}");
        if expected != 200 {
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.ends_with(&format!("\"{said}\"")), "{name}: {challenge}");
            let text = response.text().await.unwrap();
            let code = if expected == 403 { "forbidden" } else { "unauthorized" };
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["code"], code, "{name}");
            assert!(!text.contains(&token), "{name}: {text}");
        }
    }
    for name in ["four_parts", "encrypted", "empty_parts", "claims_are_a_list"] {
        assert_eq!(status(&api, &token(name)).await, 401, "{name}");
    }
    let log = log_with(&api, "caller=rosa?INFO?forged=1?").await;
    assert!(log.contains("holds 3 keys: RS256 \"r\", ES256 \"e\", EdDSA \"d\""), "{log}");
    assert!(log.contains("caller=rosa") && log.contains("caller=(unnamed)"), "{log}");
    // Whoever is known and may not in is named too.
    let forbidden: Vec<&str> = log.lines().filter(|line| line.contains("status=403")).collect();
    assert!(!forbidden.is_empty() && forbidden.iter().all(|line| line.contains("caller=")), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("INFO forged")), "{log}");
    for (name, token) in fixture()["tokens"].as_object().unwrap() {
        let mut parts = token.as_str().unwrap().split('.').filter(|part| part.len() > 10);
        assert!(!parts.any(|part| log.contains(part)), "{name}: {log}");
    }
}

#[tokio::test]
async fn keys_change_with_their_file_and_old_tokens_are_forgotten() {
    let (api, folder) = start_with_keys("jwks").await;
    let file = folder.path().join("keys.json");
    assert_eq!(
        (status(&api, &token("eddsa")).await, status(&api, &token("of_the_later_key")).await),
        (200, 401)
    );
    write_keys(&file, "later_keys");
    until(&api, &token("of_the_later_key"), 200).await;
    assert_eq!(status(&api, &token("eddsa")).await, 401);
    fs::write(&file, "{").unwrap();
    log_with(&api, "line 1 is not what a JSON Web Key Set has there").await;
    assert_eq!(status(&api, &token("of_the_later_key")).await, 200);
}

#[rstest]
#[case::plain("shared", &[], 200)]
#[case::any_kid("shared_with_kid", &[], 200)]
#[case::for_somebody_while_we_have_no_name("shared_for_somebody", &[], 401)]
#[case::for_us("shared_for_somebody", &[("AUTH__JWT_AUDIENCE", "restaurant-analytics")], 200)]
#[case::for_nobody("shared", &[("AUTH__JWT_AUDIENCE", "restaurant-analytics")], 401)]
#[case::another_hash("shared_hs384", &[], 401)]
#[case::another_secret("shared_other_secret", &[], 401)]
#[case::another_key("eddsa", &[], 401)]
#[case::scope("shared_scope", &[("AUTH__JWT_REQUIRED_CLAIM", "scope=analytics")], 200)]
#[case::another_scope("shared_scope_lookalike", &[("AUTH__JWT_REQUIRED_CLAIM", "scope=analytics")], 403)]
#[case::inside("shared_nested", &[("AUTH__JWT_REQUIRED_CLAIM", "realm_access.roles=analytics")], 200)]
#[case::not_inside("shared", &[("AUTH__JWT_REQUIRED_CLAIM", "realm_access.roles=analytics")], 403)]
#[tokio::test]
async fn a_secret_may_be_shared(#[case] name: &str, #[case] more: &[(&str, &str)], #[case] expected: u16) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, format!("{}\n", fixture()["secret"].as_str().unwrap())).unwrap();
    let own =
        [("SERVER__NOW", NOW), ("AUTH__MODE", "jwt"), ("AUTH__JWT_SECRET_FILE", file.to_str().unwrap())];
    let api = start_with(&opened("shared").await, &[&own[..], more].concat());
    assert_eq!(status(&api, &token(name)).await, expected, "{}", api.log());
}
