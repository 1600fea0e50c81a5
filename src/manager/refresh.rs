//! The refresh of a renewal, and what its refusal means where siblings share the session.

use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::ExposeSecret;

use super::found::Found;
use super::journey::Journey;
use super::renewal::Got;
use super::{Demand, Inner};
use crate::clock::Moment;
use crate::error::Failure;
use crate::provider::{Provider, Start};
use crate::session::{Renewable, Session};
use crate::transport::gate::Gate;

/// What has come of the session elsewhere.
enum News {
    /// It will do, and is stored under this generation.
    Session(Session, Option<u64>),
    /// It will not, but it can be refreshed. Found by this look.
    RefreshToken(Session, Look),
}

/// When somebody looked (`None`: nobody did), and the generation that lay there.
#[derive(Clone, Copy)]
struct Look {
    since: Option<Moment>,
    generation: Option<u64>,
}

/// Sees to it that nobody spends a refresh token who slept on what he saw: a sibling may have had his turn meanwhile, and then it is spent.
struct Watch {
    gate: Gate,
    /// Why the gate was shut.
    news: Arc<Mutex<Option<News>>>,
}

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
            let watch = provider.rotates().then(|| self.watch(&before, look));
            let gate = watch.as_ref().map(|watch| &watch.gate);
            let failure = match self.refresh(provider, currency, gate, &before, journey).await {
                Ok(session) => return Some(Ok(Got::New(session))),
                Err(failure) => failure,
            };
            let keeps = gate.is_some_and(Gate::keeps);
            let news = match watch.and_then(|watch| watch.news.lock().take()) {
                // It was not sent, and nobody knows yet whether it may be.
                None if keeps => continue,
                // Whoever has slept may have slept through the reply, too.
                None if failure.is_rejection() || (provider.rotates() && self.was_paused(look)) => {
                    self.news(provider, &before, look.generation).await
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

    /// Whoever finds at the gate that its look is too old, looks again.
    fn watch(self: &Arc<Self>, before: &Arc<Session>, look: Look) -> Watch {
        let news = Arc::<Mutex<Option<News>>>::default();
        let (inner, before, kept) = (Arc::clone(self), Arc::clone(before), Arc::clone(&news));
        let gate = Gate::new(move || {
            let (inner, before, kept) = (Arc::clone(&inner), Arc::clone(&before), Arc::clone(&kept));
            Box::pin(async move {
                crate::waypoint::reach("before the request leaves");
                if !inner.was_paused(look) {
                    return true;
                }
                let news = inner.news(&*inner.provider(), &before, look.generation).await;
                let is_as_it_was = news.is_none();
                *kept.lock() = news;
                is_as_it_was
            })
        });
        Watch { gate, news }
    }

    /// Between a look and the request that it leads to.
    fn was_paused(&self, look: Look) -> bool {
        look.since.is_some_and(|since| self.parts.clock.now().since(since) > self.parts.policy.limits.look)
    }

    /// What a sibling has stored in place of the session `used` since the generation `known`.
    async fn news(&self, provider: &dyn Provider, used: &Session, known: Option<u64>) -> Option<News> {
        let store = self.store()?;
        loop {
            let now = self.find(&*store, provider).await;
            if let Some(session) = self.newer_session(&now, provider, known, Demand::Ahead) {
                return Some(News::Session(session, now.generation()));
            }
            if !now.in_passing {
                let is_newer = now.generation() > known;
                let theirs = self.with_another_refresh_token(&now, provider, used).filter(|_| is_newer)?;
                return Some(News::RefreshToken(theirs, Look::at(&now)));
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

impl Look {
    fn at(found: &Found) -> Self {
        Self { since: found.since, generation: found.generation() }
    }
}
