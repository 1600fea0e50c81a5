//! The last look before a refresh token leaves that works once: whoever slept on what he saw may find it spent by a sibling.

use std::sync::Arc;

use parking_lot::Mutex;

use super::found::Found;
use super::{Demand, Inner};
use crate::clock::Moment;
use crate::provider::Provider;
use crate::session::Session;
use crate::transport::gate::Gate;

/// What has come of the session elsewhere.
pub(super) enum News {
    /// It will do, and is stored under this generation.
    Session(Session, Option<u64>),
    /// It will not, but it can be refreshed. Found by this look.
    RefreshToken(Session, Look),
}

/// When somebody looked (`None`: nobody did), and the generation that lay there.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) since: Option<Moment>,
    pub(super) generation: Option<u64>,
    /// Nobody knows what the look before it would have found: it was still under way when its request ended.
    pub(super) is_owed: bool,
}

/// Asks at the gate of a request whether the look that led to it is still good enough, and looks again if it is not.
pub(super) struct Guard {
    pub(super) gate: Gate,
    /// Why the gate was shut.
    news: Arc<Mutex<Option<News>>>,
}

impl Inner {
    pub(super) fn guard(self: &Arc<Self>, before: &Arc<Session>, look: Look) -> Guard {
        let news = Arc::<Mutex<Option<News>>>::default();
        let (inner, before, kept) = (Arc::clone(self), Arc::clone(before), Arc::clone(&news));
        let gate = Gate::new(move || {
            let (inner, before, kept) = (Arc::clone(&inner), Arc::clone(&before), Arc::clone(&kept));
            Box::pin(async move {
                crate::waypoint::reach("before the request leaves");
                if inner.was_paused(look) {
                    let news = inner.news(&*inner.provider(), &before, look).await;
                    let is_news = news.is_some();
                    *kept.lock() = news;
                    if is_news {
                        return false;
                    }
                }
                crate::waypoint::reach("as the request leaves");
                true
            })
        });
        Guard { gate, news }
    }

    /// Between a look and the request that it leads to.
    pub(super) fn was_paused(&self, look: Look) -> bool {
        look.since.is_some_and(|since| self.parts.clock.now().since(since) > self.parts.policy.limits.look)
    }

    /// What a sibling has stored in place of the session `used` since `before`.
    pub(super) async fn news(&self, provider: &dyn Provider, used: &Session, before: Look) -> Option<News> {
        let store = self.store()?;
        let Look { generation: known, is_owed: mut lapsed, .. } = before;
        loop {
            let now = self.find(&*store, provider).await;
            if let Some(session) = self.newer_session(&now, provider, known, Demand::Ahead) {
                return Some(News::Session(session, now.generation()));
            }
            if let Some(pause) = self.lapse(&now, &mut lapsed) {
                pause.await;
                continue;
            }
            let is_newer = now.generation() > known;
            let theirs = self.with_another_refresh_token(&now, provider, used).filter(|_| is_newer)?;
            return Some(News::RefreshToken(theirs, Look::at(&now)));
        }
    }
}

impl Guard {
    /// What was found at the gate.
    pub(super) fn found(&self) -> Option<News> {
        self.news.lock().take()
    }
}

impl Look {
    pub(super) fn at(found: &Found) -> Self {
        Self { since: found.since, generation: found.generation(), is_owed: false }
    }
}
