//! Finds the session that another manager of this process has for the same identity: one process, one session.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::Shared;
use crate::provider::Provider;

/// Below this it is not worth looking for sessions that are gone.
const FEW: usize = 64;

/// The sessions of a process, by identity. It keeps none of them alive.
#[derive(Default)]
pub struct Registry {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    sessions: HashMap<Mark, Weak<Shared>>,
    /// At this size those who are gone are looked for.
    sweep_at: usize,
}

/// A hash of everything by which sessions are told apart.
type Mark = [u8; 16];

impl Registry {
    /// The session of `provider` where `context` says the same: where it is kept, and whatever else of the options is as much a
    /// part of the session as its identity.
    pub fn shared(&self, provider: Arc<dyn Provider>, context: &str) -> Arc<Shared> {
        let mark = mark(&*provider, context);
        let mut known = self.known.lock();
        if let Some(shared) = known.sessions.get(&mark).and_then(Weak::upgrade) {
            // In memory the whole credential is compared, and not its hash.
            let same = same(shared.stay().provider.credential(), provider.credential());
            return if same { shared } else { Shared::of(provider) };
        }
        let shared = Shared::of(provider);
        known.keep(mark, &shared);
        shared
    }
}

impl Known {
    fn keep(&mut self, mark: Mark, shared: &Arc<Shared>) {
        if self.sessions.len() >= self.sweep_at.max(FEW) {
            self.sessions.retain(|_, shared| shared.strong_count() > 0);
            self.sweep_at = self.sessions.len() * 2;
        }
        self.sessions.insert(mark, Arc::downgrade(shared));
    }
}

/// Each part with its length before it: no two sets of parts read the same.
fn mark(provider: &dyn Provider, context: &str) -> Mark {
    let mut sum = Sha256::new();
    let key = provider.identity().key();
    for part in [key.as_str(), provider.credential().expose_secret(), &provider.reading(), context] {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    let mut mark = Mark::default();
    mark.copy_from_slice(&sum.finalize()[..16]);
    mark
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("sessions", &self.known.lock().sessions.len()).finish()
    }
}
