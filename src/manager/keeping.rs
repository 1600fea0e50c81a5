//! A session's record: read and written within a limit, against siblings who write it too.

use std::sync::Arc;

use futures_lite::future::{self, Boxed};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};

use super::dead::Dead;
use super::found::Found;
use super::lately::Lately;
use super::stored::tokens_of;
use super::trouble::{Spells, Work};
use super::{Demand, Inner};
use crate::identity::Check;
use crate::policy::Zone;
use crate::provider::Provider;
use crate::session::Session;
use crate::store::{Lease, Loaded, Previous, Record, Saved, Store, Trouble};

/// How often a write is tried against siblings who are faster, before their word stands.
const ROUNDS: usize = 3;

/// Of so many sessions that an unsaved one came of is known that they are older.
const REPLACED: usize = 8;

#[derive(Default)]
pub(super) struct Keeping {
    pub(super) kept: Mutex<Kept>,
    pub(super) spells: Spells,
    /// Writes that nobody waits for any more, and that are not over.
    late: Mutex<Vec<Boxed<()>>>,
}

/// How the session in memory relates to the record.
#[derive(Default)]
pub(super) struct Kept {
    /// The generation of the record that memory's session was read from or written to.
    pub(super) generation: Option<u64>,
    /// Memory's session is newer than the record: the store refused it.
    pub(super) unsaved: bool,
    /// Then: the sessions that ours came of, one of which may be what lies in the store.
    pub(super) replaced: Vec<Arc<Session>>,
    /// The highest generation that was seen in the store.
    pub(super) highest: u64,
    /// What is not tried again, wherever it turns up.
    pub(super) dead: Dead,
    /// What memory had before, should the store or its backup bring it again.
    pub(super) lately: Lately,
    /// What was last dropped from memory and is still to be dropped from the store.
    pub(super) dropped: Option<SecretString>,
}

impl Kept {
    /// Memory and the store are in line.
    pub(super) fn saved(&mut self) {
        self.unsaved = false;
        self.replaced.clear();
    }
}

/// How a session was kept.
pub(super) enum Keep {
    /// As it should be, or in memory alone because the store is in trouble: with a sibling's refresh token where that had gone on.
    Done(Session),
    /// A sibling was faster, and this is the sibling's.
    Adopt(Session, u64),
}

impl Inner {
    /// That of the record which memory's session was read from or written to.
    pub(super) fn kept_generation(&self) -> Option<u64> {
        self.shared.annex_so_far()?.keeping.kept.lock().generation
    }

    /// Reads the store.
    pub(super) async fn find(&self, store: &dyn Store, provider: &dyn Provider) -> Found {
        let late = || {
            let trouble = self.late(store, provider, "read");
            Loaded { trouble: Some(trouble), ..Loaded::default() }
        };
        let since = Some(self.parts.clock.now());
        let loaded = self.in_time(store.load(provider.identity()), late).await;
        let unreadable = loaded.trouble.is_some();
        match loaded.trouble {
            Some(trouble) => self.tell_trouble(provider, Work::Read, &trouble),
            None => self.shared.annex().keeping.spells.end(Work::Read),
        }
        let found = Found { record: loaded.record, unreadable, since, in_passing: loaded.in_passing };
        let mut kept = self.shared.annex().keeping.kept.lock();
        kept.highest = kept.highest.max(found.generation().unwrap_or(0));
        drop(kept);
        found
    }

    /// Reads the store for a renewal. A session that was imported is the first comer's: from now on it has our check, unless
    /// somebody was faster.
    pub(super) async fn find_ours(&self, store: &dyn Store, provider: &dyn Provider) -> Found {
        let found = self.find(store, provider).await;
        let (true, Some(record)) = (found.is_unclaimed(), &found.record) else { return found };
        let check = Some(Check::new(provider.credential(), &*self.parts.rng));
        let claimed = Record { generation: record.generation.saturating_add(1), check, ..record.clone() };
        match self.write(store, provider, claimed.clone(), found.generation(), Previous::Keep).await {
            Some(Saved::Done) => Found { record: Some(claimed), ..found },
            Some(Saved::Lost(winner)) => {
                Found { since: found.since, in_passing: found.in_passing, ..Found::winner(winner) }
            }
            None => found,
        }
    }

    /// Writes a session that a renewal brought over the record that was found, before anybody gets its token.
    pub(super) async fn keep(&self, mut session: Session, provider: &dyn Provider, found: &Found) -> Keep {
        let Some(store) = self.store() else { return Keep::Done(session) };
        crate::waypoint::reach("after the reply");
        let mut there = found.clone();
        for _ in 0..ROUNDS {
            let expected = there.generation();
            let generation = self.next_generation(expected);
            let record = Record {
                generation,
                tokens: tokens_of(&session, self.parts.clock.now()),
                check: Some(Check::new(provider.credential(), &*self.parts.rng)),
                failure: None,
            };
            let previous = self.previous(&session, provider, there.access());
            match self.write(&*store, provider, record, expected, previous).await {
                Some(Saved::Done) => {
                    let mut kept = self.shared.annex().keeping.kept.lock();
                    kept.generation = Some(generation);
                    kept.saved();
                    return Keep::Done(session);
                }
                Some(Saved::Lost(winner)) => {
                    there = Found::winner(winner);
                    if self.stands(&session, found, &there) {
                        continue;
                    }
                    if let (Some(theirs), Some(generation)) =
                        (self.newer_session(&there, provider, expected, Demand::Ahead), there.generation())
                        && found.access().is_none_or(|access| !theirs.holds(access.expose_secret()))
                        // Where nothing could be read before, it may be what ours came of.
                        && !self.is_current(&theirs)
                    {
                        return Keep::Adopt(theirs, generation);
                    }
                    // Somebody forgot a token or noted something about the old one meanwhile; ours is newer than that.
                    if let Some(theirs) = self.gone_on(&session, &there, provider, found) {
                        // The younger one, whatever clocks say of a reply that was heard of late.
                        let is_live = there.holds(&theirs) && self.zone(&theirs).is_some_and(Zone::is_live);
                        if let Some(generation) = there.generation().filter(|_| is_live) {
                            return Keep::Adopt(theirs, generation);
                        }
                        session.renewable = theirs.renewable;
                    }
                }
                None => return self.unsaved(session, &there),
            }
        }
        let place = store.location(provider.identity());
        let trouble = Trouble(format!("{place} is being written by other processes all the time"));
        self.tell_trouble(provider, Work::Write, &trouble);
        self.unsaved(session, &there)
    }

