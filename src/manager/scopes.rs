//! Tokens for narrower audiences that were handed out with the session: a guild's, a workspace's.

use parking_lot::Mutex;
use secrecy::SecretString;

use super::{Demand, Inner, Manager};
use crate::clock::Moment;
use crate::error::{Code, Failure};

/// Beyond this the oldest is forgotten: scopes come from callers.
const AT_MOST: usize = 64;

/// The scopes that a renewal did not bring, and when. Too few for a map.
#[derive(Default)]
pub(super) struct Refused(Mutex<Vec<(String, Moment)>>);

/// What the session has for a scope.
#[derive(Debug, Clone)]
pub enum Scoped {
    /// Its token.
    Granted(SecretString),
    /// None, and a renewal a moment ago did not bring one.
    Refused(Failure),
    /// None; a renewal may bring one.
    Unknown,
}

impl Manager {
    /// Looks for the token of `scope` in the current session, whatever its age.
    pub fn scoped(&self, scope: &str) -> Scoped {
        let inner = self.inner();
        let session = inner.shared.memory.load().session;
        match session.and_then(|session| session.scoped.get(scope).cloned()) {
            Some(token) => Scoped::Granted(token),
            None if inner.remembers_refusal(scope) => Scoped::Refused(inner.not_granted(scope)),
            None => Scoped::Unknown,
        }
    }

    /// A renewal did not bring it. That is remembered for a minute.
    pub fn refuse_scope(&self, scope: &str) -> Failure {
        let inner = self.inner();
        let now = inner.parts.clock.now();
        let mut refused = inner.shared.annex().refused.0.lock();
        refused.retain(|(known, _)| known != scope);
        // They are in the order in which they came.
        if refused.len() >= AT_MOST {
            refused.remove(0);
        }
        refused.push((scope.to_owned(), now));
        drop(refused);
        inner.not_granted(scope)
    }

    /// The token of `scope`: out of a live session, or of the one that a forced renewal brings.
    pub async fn get_scoped_token(&self, scope: &str) -> Result<SecretString, Failure> {
        self.get_token(Demand::Fresh).await?;
        match self.scoped(scope) {
            Scoped::Granted(token) => return Ok(token),
            Scoped::Refused(failure) => return Err(failure),
            Scoped::Unknown => {}
        }
        self.get_token(Demand::Renewed).await?;
        match self.scoped(scope) {
            Scoped::Granted(token) => Ok(token),
            Scoped::Refused(_) | Scoped::Unknown => Err(self.refuse_scope(scope)),
        }
    }
}

impl Inner {
    fn remembers_refusal(&self, scope: &str) -> bool {
        let Some(annex) = self.shared.annex_so_far() else { return false };
        let at = annex.refused.0.lock().iter().find(|(known, _)| known == scope).map(|(_, at)| *at);
        at.is_some_and(|at| self.parts.clock.now().since(at) < self.parts.policy.limits.scope)
    }

    fn not_granted(&self, scope: &str) -> Failure {
        let provider = self.provider();
        let message = format!(
            "SCOPE_NOT_GRANTED: the session of {} at {} has no token for {scope}, and a new one did not bring it. Does the \
             account have access to it?",
            provider.account(),
            provider.host()
        );
        Failure::new(Code::ScopeNotGranted, message)
    }
}
