//! The refresh tokens that a process is sending at the moment, and the provisioned ones that it has exchanged. A manager that is
//! closed forgets its session, and the next one of the same account would send the spent token again.
//!
//! A claim lasts as long as the renewal that made it, repetitions included. It does not outlast that: a lost reply may mean that
//! the token is spent, but then nobody has what came of it, and whoever asks next loses nothing by another try. A claim that
//! waited for its maker to come back would keep all others out for good if that maker never does.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::provider::{Claim, Unclaimed};

/// Hashes, so that it keeps no secret alive.
#[derive(Default)]
pub struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    claimed: HashSet<Entry>,
    spent: HashSet<Entry>,
}

/// A token and the server that it is for: whatever else it is used for, it is spent once.
type Entry = [u8; 32];

impl Ledger {
    pub(super) fn claim(self: &Arc<Self>, server: &str, token: &SecretString) -> Result<Claim, Unclaimed> {
        let entry = entry(server, token);
        let mut pages = self.0.lock();
        if pages.spent.contains(&entry) {
            return Err(Unclaimed::Spent);
        }
        if !pages.claimed.insert(entry) {
            return Err(Unclaimed::Busy);
        }
        Ok(Box::new(Held { ledger: Arc::clone(self), entry }))
    }

    pub(super) fn note(&self, server: &str, token: &SecretString) {
        self.0.lock().spent.insert(entry(server, token));
    }

    pub(super) fn has(&self, server: &str, token: &SecretString) -> bool {
        self.0.lock().spent.contains(&entry(server, token))
    }
}

/// Gives the claim back, in whatever way it goes.
struct Held {
    ledger: Arc<Ledger>,
    entry: Entry,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.ledger.0.lock().claimed.remove(&self.entry);
    }
}

/// Each part with its length before it: no two pairs read the same.
fn entry(server: &str, token: &SecretString) -> Entry {
    let mut sum = Sha256::new();
    for part in [server, token.expose_secret()] {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    sum.finalize().into()
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("spent", &self.0.lock().spent.len()).finish_non_exhaustive()
    }
}
