//! The session in memory, fenced by a generation: whoever clears names the one that it means.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock::Moment;
use crate::session::{AccessToken, Renewable, Session};
use crate::sync::Mutex;

/// Is told of every new generation, so that a reader on another thread sees a change without asking.
pub trait Freshness: Send + Sync {
    /// The session is another one from now on.
    fn moved(&self, generation: u32);
}

/// What the store held at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Changes whenever the session does.
    pub generation: u32,
    /// The session, if there is one.
    pub session: Option<Arc<Session>>,
}

/// One account's session. Without one its generation is 0.
#[derive(Default)]
pub struct MemoryStore {
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    now: Snapshot,
    watchers: Watchers,
}

/// Who is told of a session, wherever that is kept. When it is gone, they hear that too: who holds a token of it has to ask again.
#[derive(Default)]
pub struct Watchers(Vec<Arc<dyn Freshness>>);

impl Watchers {
    /// Is it nobody?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Has `watcher` told of the generation that there is, and of every other.
    pub fn join(&mut self, watcher: &Arc<dyn Freshness>, generation: u32) {
        if generation != 0 {
            watcher.moved(generation);
        }
        self.0.push(Arc::clone(watcher));
    }

    /// Tells `watcher` no more.
    pub fn leave(&mut self, watcher: &Arc<dyn Freshness>) {
        if let Some(place) = self.0.iter().position(|known| Arc::ptr_eq(known, watcher)) {
            self.0.swap_remove(place);
        }
    }

    fn tell(&self, generation: u32) {
        self.0.iter().for_each(|watcher| watcher.moved(generation));
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.tell(0);
    }
}

/// The last generation that any session of this process got. One number for all: a watcher who goes from one session to another
/// must never take the new one for the old.
static LAST: AtomicU32 = AtomicU32::new(0);

impl MemoryStore {
    /// A store with that in it, of which these have been told.
    pub fn of(now: Snapshot, watchers: Watchers) -> Self {
        Self { slot: Mutex::new(Slot { now, watchers }) }
    }

    /// What was in it, and who is told of it.
    pub fn into_parts(self) -> (Snapshot, Watchers) {
        let Slot { now, watchers } = self.slot.into_inner();
        (now, watchers)
    }

    /// What is there now.
    pub fn load(&self) -> Snapshot {
        self.slot.lock().now.clone()
    }

    /// Has `watcher` told of what is there and of every change.
    pub fn watch(&self, watcher: &Arc<dyn Freshness>) {
        let Slot { now, watchers } = &mut *self.slot.lock();
        watchers.join(watcher, now.generation);
    }

    /// Tells `watcher` no more.
    pub fn unwatch(&self, watcher: &Arc<dyn Freshness>) {
        self.slot.lock().watchers.leave(watcher);
    }

    /// Keeps what a renewal brought. Renewals come one at a time, so there is no other to lose against.
    /// Answers its generation.
    pub fn save(&self, session: Session) -> u32 {
        let mut slot = self.slot.lock();
        slot.now.session = Some(Arc::new(session));
        self.advance(&mut slot);
        slot.now.generation
    }

    /// Keeps in mind how old the token is by whichever clock says more. It is another session then: whoever has the token at hand
    /// reckons with the time that it was given with it.
    pub fn age(&self, now: Moment) {
        let mut slot = self.slot.lock();
        let Some((session, access)) = slot.now.session.as_ref().and_then(|it| Some((it, it.access.as_ref()?))) else {
            return;
        };
        let Some(life) = access.life.seen_at(now) else { return };
        let access = Some(Arc::new(AccessToken { secret: access.secret.clone(), life }));
        slot.now.session = Some(Arc::new(Session { access, ..Session::clone(session) }));
        self.advance(&mut slot);
    }

    /// Drops the refresh token if it is still the one of `used`.
    pub fn drop_refresh(&self, used: Option<&Session>) {
        let mut slot = self.slot.lock();
        let (Some(session), Some(used)) = (&slot.now.session, used) else { return };
        if session.shares_refresh_token(used) {
            let without = Session { renewable: Renewable::No, ..Session::clone(session) };
            slot.now.session = Some(Arc::new(without));
        }
    }

    /// Drops the access token if `token` is of this session, or whichever it is, and with it all that was handed out for
    /// narrower audiences. Answers what was dropped.
    pub fn drop_access(&self, token: Option<&str>) -> Option<Arc<AccessToken>> {
        let mut slot = self.slot.lock();
        let session = slot.now.session.as_ref()?;
        if token.is_some_and(|token| !session.holds(token) && !session.holds_scoped(token)) {
            return None;
        }
        let mut without = Session::clone(session);
        without.scoped.clear();
        let dropped = without.access.take()?;
        slot.now.session = Some(Arc::new(without));
        self.advance(&mut slot);
        Some(dropped)
    }

    /// Forgets the session if it is the one that is meant. Answers whether it was.
    pub fn clear(&self, is_meant: impl FnOnce(&Session) -> bool) -> bool {
        let mut slot = self.slot.lock();
        if !slot.now.session.as_deref().is_some_and(is_meant) {
            return false;
        }
        slot.now.session = None;
        self.advance(&mut slot);
        true
    }

    /// Under the lock, so that watchers see generations in order. Kept to 31 bits: a JavaScript engine stores those as
    /// small integers, and -1 is free to mean "never".
    fn advance(&self, slot: &mut Slot) {
        slot.now.generation = loop {
            // 0 says that there has been nothing yet.
            match LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1) & (u32::MAX >> 1) {
                0 => {}
                next => break next,
            }
        };
        slot.watchers.tell(slot.now.generation);
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watchers").field(&self.0.len()).finish()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryStore").field(&self.load()).finish()
    }
}
