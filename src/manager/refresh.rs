//! The refresh of a renewal, and what its refusal means where siblings share the session.

use secrecy::ExposeSecret;

use super::Inner;
use super::found::Found;
use super::journey::Journey;
use super::renewal::Got;
use crate::error::Failure;
use crate::provider::Provider;
use crate::session::{Renewable, Session, Source};

impl Inner {
    /// A failed refresh of any kind leads to a login. Before that, a refusal is held against the store: a sibling that holds no
    /// lock may have spent our refresh token, and then its newer session is the answer (workers-sdk#15136).
    pub(super) async fn try_to_refresh(
        &self,
        provider: &dyn Provider,
        found: &Found,
        journey: &Journey,
    ) -> Option<Got> {
        let mut known = found.generation();
        loop {
            let before = self.shared.memory.load().session;
            let request = before.as_deref().and_then(|session| self.refresh_request(provider, session))?;
            let failure = match self.refresh(provider, request, before.as_deref(), journey).await {
                Ok(session) => return Some(Got::New(session)),
                Err(failure) => failure,
            };
            if failure.is_rejection()
                && let Some(store) = self.store()
            {
                let now = self.find(&*store, provider).await;
                if let Some(session) = self.fresh_session(&now, provider, known) {
                    return Some(Got::Stored(session, now.generation()));
                }
                if now.generation() > known
                    && let Some(theirs) = self.with_another_refresh_token(&now, provider, before.as_deref())
                {
                    known = now.generation();
                    self.hold(theirs, known);
                    continue;
                }
            }
            self.give_up_refresh(provider, &failure, before.as_deref());
            return None;
        }
    }

    fn with_another_refresh_token(
        &self,
        found: &Found,
        provider: &dyn Provider,
        used: Option<&Session>,
    ) -> Option<Session> {
        let theirs = self.restored(found.tokens(provider)?, Source::Store);
        let renews = matches!(theirs.renewable, Renewable::ByRefreshToken { .. });
        let is_another = !used.is_some_and(|used| theirs.shares_refresh_token(used));
        Some(theirs).filter(|_| renews && is_another)
    }

    /// Only a refusal says that the refresh token is dead, and only the one that was used goes: after a server error it is as
    /// good as before.
    fn give_up_refresh(&self, provider: &dyn Provider, failure: &Failure, used: Option<&Session>) {
        if failure.is_rejection() {
            // By the token and not by the generation: an invalidation meanwhile is another generation with the same one.
            self.shared.memory.drop_refresh(used);
            if let Some(Renewable::ByRefreshToken { secret, .. }) = used.map(|used| &used.renewable) {
                self.shared.annex().keeping.kept.lock().dead.bury(secret);
            }
        }
        self.tell_refresh_failed(provider, failure);
    }

    pub(super) fn is_current(&self, session: &Session) -> bool {
        let current = self.shared.memory.load().session;
        let held = current.as_ref().and_then(|current| current.access.as_ref());
        held.is_some_and(|held| session.holds(held.secret.expose_secret()))
    }
}
