//! The refresh of a renewal, and what its refusal means where siblings share the session.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::found::Found;
use super::journey::Journey;
use super::renewal::Got;
use super::{Demand, Inner};
use crate::error::Failure;
use crate::provider::{Provider, Start};
use crate::session::{Renewable, Session, Source};

/// What has come of the session elsewhere, and the generation under which it is stored.
enum News {
    /// It will do.
    Session(Session, Option<u64>),
    /// It will not, but it can be refreshed.
    RefreshToken(Session, Option<u64>),
}

impl Inner {
    /// A failed refresh of any kind leads to a login. Before that, a refusal is held against the store: a sibling that holds no
    /// lock may have spent our refresh token, and then its newer session is the answer (workers-sdk#15136).
    pub(super) async fn try_to_refresh(
        &self,
        provider: &dyn Provider,
        found: &Found,
        journey: &Journey,
    ) -> Option<Result<Got, Failure>> {
        let before = self.shared.memory.load().session?;
        self.spend(provider, before, found, journey).await
    }

    /// Spends what `before` can be refreshed with, or what a sibling has in its place. `None` when there is nothing to spend.
    pub(super) async fn spend(
        &self,
        provider: &dyn Provider,
        mut before: Arc<Session>,
        found: &Found,
        journey: &Journey,
    ) -> Option<Result<Got, Failure>> {
        let mut known = found.generation();
        // Who has slept on what it saw may have slept through a sibling's turn, and then its refresh token is spent.
        let mut news = match provider.rotates() && self.was_paused(found) {
            true => self.news(provider, &before, known).await,
            false => None,
        };
        loop {
            match news.take() {
                Some(News::Session(theirs, generation)) => return Some(Ok(Got::Stored(theirs, generation))),
                Some(News::RefreshToken(theirs, generation)) => {
                    known = generation;
                    self.hold(theirs.clone(), known);
                    before = Arc::new(theirs);
                }
                None => {}
            }
            let currency = self.currency(provider, &before)?;
            let failure = match self.refresh(provider, currency, &before, journey).await {
                Ok(session) => return Some(Ok(Got::New(session))),
                Err(failure) => failure,
            };
            if failure.is_rejection() {
                news = self.news(provider, &before, known).await;
            }
            if news.is_none() {
                self.give_up_refresh(provider, &failure, &before);
                return Some(Err(failure));
            }
        }
    }

    fn was_paused(&self, found: &Found) -> bool {
        found.since.is_some_and(|since| self.parts.clock.now().since(since) > self.parts.policy.limits.look)
    }

    /// What a sibling has stored in place of the session `used` since the generation `known`.
    async fn news(&self, provider: &dyn Provider, used: &Session, known: Option<u64>) -> Option<News> {
        let now = self.find(&*self.store()?, provider).await;
        let generation = now.generation();
        if let Some(session) = self.newer_session(&now, provider, known, Demand::Ahead) {
            return Some(News::Session(session, generation));
        }
        let theirs = self.with_another_refresh_token(&now, provider, used).filter(|_| generation > known)?;
        Some(News::RefreshToken(theirs, generation))
    }

    fn with_another_refresh_token(&self, found: &Found, provider: &dyn Provider, used: &Session) -> Option<Session> {
        // What an unsaved session of ours came of is older than that.
        let tokens = found.tokens(provider).filter(|tokens| !self.has_replaced(tokens, provider))?;
        let theirs = self.restored(tokens, Source::Store);
        let renews = matches!(theirs.renewable, Renewable::ByRefreshToken { .. });
        let is_another = !theirs.shares_refresh_token(used);
        Some(theirs).filter(|_| renews && is_another)
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
