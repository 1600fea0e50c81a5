//! What a manager and its store have to do with each other: reading, adopting, writing, and one warning when it does not work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_lite::future;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::Inner;
use super::stored::{session_of, tokens_of};
use crate::identity::Check;
use crate::policy::Zone;
use crate::provider::Provider;
use crate::session::{Session, Source};
use crate::store::record::{SharedFailure, Tokens};
use crate::store::{Previous, Record, Saved, Store, Trouble};
use crate::telemetry::TARGET;

/// A disk that does not answer must not keep a token from those who wait for it.
const SAVE: Duration = Duration::from_secs(5);

/// How often a write is tried against siblings who are faster, before their word stands.
const ROUNDS: usize = 3;

#[derive(Default)]
pub(super) struct Keeping {
    pub(super) kept: Mutex<Kept>,
    /// One cause, one warning: the folder that cannot be written cannot be locked either.
    in_trouble: AtomicBool,
}

/// How the session in memory relates to the record.
#[derive(Default)]
pub(super) struct Kept {
    /// The generation of the record that memory's session was read from or written to.
    pub(super) generation: Option<u64>,
    /// Memory's session is newer than the record: the store refused it.
    pub(super) unsaved: bool,
    /// The access token that an API refused last. It is not taken back from anywhere.
    pub(super) refused: Option<SecretString>,
    /// The refresh token that the server refused last. It is not tried again.
    pub(super) spent: Option<SecretString>,
}

/// What was found in the store.
#[derive(Default)]
pub(super) struct Found {
    /// The record, whoever's credential it was made with.
    pub(super) record: Option<Record>,
    /// It could not be read.
    pub(super) unreadable: bool,
}

impl Found {
    pub(super) fn generation(&self) -> Option<u64> {
        self.record.as_ref().map(|record| record.generation)
    }

    /// The tokens, if they are those of our credential. A record without a check is whoever's comes first.
    pub(super) fn tokens(&self, provider: &dyn Provider) -> Option<&Tokens> {
        let record = self.record.as_ref()?;
        let ours = record.check.as_ref().is_none_or(|check| check.matches(provider.credential()));
        record.tokens.as_ref().filter(|_| ours)
    }

    /// The failure, if it is that of our credential.
    pub(super) fn failure(&self, provider: &dyn Provider) -> Option<&SharedFailure> {
        let failure = self.record.as_ref()?.failure.as_ref()?;
        let ours = failure.check.as_ref().is_none_or(|check| check.matches(provider.credential()));
        Some(failure).filter(|_| ours)
    }

    fn is_unclaimed(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.check.is_none() && record.tokens.is_some())
    }
}

/// How a session was kept.
pub(super) enum Keep {
    /// As it should be, or in memory alone because the store is in trouble.
    Done,
    /// A sibling was faster, and this is the sibling's.
    Adopt(Session, u64),
}

impl Inner {
    /// Reads the store.
    pub(super) async fn find(&self, store: &dyn Store, provider: &dyn Provider) -> Found {
        let loaded = store.load(provider.identity()).await;
        let unreadable = loaded.trouble.is_some();
        if let Some(trouble) = loaded.trouble {
            self.tell_trouble(provider, &trouble);
        }
        Found { record: loaded.record, unreadable }
    }

    /// The session that was found, if it is newer than `than` and one that callers may be served.
    pub(super) fn fresh_session(&self, found: &Found, provider: &dyn Provider, than: Option<u64>) -> Option<Session> {
        let newer = found.generation() > than;
        let session = self.restored(found.tokens(provider)?, Source::Store);
        Some(session).filter(|session| newer && self.zone(session) == Some(Zone::Fresh))
    }

    /// The session in `tokens`, without the access token that was refused.
    pub(super) fn restored(&self, tokens: &Tokens, source: Source) -> Session {
        let refused = self.keeping.kept.lock().refused.clone();
        let mut session = session_of(tokens, source, self.parts.clock.now(), self.parts.policy.ttl);
        if refused.is_some_and(|refused| session.holds(refused.expose_secret())) {
            session.access = None;
        }
        session
    }

    /// Brings memory in line with the store before a renewal: what a sibling wrote replaces what we have, and a record that was
    /// removed by hand takes our session with it.
    pub(super) fn reconcile(&self, found: &Found, provider: &dyn Provider) {
        let (generation, unsaved) = {
            let kept = self.keeping.kept.lock();
            (kept.generation, kept.unsaved)
        };
        if found.unreadable {
            return;
        }
        if found.generation() > generation
            && let Some(tokens) = found.tokens(provider)
        {
            self.hold(self.restored(tokens, Source::Store), found.generation());
        } else if found.record.is_none() && generation.is_some() && !unsaved {
            self.memory.clear(|_| true);
            self.keeping.kept.lock().generation = None;
        }
    }

