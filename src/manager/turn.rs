//! A flight's turn at the session: among the accounts of a pool, and among the processes that share the store.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use tokio::sync::OwnedSemaphorePermit;

use super::found::Found;
use super::trouble::Work;
use super::{Demand, Inner};
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::provider::{Provider, Step};
use crate::session::Session;
use crate::store::{Lease, NoLock, Store};

/// What a flight wants, and what it knew when it began to wait for its turn.
pub(super) struct Wanted<'a> {
    pub(super) demand: Demand,
    /// What lay in the store.
    pub(super) looked: &'a Found,
    /// The generation that is not enough.
    pub(super) than: Option<u64>,
}

/// What waiting came to.
pub(super) enum Turn {
    /// It is ours. `None`: there is no lock to be had, and the flight goes ahead without.
    Ours(Option<Lease>),
    /// Somebody else has saved a session that will do, under this generation.
    Theirs(Session, Option<u64>),
}

impl Inner {
    /// Waits for our turn among the accounts of a pool.
    pub(super) async fn turn_in_pool(&self) -> Option<OwnedSemaphorePermit> {
        // It fails only when it was closed, and nobody closes it.
        Arc::clone(self.parts.turns.as_ref()?).acquire_owned().await.ok()
    }

    /// Waits for our turn among the processes that share the store, or for a session of theirs: reading needs no lock.
    pub(super) async fn turn_at(
        &self,
        store: &dyn Store,
        provider: &dyn Provider,
        wanted: &Wanted<'_>,
    ) -> Result<Turn, Failure> {
        let patience = self.longest_turn();
        let since = self.parts.clock.now();
        let mut left = patience;
        loop {
            match store.lock(provider.identity(), left).await {
                Ok(lease) => {
                    self.shared.annex().keeping.spells.end(Work::Lock);
                    return Ok(Turn::Ours(Some(lease)));
                }
                Err(NoLock::Moved) => {
                    let found = self.find_ours(store, provider).await;
                    if let Some(session) = self.brought(&found, provider, wanted) {
                        return Ok(Turn::Theirs(session, found.generation()));
                    }
                    left = patience.saturating_sub(self.parts.clock.now().since(since));
                }
                Err(NoLock::Timeout) => return self.lose_patience(store, provider).map(|()| Turn::Ours(None)),
                Err(NoLock::Unavailable(trouble)) => {
                    self.tell_trouble(provider, Work::Lock, &trouble);
                    return Ok(Turn::Ours(None));
                }
            }
        }
    }

    /// Whoever has the lock has to let go of it by then.
    fn longest_turn(&self) -> Duration {
        self.parts.policy.deadline.saturating_add(self.parts.policy.limits.lock)
    }

    /// Whoever has waited for too long goes ahead without a lock. But two who spend one refresh token that works once lose the
    /// whole session.
    fn lose_patience(&self, store: &dyn Store, provider: &dyn Provider) -> Result<(), Failure> {
        if provider.rotates() {
            return Err(self.too_long(store, provider));
        }
        self.tell_impatience(provider, self.longest_turn(), &store.location(provider.identity()));
        Ok(())
    }

    /// Must what was found not be spent? Then our lock has lapsed, which stays so until the store can be read again; and this is how
    /// long to wait before the next look.
    pub(super) fn lapse(&self, found: &Found, lapsed: &mut bool) -> Option<Boxed<()>> {
        *lapsed |= found.in_passing;
        let is_anothers = found.in_passing || (*lapsed && found.unreadable);
        let pause = if found.unreadable { self.parts.policy.limits.look } else { Duration::ZERO };
        is_anothers.then(|| self.parts.clock.sleep(pause))
    }

    /// Is our turn that has lapsed still waited for? Counts from when the waiting for it began.
    pub(super) fn waits_on(&self, store: &dyn Store, provider: &dyn Provider, since: Moment) -> Result<bool, Failure> {
        if self.parts.clock.now().since(since) < self.longest_turn() {
            return Ok(true);
        }
        self.lose_patience(store, provider).map(|()| false)
    }

    fn too_long(&self, store: &dyn Store, provider: &dyn Provider) -> Failure {
        let what = format!("waited {} s for another process to renew the session", self.longest_turn().as_secs());
        let advice = format!("Does a process hang? Its lock lies beside {}", store.location(provider.identity()));
        provider.failure(Code::Timeout, Step::Refresh, &what, &advice)
    }

    /// The session that a sibling has left while we waited, if it will do. Whoever wants a renewal takes one that is neither
    /// ours nor what lay there before.
    pub(super) fn brought(&self, found: &Found, provider: &dyn Provider, wanted: &Wanted<'_>) -> Option<Session> {
        let session = self.newer_session(found, provider, wanted.than, wanted.demand)?;
        let is_news = !self.is_current(&session) && !wanted.looked.holds(&session);
        (wanted.demand.takes_what_is_there() || is_news).then_some(session)
    }
}
