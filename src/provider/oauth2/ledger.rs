//! The provisioned refresh tokens that a process has exchanged. A manager that is closed forgets its session, and the next one of the
//! same account would send the spent token again.

use std::collections::HashSet;
use std::fmt;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::identity::Key;

/// Hashes, so that it keeps no secret alive.
#[derive(Default)]
pub struct Ledger(Mutex<HashSet<[u8; 32]>>);

impl Ledger {
    pub(super) fn note(&self, account: &Key, token: &SecretString) {
        self.0.lock().insert(entry(account, token));
    }

    pub(super) fn has(&self, account: &Key, token: &SecretString) -> bool {
        self.0.lock().contains(&entry(account, token))
    }
}

/// A key is always as long as any other.
fn entry(account: &Key, token: &SecretString) -> [u8; 32] {
    Sha256::new().chain_update(account.as_str()).chain_update(token.expose_secret()).finalize().into()
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("spent", &self.0.lock().len()).finish()
    }
}