    /// Puts a session into memory that the store has under `generation`. Answers memory's own generation.
    pub(super) fn hold(&self, session: Session, generation: Option<u64>) -> u32 {
        {
            let mut kept = self.keeping.kept.lock();
            kept.generation = generation;
            kept.unsaved = false;
        }
        self.memory.save(session)
    }

    /// Takes a stored session for our own. One that was imported is the first comer's: from now on it has our check.
    pub(super) async fn adopt(
        &self,
        store: &dyn Store,
        provider: &dyn Provider,
        found: Found,
        session: Session,
    ) -> u32 {
        let mut generation = found.generation();
        if let (true, Some(record), Some(was)) = (found.is_unclaimed(), found.record, generation) {
            let check = Some(Check::new(provider.credential(), &*self.parts.rng));
            let claimed = Record { generation: was + 1, check, ..record };
            if self
                .write(store, provider, claimed, Some(was), Previous::Keep)
                .await
                .is_some_and(|saved| is_done(&saved))
            {
                generation = Some(was + 1);
            }
        }
        self.hold(session, generation)
    }

    /// Writes a session that a renewal brought over the record of generation `expected`, before anybody gets its token.
    pub(super) async fn keep(&self, session: &Session, provider: &dyn Provider, expected: Option<u64>) -> Keep {
        let Some(store) = self.parts.store.clone() else { return Keep::Done };
        crate::waypoint::reach("after the reply");
        let mut expected = expected;
        for _ in 0..ROUNDS {
            let generation = self.next_generation(expected);
            let record = Record {
                generation,
                tokens: tokens_of(session, self.parts.clock.now()),
                check: Some(Check::new(provider.credential(), &*self.parts.rng)),
                failure: None,
            };
            let previous = Previous::Backup { with_refresh_token: !provider.rotates() };
            match self.write(&*store, provider, record, expected, previous).await {
                Some(Saved::Done) => {
                    let mut kept = self.keeping.kept.lock();
                    (kept.generation, kept.unsaved) = (Some(generation), false);
                    return Keep::Done;
                }
                Some(Saved::Lost(winner)) => {
                    let found = Found { record: winner.map(|winner| *winner), unreadable: false };
                    if let (Some(theirs), Some(generation)) =
                        (self.fresh_session(&found, provider, expected), found.generation())
                    {
                        return Keep::Adopt(theirs, generation);
                    }
                    // Somebody forgot a token or noted a failure meanwhile; ours is newer than that.
                    expected = found.generation();
                }
                None => break,
            }
        }
        let mut kept = self.keeping.kept.lock();
        (kept.generation, kept.unsaved) = (expected, true);
        Keep::Done
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
        let late = async {
            self.parts.clock.sleep(SAVE).await;
            let place = store.location(provider.identity());
            Err(Trouble(format!("{place} could not be written within {} s", SAVE.as_secs())))
        };
        match future::or(store.save(provider.identity(), record, expected, previous), late).await {
            Ok(saved) => {
                self.keeping.in_trouble.store(false, Ordering::Relaxed);
                Some(saved)
            }
            Err(trouble) => {
                self.tell_trouble(provider, &trouble);
                None
            }
        }
    }

    /// The first generation of a record is the time, so that one which was deleted and made anew is still newer.
    pub(super) fn next_generation(&self, expected: Option<u64>) -> u64 {
        let now = || u64::try_from(self.parts.clock.now().wall).unwrap_or(0);
        expected.map_or_else(now, |generation| generation.saturating_add(1))
    }

    /// Says it once, until the store has worked again.
    pub(super) fn tell_trouble(&self, provider: &dyn Provider, trouble: &Trouble) {
        if self.keeping.in_trouble.swap(true, Ordering::Relaxed) {
            return;
        }
        let (account, host) = (provider.account(), provider.host());
        warn!(target: TARGET, account, host, "going on without the stored session: {trouble}");
    }

    pub(super) fn store(&self) -> Option<Arc<dyn Store>> {
        self.parts.store.clone()
    }
}

pub(super) fn is_done(saved: &Saved) -> bool {
    matches!(saved, Saved::Done)
}
