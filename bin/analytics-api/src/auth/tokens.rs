//! Bearer tokens, of which only names and digests are known.
//!
//! A digest without salt or stretching is enough for tokens that a machine has drawn at random, and for no others:
//! docs/security.md says how to make one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use super::Caller;
use super::watched::Malformed;

/// SHA-256 of no bytes: what a command line makes whose token has got lost on the way.
const DIGEST_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Names that a line of the log has.
const NAMED: usize = 20;

/// Tokens by their digests. A name may have several, as while one takes another's place.
pub(crate) struct TokenSet(Vec<Entry>);

struct Entry {
    name: Caller,
    digest: Words,
}

/// A digest as it is compared: byte by byte takes ten times as long.
type Words = [u64; 4];

impl TokenSet {
    /// The tokens of a text: a line each, or an entry between commas, with a name and the digest in hexadecimal.
    pub(super) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut entries = Vec::new();
        let mut digests = BTreeSet::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split_once('#').map_or(line, |(entry, _)| entry);
            for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                // The entry is not repeated: it may hold the token itself, by mistake.
                let malformed = |what: &str| Malformed(format!("line {number} {what}"));
                let mut parts = entry.split_whitespace();
                let (Some(name), Some(digest), None) = (parts.next(), parts.next(), parts.next()) else {
                    return Err(malformed("is not a name, a blank and the SHA-256 digest of a token"));
                };
                if !is_name(name) {
                    return Err(malformed(
                        "begins with a name that is not 1 to 64 letters, digits, dots, hyphens and underscores",
                    ));
                }
                let bytes = from_hexadecimal(digest).ok_or_else(|| {
                    malformed("has no SHA-256 digest behind its name: that is 64 hexadecimal digits")
                })?;
                if digest.eq_ignore_ascii_case(DIGEST_OF_NOTHING) {
                    return Err(malformed(
                        "has the digest of an empty token: make the token first, then its digest",
                    ));
                }
                if !digests.insert(bytes) {
                    return Err(malformed(
                        "has the digest of an earlier one: give each caller a token of its own",
                    ));
                }
                entries.push(Entry { name: Caller(Arc::from(name)), digest: words(&bytes) });
            }
        }
        if entries.is_empty() {
            return Err(Malformed("has no token in it, so that nobody could call".to_owned()));
        }
        Ok(Self(entries))
    }

    /// Who has this token. Takes as long for any token of its length, whether it is known, and whose it is.
    pub(super) fn find(&self, token: &[u8]) -> Option<Caller> {
        let digest = words(&Sha256::digest(token).into());
        let mut found = u64::MAX;
        for (index, entry) in (0_u64..).zip(&self.0) {
            let difference =
                entry.digest.iter().zip(&digest).fold(0, |bits, (own, other)| bits | (own ^ other));
            found.conditional_assign(&index, difference.ct_eq(&0));
        }
        usize::try_from(found).ok().and_then(|index| self.0.get(index)).map(|entry| entry.name.clone())
    }
}

impl fmt::Display for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: BTreeSet<&str> = self.0.iter().map(|entry| entry.name.name()).collect();
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ") + &more;
        match self.0.len() {
            1 => write!(f, "1 token, of {names}"),
            count => write!(f, "{count} tokens, of {names}"),
        }
    }
}

fn words(digest: &[u8; 32]) -> Words {
    let mut words = Words::default();
    for (word, bytes) in words.iter_mut().zip(digest.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

fn is_name(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(legal)
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf %s panel-token | sha256sum`, and the same for `till-token`.
    const PANEL: &str = "d33111db2141db8481e58e464987fa96644dc2f6f69653f5dbb45d48630cca1d";
    const TILL: &str = "d5635165fdd2e021ed1bec9d98ae0a77da8da87eaf7e53c829535420808c5fda";

    fn name(found: Option<&Caller>) -> Option<&str> {
        found.map(Caller::name)
    }

    #[test]
    fn a_token_is_its_callers_and_no_other_text_is() {
        let text = format!("# who may in\r\n\npanel {PANEL} # the panel\n  till\t{}\n", TILL.to_uppercase());
        let tokens = TokenSet::parse(&text).unwrap();
        assert_eq!(tokens.to_string(), "2 tokens, of panel, till");
        assert_eq!(name(tokens.find(b"panel-token").as_ref()), Some("panel"));
        assert_eq!(name(tokens.find(b"till-token").as_ref()), Some("till"));
        for other in ["", "panel", "panel-token ", "Panel-token", "panel-toke", PANEL] {
            assert_eq!(tokens.find(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn of_many_names_some_are_said() {
        let line = |n: usize| format!("n{n:02} {n:064x}\n");
        let tokens = TokenSet::parse(&(0..25).map(line).collect::<String>()).unwrap();
        assert!(tokens.to_string().ends_with("n18, n19 and 5 more"), "{tokens}");
    }

    #[test]
    fn a_variable_has_commas_for_lines() {
        let tokens = TokenSet::parse(&format!("panel {PANEL}, panel {TILL},")).unwrap();
        assert_eq!(tokens.to_string(), "2 tokens, of panel");
        assert_eq!(name(tokens.find(b"till-token").as_ref()), Some("panel"));
    }

    #[test]
    fn what_is_malformed_is_named_and_not_repeated() {
        let long = "n".repeat(65);
        for (text, said) in [
            (String::new(), "has no token in it"),
            ("# panel\n\n".to_owned(), "has no token in it"),
            (format!("{PANEL}\n"), "line 1 is not a name, a blank and the SHA-256 digest"),
            (format!("\npanel {PANEL} -\n"), "line 2 is not a name"),
            ("panel hunter2".to_owned(), "line 1 has no SHA-256 digest behind its name"),
            (format!("panel {}g", &PANEL[1..]), "no SHA-256 digest"),
            (format!("panel {}\u{e9}", &PANEL[2..]), "no SHA-256 digest"),
            (format!("{long} {PANEL}"), "a name that is not 1 to 64 letters"),
            (format!("pan\u{e9}l {PANEL}"), "a name that is not 1 to 64 letters"),
            (format!("panel {DIGEST_OF_NOTHING}"), "the digest of an empty token"),
            (format!("panel {PANEL}\ntill {PANEL}"), "line 2 has the digest of an earlier one"),
        ] {
            let Err(Malformed(what)) = TokenSet::parse(&text) else { panic!("{text}") };
            assert!(what.contains(said), "{text}: {what}");
            assert!(!what.contains("hunter2") && !what.contains(PANEL), "{what}");
        }
    }
}
