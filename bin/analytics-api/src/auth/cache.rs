//! Tokens that a worker has verified before. Verifying a signature takes a hundred times as long as finding one here.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use sha2::{Digest as _, Sha256};

use super::claims::Accepted;
use super::jwt::Keys;

/// Tokens kept at most. Only good ones are, so strangers cannot fill it.
const CAPACITY: usize = 1024;

/// A token's digest: no token is kept.
pub(super) type Print = [u8; 32];

/// Good tokens, by their digests, and the keys that they were verified with.
#[derive(Default)]
pub(super) struct Cache {
    keys: Weak<Keys>,
    accepted: HashMap<Print, Accepted>,
}

impl Cache {
    /// What a token is known by.
    pub(super) fn print(token: &str) -> Print {
        Sha256::digest(token).into()
    }

    /// What was found out about a token, by the same keys. Its time is to be looked at again.
    pub(super) fn get(&mut self, print: &Print, keys: &Arc<Keys>) -> Option<&Accepted> {
        // The weak pointer keeps the place of earlier keys, so that no later ones can lie there.
        if !std::ptr::eq(self.keys.as_ptr(), Arc::as_ptr(keys)) {
            self.accepted.clear();
            self.keys = Arc::downgrade(keys);
        }
        self.accepted.get(print)
    }

    /// Keeps what was found out by the keys of the last [`Cache::get`].
    pub(super) fn keep(&mut self, print: Print, accepted: Accepted) {
        if self.accepted.len() >= CAPACITY {
            self.accepted.clear();
        }
        self.accepted.insert(print, accepted);
    }
}
