//! A token that an API refused: forgotten in memory at once, then in the store, so that it cannot come back from there.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::keeping::{Found, is_done};
use super::{Inner, Manager};
use crate::store::record::Tokens;
use crate::store::{Previous, Record, Saved};

/// How often the dropping is tried against siblings who write at the same time.
const ROUNDS: usize = 3;

impl Manager {
    /// Forgets the access token in memory if it is `token`, or whichever it is. The refresh token stays. Answers whether anything
    /// was forgotten: not when somebody has already renewed. [`Manager::invalidate_stored`] is to follow.
    pub fn invalidate(&self, token: Option<&str>) -> bool {
        let dropped = self.inner.memory.drop_access(token);
        if let Some(dropped) = &dropped {
            self.inner.keeping.kept.lock().refused = Some(dropped.clone());
            self.inner.telemetry.lock().counters.invalidations += 1;
        }
        dropped.is_some()
    }

    /// Forgets the token that was dropped from memory, or `token`, or whichever is there, in the store too.
    /// Answers whether it was there.
    pub fn invalidate_stored(&self, token: Option<SecretString>) -> impl Future<Output = bool> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        async move { inner.forget_stored(token).await }
    }
}

impl Inner {
    async fn forget_stored(&self, token: Option<SecretString>) -> bool {
        let Some(store) = self.store() else { return false };
        let account = self.account();
        let provider = &*account.provider;
        let mut found = self.find(&*store, provider).await;
        for _ in 0..ROUNDS {
            let Some(record) = found.record.clone() else { return false };
            let Some(tokens) = found.tokens(provider).filter(|tokens| holds(tokens, token.as_ref())) else {
                return false;
            };
            let rest = Tokens { access: None, ..tokens.clone() };
            let generation = record.generation + 1;
            let without = Record { generation, tokens: rest.refresh.is_some().then_some(rest), ..record };
            let previous = Previous::Forget(token.clone());
            let expected = found.generation();
            match self.write(&*store, provider, without, expected, previous).await {
                Some(Saved::Lost(winner)) => found = Found { record: winner.map(|winner| *winner), unreadable: false },
                saved => {
                    let mut kept = self.keeping.kept.lock();
                    if saved.is_some_and(|saved| is_done(&saved)) && kept.generation == expected {
                        kept.generation = Some(generation);
                    }
                    return true;
                }
            }
        }
        false
    }
}

fn holds(tokens: &Tokens, token: Option<&SecretString>) -> bool {
    let Some(stored) = &tokens.access else { return false };
    token.is_none_or(|token| token.expose_secret() == stored.expose_secret())
}
