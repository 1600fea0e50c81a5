//! A session while somebody is at it: its tokens at hand, its flights, its failures.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::cooling::Cooling;
use super::fuse::Fuse;
use super::keeping::Keeping;
use super::scopes::Refused;
use super::{Look, Outcome, Shared};
use crate::clock::Moment;
use crate::flight::Flights;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::session::Life;
use crate::store::memory::{MemoryStore, Snapshot};

/// What managers work on.
pub struct Awake {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) memory: MemoryStore,
    pub(super) flights: Arc<Flights<Outcome>>,
    pub(super) annex: OnceLock<Box<Annex>>,
}

/// What most of a hundred thousand sessions never need: made when it is.
#[derive(Default)]
pub(super) struct Annex {
    pub(super) keeping: Keeping,
    pub(super) cooling: Cooling,
    pub(super) fuse: Fuse,
    pub(super) refused: Refused,
}

impl Annex {
    /// How long nobody renews aside, because of what has happened.
    pub(super) fn pause_left(annex: Option<&Self>, policy: &Policy, now: Moment) -> Duration {
        annex.map_or(Duration::ZERO, |annex| annex.cooling.pause_left(now).max(annex.fuse.left(&policy.fuse, now)))
    }
}

impl Awake {
    pub(super) fn new(provider: Arc<dyn Provider>, memory: MemoryStore, annex: Option<Box<Annex>>) -> Self {
        let annex = annex.map_or_else(OnceLock::new, OnceLock::from);
        Self { provider, memory, flights: Arc::default(), annex }
    }

    /// What there is, by this policy and this clock; at once and without I/O.
    pub fn look(&self, policy: &Policy, now: Moment) -> Look {
        let Snapshot { generation, session } = self.memory.load();
        let access = session.as_ref().and_then(|session| session.access.as_ref());
        let busy = self.flights.underway().is_some() || !self.pause_left(policy, now).is_zero();
        let look = Look::at(access.map(|access| &access.life), policy, now, busy);
        Look { generation, token: access.map(|access| access.secret.clone()), ..look }
    }

    /// How long until the session should be renewed, whether anybody asks or not; `None` where there is nothing to renew.
    pub(super) fn due_in(&self, policy: &Policy, now: Moment) -> Option<Duration> {
        Some(policy.due_in(&self.life()?, now).max(self.pause_left(policy, now)))
    }

    pub(super) fn pause_left(&self, policy: &Policy, now: Moment) -> Duration {
        Annex::pause_left(self.annex_so_far(), policy, now)
    }

    pub(super) fn life(&self) -> Option<Life> {
        let session = self.memory.load().session?;
        session.access.as_ref().map(|access| access.life)
    }

    pub(super) fn annex(&self) -> &Annex {
        self.annex.get_or_init(Box::default)
    }

    /// Only if there is anything in it.
    pub(super) fn annex_so_far(&self) -> Option<&Annex> {
        self.annex.get().map(Box::as_ref)
    }
}

/// Keeps a session awake for as long as it is held.
pub struct Stay {
    shared: Arc<Shared>,
    /// Until the end.
    awake: Option<Arc<Awake>>,
}

impl Stay {
    pub(super) fn new(shared: Arc<Shared>, awake: Arc<Awake>) -> Self {
        Self { shared, awake: Some(awake) }
    }
}

impl Deref for Stay {
    type Target = Awake;

    fn deref(&self) -> &Awake {
        self.awake.as_ref().expect("it is let go of in drop alone")
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.awake = None;
        // Folding what goes with this stay would be for nobody.
        self.shared.leave(Arc::strong_count(&self.shared) > 1);
    }
}

impl fmt::Debug for Awake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, host) = (self.provider.account(), self.provider.host());
        let mut fields = f.debug_struct("Awake");
        fields.field("account", &account).field("host", &host).field("memory", &self.memory).finish_non_exhaustive()
    }
}

impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stay").field(&**self).finish()
    }
}
