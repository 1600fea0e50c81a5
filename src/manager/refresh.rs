//! The refresh of a renewal, and what its refusal means where siblings share the session.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::Inner;
use super::found::Found;
use super::guard::{Guard, Look, News};
use super::journey::Journey;
use super::renewal::Got;
use crate::error::Failure;
use crate::provider::{Provider, Start};
use crate::session::{Renewable, Session};
use crate::transport::gate::Gate;

impl Inner {
    /// A failed refresh of any kind leads to a login. Before that, a refusal is held against the store: a sibling that holds no
    /// lock may have spent our refresh token, and then its newer session is the answer (workers-sdk#15136).
    pub(super) async fn try_to_refresh(
        self: &Arc<Self>,
        provider: &dyn Provider,
        found: &Found,
        journey: &Journey,
    ) -> Option<Result<Got, Failure>> {
        let before = self.shared.memory.load().session?;
        self.spend(provider, before, found, journey).await
    }

    /// Spends what `before` can be refreshed with, or what a sibling has in its place. `None` when there is nothing to spend.
    pub(super) async fn spend(
        self: &Arc<Self>,
        provider: &dyn Provider,
        mut before: Arc<Session>,
        found: &Found,
        journey: &Journey,
    ) -> Option<Result<Got, Failure>> {
        let mut look = Look::at(found);
        loop {
            let currency = self.currency(provider, &before)?;
            let guard = provider.rotates().then(|| self.guard(&before, look));
            let gate = guard.as_ref().map(|guard| &guard.gate);
            let failure = match self.refresh(provider, currency, gate, &before, journey).await {
                Ok(session) => return Some(Ok(Got::New(session))),
                Err(failure) => failure,
            };
            let unsent = gate.is_some_and(Gate::keeps);
            let news = match guard.as_ref().and_then(Guard::found) {
                // Whoever has slept may have slept through the reply, too.
                None if unsent || failure.is_rejection() || (provider.rotates() && self.was_paused(look)) => {
                    let since = Some(self.parts.clock.now());
                    let again = unsent && !look.is_owed;
                    look.is_owed = unsent;
                    let news = self.news(provider, &before, look).await;
                    // As good as before, and this look is younger: it may leave as soon as there is a connection. Once.
                    if news.is_none() && again {
                        look.since = since;
                        continue;
                    }
                    news
                }
                news => news,
            };
            match news {
                Some(News::Session(theirs, generation)) => return Some(Ok(Got::Stored(theirs, generation))),
                Some(News::RefreshToken(theirs, now)) => {
                    look = now;
                    self.hold(theirs.clone(), look.generation);
                    before = Arc::new(theirs);
                }
                None => {
                    self.give_up_refresh(provider, &failure, &before);
                    return Some(Err(failure));
                }
            }
        }
    }

    /// Only a refusal says that the refresh token is dead, and only the one that was used goes: after a server error it is as
    /// good as before.
    fn give_up_refresh(&self, provider: &dyn Provider, failure: &Failure, used: &Session) {
        if failure.refuses_token() {
            // By the token and not by the generation: an invalidation meanwhile is another generation with the same one.
            self.shared.memory.drop_refresh(Some(used));
            if let Renewable::ByRefreshToken { secret, .. } = &used.renewable {
                self.shared.annex().keeping.kept.lock().dead.bury(secret);
            }
        }
        // Without a login this failure is the renewal's, and is told as that.
        if matches!(provider.start(), Start::Login) {
            self.tell_refresh_failed(provider, failure);
        }
    }

    pub(super) fn is_current(&self, session: &Session) -> bool {
        let current = self.shared.memory.load().session;
        let held = current.as_ref().and_then(|current| current.access.as_ref());
        held.is_some_and(|held| session.holds(held.secret.expose_secret()))
    }
}
