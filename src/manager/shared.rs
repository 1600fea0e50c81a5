//! What all managers of one identity in a process have in common (`life-cycle.md`, "Who shares what").

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::cooling::Cooling;
use super::fuse::Fuse;
use super::keeping::Keeping;
use super::scopes::Refused;
use super::{Look, Outcome, State};
use crate::clock::Moment;
use crate::flight::Flights;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::store::memory::{Freshness, MemoryStore};

/// A session, its flights and its failures.
pub struct Shared {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) memory: MemoryStore,
    pub(super) flights: Arc<Flights<Outcome>>,
    annex: OnceLock<Box<Annex>>,
    hands: AtomicU32,
}

/// What most of a hundred thousand sessions never need: made when it is.
#[derive(Default)]
pub(super) struct Annex {
    pub(super) keeping: Keeping,
    pub(super) cooling: Cooling,
    pub(super) fuse: Fuse,
    pub(super) refused: Refused,
}

impl Shared {
    /// That of a provider without a session. Whoever does not know others of its kind keeps it to itself.
    pub fn of(provider: Arc<dyn Provider>) -> Arc<Self> {
        let (memory, flights) = (MemoryStore::default(), Arc::default());
        Arc::new(Self { provider, memory, flights, annex: OnceLock::new(), hands: AtomicU32::new(0) })
    }

    /// What there is, by this policy and this clock; at once and without I/O.
    pub fn look(&self, policy: &Policy, now: Moment) -> Look {
        let snapshot = self.memory.load();
        let generation = snapshot.generation;
        let Some(access) = snapshot.session.as_ref().and_then(|session| session.access.as_ref()) else {
            return Look { generation, ..Look::default() };
        };
        let fresh_for = policy.fresh_for(&access.life, now);
        let due_in = policy.due_in(&access.life, now);
        let is_soft = due_in.is_zero() && !fresh_for.is_zero();
        Look {
            generation,
            token: Some(access.secret.clone()),
            fresh_for,
            look_in: if is_soft { fresh_for } else { due_in.min(fresh_for) },
            due: is_soft && self.pause_left(policy, now).is_zero() && self.flights.underway().is_none(),
        }
    }

    /// How long until the session should be renewed, whether anybody asks or not; `None` where there is nothing to renew.
    pub(super) fn due_in(&self, policy: &Policy, now: Moment) -> Option<Duration> {
        let session = self.memory.load().session?;
        let due_in = policy.due_in(&session.access.as_ref()?.life, now);
        Some(due_in.max(self.pause_left(policy, now)))
    }

    /// Is it to be renewed, whether anybody asks or not; and how long before callers would have to wait it is. `None` where there is
    /// nothing to renew.
    pub(crate) fn due(&self, policy: &Policy, now: Moment) -> Option<(bool, Duration)> {
        let session = self.memory.load().session?;
        let life = &session.access.as_ref()?.life;
        let notice = policy.soft_margin(life).saturating_sub(policy.hard_margin(life));
        let due = policy.due_in(life, now).is_zero() && self.pause_left(policy, now).is_zero();
        Some((due && self.flights.underway().is_none(), notice))
    }

    /// How long nobody renews aside, because of what has happened.
    fn pause_left(&self, policy: &Policy, now: Moment) -> Duration {
        let Some(annex) = self.annex_so_far() else { return Duration::ZERO };
        annex.cooling.pause_left(now).max(annex.fuse.left(&policy.fuse, now))
    }

    /// The state of its token.
    pub fn state(&self, policy: &Policy, now: Moment) -> State {
        let session = self.memory.load().session;
        let access = session.as_ref().and_then(|session| session.access.as_ref());
        State::of(access.map(|access| policy.zone(&access.life, now)))
    }

    /// Has `watcher` told of every change of the session, until [`Shared::unwatch`] or its end.
    pub fn watch(&self, watcher: &Arc<dyn Freshness>) {
        self.memory.watch(watcher);
    }

    /// Tells `watcher` no more.
    pub fn unwatch(&self, watcher: &Arc<dyn Freshness>) {
        self.memory.unwatch(watcher);
    }

    /// Whose it is.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// Is a manager at it, or a flight that one has started? Whoever only keeps it for later does not count.
    pub fn is_held(&self) -> bool {
        self.hands.load(Ordering::Acquire) > 0
    }

    /// Somebody is at it, until as many have said [`Shared::let_go`].
    pub(crate) fn hold(&self) {
        self.hands.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn let_go(&self) {
        self.hands.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn annex(&self) -> &Annex {
        self.annex.get_or_init(Box::default)
    }

    /// Only if there is anything in it.
    pub(super) fn annex_so_far(&self) -> Option<&Annex> {
        self.annex.get().map(Box::as_ref)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, host) = (self.provider.account(), self.provider.host());
        let mut fields = f.debug_struct("Shared");
        fields.field("account", &account).field("host", &host).field("memory", &self.memory).finish_non_exhaustive()
    }
}