    fn unsaved(&self, session: Session, there: &Found) -> Keep {
        let mut kept = self.shared.annex().keeping.kept.lock();
        if let Some(before) = self.shared.memory.load().session.filter(|before| !session.shares_access_token(before)) {
            kept.replaced.truncate(REPLACED - 1);
            kept.replaced.insert(0, before);
        }
        (kept.generation, kept.unsaved) = (there.generation(), true);
        drop(kept);
        Keep::Done(session)
    }

    /// What becomes of the record with the token `replaced`: a dead one makes no backup, and neither does our own.
    fn previous(&self, session: &Session, provider: &dyn Provider, replaced: Option<&SecretString>) -> Previous {
        match replaced {
            Some(access) if session.holds(access.expose_secret()) => Previous::Keep,
            Some(access) if self.shared.annex().keeping.kept.lock().dead.holds(access) => {
                Previous::Forget(Some(access.clone()))
            }
            _ => Previous::Backup { with_refresh_token: !provider.rotates() },
        }
    }

    /// One write. `None` when the store could not do it, which costs a warning and nothing else.
    pub(super) async fn write(
        &self,
        store: &dyn Store,
        provider: &dyn Provider,
        record: Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Option<Saved> {
        let mut saving = store.save(provider.identity(), record, expected, previous);
        let saved = match self.in_time(async { Some(saving.as_mut().await) }, || None).await {
            Some(saved) => saved,
            None => {
                // It may still come to its end, and until then nobody else may spend what is being saved.
                self.shared.annex().keeping.late.lock().push(Box::pin(async move { drop(saving.await) }));
                Err(self.late(store, provider, "written"))
            }
        };
        self.told(provider, saved)
    }

    /// Lets siblings renew, once what is being written is written. A write that never ends is not waited for for ever: with the lock
    /// held nobody would ever renew again, and what may come of letting go is one login more.
    pub(super) fn let_go(&self, lease: Option<Lease>) {
        let late = std::mem::take(&mut *self.shared.annex().keeping.late.lock());
        if lease.is_some() && !late.is_empty() {
            let limit = self.parts.clock.sleep(self.parts.policy.deadline);
            self.parts.spawn.spawn(Box::pin(async move {
                let writes = async {
                    for write in late {
                        write.await;
                    }
                };
                future::or(writes, limit).await;
                drop(lease);
            }));
        }
    }

    /// Removes the record and its backup, if it still has that generation. `None` when the store could not do it.
    pub(super) async fn clear(&self, store: &dyn Store, provider: &dyn Provider, generation: u64) -> Option<bool> {
        let clearing = store.clear(provider.identity(), generation);
        let cleared = self.in_time(clearing, || Err(self.late(store, provider, "removed"))).await;
        self.told(provider, cleared)
    }

    /// The session before the one that is stored, with the credential that it was made with.
    pub(super) async fn find_backup(&self, store: &dyn Store, provider: &dyn Provider) -> Found {
        let record = self.in_time(store.backup(provider.identity()), || None).await;
        Found { record, ..Found::default() }
    }

    async fn in_time<T>(&self, work: impl Future<Output = T>, late: impl FnOnce() -> T) -> T {
        let limit = async {
            self.parts.clock.sleep(self.parts.policy.limits.store).await;
            late()
        };
        future::or(work, limit).await
    }

    fn late(&self, store: &dyn Store, provider: &dyn Provider, what: &str) -> Trouble {
        let place = store.location(provider.identity());
        let seconds = self.parts.policy.limits.store.as_secs_f64();
        Trouble(format!("{place} could not be {what} within {seconds} s"))
    }

    fn told<T>(&self, provider: &dyn Provider, written: Result<T, Trouble>) -> Option<T> {
        match written {
            Ok(written) => {
                self.shared.annex().keeping.spells.end(Work::Write);
                Some(written)
            }
            Err(trouble) => {
                self.tell_trouble(provider, Work::Write, &trouble);
                None
            }
        }
    }

    /// The first generation of a record is the time, so that one which was deleted and made anew is still newer; also where the
    /// clock was set back meanwhile.
    pub(super) fn next_generation(&self, expected: Option<u64>) -> u64 {
        let Some(generation) = expected else {
            let now = u64::try_from(self.parts.clock.now().wall).unwrap_or(0);
            let highest = self.shared.annex().keeping.kept.lock().highest;
            return now.max(highest.saturating_add(1));
        };
        generation.saturating_add(1)
    }

    pub(super) fn store(&self) -> Option<Arc<dyn Store>> {
        self.parts.store.clone()
    }
}
