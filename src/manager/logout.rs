//! The end of a session: revoke at the server where it can be, then forget.

use futures_lite::future;
use tracing::{info, warn};

use super::Manager;
use crate::error::{Code, Failure};
use crate::provider::Step;
use crate::session::{Renewable, Session};
use crate::telemetry::TARGET;
use crate::transport::Request;

impl Manager {
    /// Waits for a flight that is under way, so that its token is revoked too; then revokes and forgets. The session is
    /// forgotten even if the server could not be told, and then the failure says that its refresh token may live on.
    pub async fn logout(&self) -> Result<(), Failure> {
        let inner = &self.inner;
        let provider = &inner.parts.provider;
        if inner.flights.is_closed() {
            return Err(inner.closed());
        }
        if let Some(wait) = inner.flights.underway() {
            wait.await;
        }
        let revoked = inner.memory.load();
        let Some(session) = &revoked.session else { return Ok(()) };
        let result = match self.revocation(session) {
            Some(request) => {
                let deadline = async {
                    inner.parts.clock.sleep(inner.parts.policy.deadline).await;
                    Err(provider.failure(Code::Timeout, Step::Revoke, "did not end within deadlineMs", ""))
                };
                future::or(inner.exchange(Step::Revoke, request), deadline).await.map(|_| ())
            }
            None => Ok(()),
        };
        // By its tokens and not by its generation: an invalidation meanwhile is another generation of the same session.
        inner.memory.clear(|current| current.shares_refresh_token(session) || current.shares_access_token(session));
        let (account, host) = (provider.account(), provider.host());
        match &result {
            Ok(()) => info!(target: TARGET, account, host, "logged out"),
            Err(failure) => {
                let code = failure.code.as_str();
                warn!(target: TARGET, account, host, code, "forgot the session, but could not revoke it: {failure}");
            }
        }
        result
    }

    fn revocation(&self, session: &Session) -> Option<Request> {
        match &session.renewable {
            Renewable::ByRefreshToken { secret, .. } => self.inner.parts.provider.revoke(secret),
            Renewable::ByAccessToken | Renewable::No => None,
        }
    }
}
