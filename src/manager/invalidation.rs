//! A token that an API refused: forgotten in memory at once, then in the store, so that it cannot come back from there.

use secrecy::{ExposeSecret, SecretString};

use super::found::Found;
use super::{Inner, Manager};
use crate::session::Scoped;
use crate::store::record::Tokens;
use crate::store::{Previous, Record, Saved};

/// How often the dropping is tried against siblings who write at the same time.
const ROUNDS: usize = 3;

impl Manager {
    /// Forgets the access token in memory if it is `token`, or whichever it is. The refresh token stays. Answers whether anything
    /// was forgotten: not when somebody has already renewed. [`Manager::invalidate_stored`] is to follow.
    pub fn invalidate(&self, token: Option<&str>) -> bool {
        let inner = self.inner();
        let dropped = inner.shared.memory.drop_access(token);
        if let Some(dropped) = &dropped {
            let mut kept = inner.shared.annex().keeping.kept.lock();
            kept.dead.bury(&dropped.secret);
            kept.dropped = Some(dropped.secret.clone());
            drop(kept);
            inner.refused(dropped.life.received);
            inner.hurry();
            inner.logbook.telemetry.lock().counters.invalidations += 1;
            if let Some(tally) = &inner.parts.tally {
                tally.lock().invalidations += 1;
            }
        }
        dropped.is_some()
    }

    /// Forgets `token`, or the one that was last dropped from memory, or whichever is there, in the store and its backup too.
    /// Answers whether it was there.
    pub fn invalidate_stored(&self, token: Option<SecretString>) -> impl Future<Output = bool> + Send + use<> {
        let inner = self.inner();
        // Now and not later: what a flight brings in the meantime is not what was meant.
        let dropped = inner.shared.annex().keeping.kept.lock().dropped.take();
        async move { inner.forget_stored(token.or(dropped)).await }
    }
}

impl Inner {
    async fn forget_stored(&self, token: Option<SecretString>) -> bool {
        let Some(store) = self.store() else { return false };
        let account = self.account();
        let provider = &*account.provider;
        let mut found = self.find(&*store, provider).await;
        for _ in 0..ROUNDS {
            let backup = self.find_backup(&*store, provider).await;
            let dead = found.tokens(provider).and_then(|tokens| meant_by(token.as_ref(), tokens));
            let in_backup = backup.tokens(provider).is_some_and(|tokens| meant_by(token.as_ref(), tokens).is_some());
            if dead.is_none() && (token.is_none() || !in_backup) {
                return false;
            }
            // Should the store not take it, it is not taken back from there at least.
            dead.iter().for_each(|dead| self.shared.annex().keeping.kept.lock().dead.bury(dead));
            // Where the record is gone, what else the backup has is all that is left.
            let Some(record) = found.record.clone().or(backup.record) else { return false };
            let expected = found.generation();
            let generation = self.next_generation(expected);
            let tokens = record.tokens.and_then(|tokens| without(token.as_ref(), tokens));
            // What a live token made cheap to wait for is not any more.
            let failure = record.failure.filter(|failure| failure.told || failure.is_rejection());
            let record = Record { generation, tokens, failure, ..record };
            match self.write(&*store, provider, record, expected, Previous::Forget(token.clone())).await {
                Some(Saved::Lost(winner)) => found = Found::winner(winner),
                saved => {
                    let done = saved.is_some();
                    let mut kept = self.shared.annex().keeping.kept.lock();
                    if done && kept.generation == expected {
                        kept.generation = Some(generation);
                    }
                    return done;
                }
            }
        }
        false
    }
}

/// The access token in `tokens`, if `token` is of the same session, or whichever it is.
fn meant_by(token: Option<&SecretString>, tokens: &Tokens) -> Option<SecretString> {
    let stored = tokens.access.as_ref()?;
    let mut of_this_session = tokens.scoped.values().chain([stored]).map(ExposeSecret::expose_secret);
    let is_meant = token.is_none_or(|token| of_this_session.any(|stored| stored == token.expose_secret()));
    is_meant.then(|| stored.clone())
}

/// What is left of `tokens` without it, if anything is.
fn without(token: Option<&SecretString>, tokens: Tokens) -> Option<Tokens> {
    let left = match meant_by(token, &tokens) {
        Some(_) => Tokens { access: None, scoped: Scoped::new(), ..tokens },
        None => tokens,
    };
    Some(left).filter(|tokens| tokens.access.is_some() || tokens.refresh.is_some())
}
