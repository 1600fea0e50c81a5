//! The refresh token that somebody provisioned: what those begin with who cannot log in. Where refresh tokens work once, sending a
//! spent one can cost every token that came of it (RFC 9700 §4.14.2), so it is sent only while nobody is known to have spent it.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::Inner;
use super::found::Found;
use super::journey::Journey;
use super::renewal::Got;
use super::stored::life_of;
use crate::error::{Code, Failure};
use crate::provider::{Claim, Currency, Provider, Start, Step, Unclaimed};
use crate::session::{Renewable, Scoped, Session, Source};

impl Inner {
    /// The first tokens of an account that cannot log in. `tried` is what became of the refresh token that the session had.
    pub(super) async fn begin(
        self: &Arc<Self>,
        provider: &dyn Provider,
        found: &Found,
        tried: Option<Failure>,
        journey: &Journey,
    ) -> Result<Got, Failure> {
        // One that was not refused is the way on, once the server is back.
        if !self.can_go_on(provider)
            && let Some(seed) = self.seed(provider, found)
            && let Some(ended) = self.spend(provider, Arc::new(seed), found, journey).await
        {
            return ended;
        }
        Err(tried.unwrap_or_else(|| if found.unreadable { self.unread(provider) } else { provider.unprovisioned() }))
    }

    /// What we would go on with may lie in the store, and that could not be read. It may be readable in a moment.
    fn unread(&self, provider: &dyn Provider) -> Failure {
        let place = self.store().map(|store| store.location(provider.identity())).unwrap_or_default();
        let what = "is not possible now, because the stored session could not be read, \
                    and a refresh token that works once is not sent on a guess,";
        let advice = format!("See {place}, or bring new tokens with tokenkeep import");
        provider.failure(Code::Store, Step::Refresh, what, &advice).with_status(503)
    }

    /// Does the session have a refresh token that may still work?
    pub(super) fn can_go_on(&self, provider: &dyn Provider) -> bool {
        let current = self.shared.memory.load().session;
        current.is_some_and(|current| self.currency(provider, &current).is_some())
    }

    /// The provisioned token as a session, unless it is spent or dead. A record that was made with this credential says that it is
    /// spent: what the record has, or had, came of it. One that could not be read may be such a record.
    pub(super) fn seed(&self, provider: &dyn Provider, found: &Found) -> Option<Session> {
        let Start::Seed(Some(seed)) = provider.start() else { return None };
        let refused = self.shared.annex().keeping.kept.lock().dead.holds(seed);
        if refused || provider.has_spent(seed) || found.unreadable || found.is_made_by(provider) {
            return None;
        }
        let life = life_of(seed, self.parts.clock.now());
        let renewable = Renewable::ByRefreshToken { secret: seed.clone(), life };
        Some(Session { access: None, renewable, scoped: Scoped::new(), source: Source::Refresh })
    }

    /// Sees to it that no other session of this process sends what we are about to send.
    pub(super) fn claim(&self, provider: &dyn Provider, currency: Currency<'_>) -> Result<Claim, Failure> {
        let Currency::RefreshToken(token) = currency else { return Ok(Box::new(())) };
        provider.claim(token).map_err(|why| match why {
            Unclaimed::Spent => provider.unprovisioned(),
            Unclaimed::Busy => {
                let what =
                    "is not possible now, because another manager of this process is sending the same refresh token,";
                let advice = "Managers whose options and stores are the same share one session";
                provider.failure(Code::Timeout, Step::Refresh, what, advice)
            }
        })
    }

    /// Remembers that a token was exchanged for another one, whatever becomes of that: it may turn up again.
    pub(super) fn note_spent(&self, provider: &dyn Provider, before: &Session, after: &Session) {
        let Renewable::ByRefreshToken { secret: sent, .. } = &before.renewable else { return };
        if !provider.rotates() || before.shares_refresh_token(after) {
            return;
        }
        let may_come_back = if self.is_provisioned(provider, sent) {
            provider.note_spent(sent);
            // Not every provider remembers it for the whole process.
            !provider.has_spent(sent)
        } else {
            // A sibling who heard nothing of its save puts it back once the record is gone that had its successor.
            self.store().is_some()
        };
        if may_come_back {
            self.shared.annex().keeping.kept.lock().dead.bury(sent);
        }
    }

    /// Will it turn up again, whatever becomes of the session?
    fn is_provisioned(&self, provider: &dyn Provider, token: &SecretString) -> bool {
        let is_it = |other: &SecretString| other.expose_secret() == token.expose_secret();
        matches!(provider.start(), Start::Seed(Some(seed)) if is_it(seed))
            || self.environments_refresh_token().is_some_and(|theirs| is_it(&theirs))
    }
}
