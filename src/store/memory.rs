//! The session in memory, fenced by a generation: whoever clears names the one that it means.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::SecretString;

use crate::session::{Renewable, Session};

/// Is told of every new generation, so that a reader on another thread sees a change without asking.
pub trait Freshness: Send + Sync {
    /// The session is another one from now on.
    fn moved(&self, generation: u32);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Freshness for Unwatched {
    fn moved(&self, _generation: u32) {}
}

/// What the store held at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Changes whenever the session does.
    pub generation: u32,
    /// The session, if there is one.
    pub session: Option<Arc<Session>>,
}

/// One account's session.
pub struct MemoryStore {
    slot: Mutex<Snapshot>,
    freshness: Arc<dyn Freshness>,
}

impl MemoryStore {
    /// An empty store. Its generation is 0.
    pub fn new(freshness: Arc<dyn Freshness>) -> Self {
        Self { slot: Mutex::new(Snapshot { generation: 0, session: None }), freshness }
    }

    /// What is there now.
    pub fn load(&self) -> Snapshot {
        self.slot.lock().clone()
    }

    /// Keeps what a renewal brought. Renewals come one at a time, so there is no other to lose against.
    /// Answers its generation.
    pub fn save(&self, session: Session) -> u32 {
        let mut slot = self.slot.lock();
        slot.session = Some(Arc::new(session));
        self.advance(&mut slot);
        slot.generation
    }

    /// Drops the refresh token if it is still the one of `used`.
    pub fn drop_refresh(&self, used: Option<&Session>) {
        let mut slot = self.slot.lock();
        let (Some(session), Some(used)) = (&slot.session, used) else { return };
        if session.shares_refresh_token(used) {
            let without = Session { renewable: Renewable::No, ..Session::clone(session) };
            slot.session = Some(Arc::new(without));
        }
    }

    /// Drops the access token if it is `token`, or whichever it is. Answers what was dropped.
    pub fn drop_access(&self, token: Option<&str>) -> Option<SecretString> {
        let mut slot = self.slot.lock();
        let session = slot.session.as_ref()?;
        if token.is_some_and(|token| !session.holds(token)) {
            return None;
        }
        let mut without = Session::clone(session);
        let dropped = without.access.take()?;
        slot.session = Some(Arc::new(without));
        self.advance(&mut slot);
        Some(dropped.secret.clone())
    }

    /// Forgets the session if it is the one that is meant. Answers whether it was.
    pub fn clear(&self, is_meant: impl FnOnce(&Session) -> bool) -> bool {
        let mut slot = self.slot.lock();
        if !slot.session.as_deref().is_some_and(is_meant) {
            return false;
        }
        slot.session = None;
        self.advance(&mut slot);
        true
    }

    /// Under the lock, so that watchers see generations in order. Kept to 31 bits: a JavaScript engine stores those as
    /// small integers, and -1 is free to mean "never".
    fn advance(&self, slot: &mut Snapshot) {
        slot.generation = slot.generation.wrapping_add(1) & (u32::MAX >> 1);
        self.freshness.moved(slot.generation);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryStore").field(&self.load()).finish()
    }
}
