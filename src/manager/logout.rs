//! The end of a session: revoke at the server where it can be, then forget, in the store too.

use std::sync::Arc;

use futures_lite::future;
use tracing::{info, warn};

use super::{Inner, Manager};
use crate::error::{Code, Failure};
use crate::policy::Retry;
use crate::provider::{Currency, Provider, Step};
use crate::session::{Renewable, Session};
use crate::telemetry::TARGET;

impl Manager {
    /// Waits for a flight that is under way, so that its token is revoked too; then revokes and forgets. The session is
    /// forgotten even if the server could not be told, and then the failure says that its refresh token may live on.
    pub async fn logout(&self) -> Result<(), Failure> {
        // What a sibling has renewed, or an earlier process left behind, is the session that is meant.
        let alone = self.alone().await?;
        let inner = &alone.inner;
        inner.bring_up().await;
        let account = inner.account();
        let provider = &*account.provider;
        let stored = inner.kept_generation();
        let Some(session) = inner.shared.memory.load().session else {
            inner.clear_stored(provider, stored).await;
            return Ok(());
        };
        let deadline = async {
            inner.parts.clock.sleep(inner.parts.policy.deadline).await;
            Err(provider.failure(Code::Timeout, Step::Revoke, "did not end within deadlineMs", ""))
        };
        let result = future::or(inner.revoke(provider, &session), deadline).await;
        inner.forget(provider, session, stored).await;
        let (account, host) = (provider.account(), provider.host());
        match &result {
            Ok(()) => info!(name: TARGET, target: TARGET, account, host, "logged out"),
            Err(failure) => {
                let code = failure.code.as_str();
                warn!(name: TARGET, target: TARGET, account, host, code, "forgot the session, but could not revoke it: {failure}");
            }
        }
        result
    }
}

impl Inner {
    /// Tells the server, where it can be told.
    async fn revoke(&self, provider: &dyn Provider, session: &Session) -> Result<(), Failure> {
        let Some(currency) = self.revocable(session) else { return Ok(()) };
        let once = Retry::never();
        self.discover(provider, Step::Revoke, &once).await?;
        let Some(request) = provider.revoke(currency) else { return Ok(()) };
        let request = provider.about(Step::Revoke, request, Some(session));
        self.exchange(provider, Step::Revoke, request, &once).await.map(drop)
    }

    /// The refresh token, which takes the rest with it; else the access token while it lives.
    fn revocable<'a>(&self, session: &'a Session) -> Option<Currency<'a>> {
        if let Renewable::ByRefreshToken { secret, .. } = &session.renewable {
            return Some(Currency::RefreshToken(secret));
        }
        let access = session.access.as_ref()?;
        let lives = !access.life.left(self.parts.clock.now()).is_zero();
        lives.then_some(Currency::AccessToken(&access.secret))
    }

    async fn forget(&self, provider: &dyn Provider, session: Arc<Session>, stored: Option<u64>) {
        session.secrets().iter().for_each(|token| self.shared.annex().keeping.kept.lock().dead.bury(token));
        // By its tokens and not by its generation: an invalidation meanwhile is another generation of the same session.
        self.shared
            .memory
            .clear(|current| current.shares_refresh_token(&session) || current.shares_access_token(&session));
        self.clear_stored(provider, stored).await;
    }

    async fn clear_stored(&self, provider: &dyn Provider, generation: Option<u64>) {
        let (Some(store), Some(generation)) = (self.store(), generation) else { return };
        let cleared = self.clear(&*store, provider, generation).await;
        let mut kept = self.shared.annex().keeping.kept.lock();
        if cleared.is_some() && kept.generation == Some(generation) {
            kept.generation = None;
            kept.saved();
        }
    }
}
