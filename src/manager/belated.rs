//! A token that has expired by the time it could be handed over: a save took longer than the token lives, or the machine slept.
//! It is handed to nobody (`life-cycle.md`, "Ages": the bound). Whoever waited for it boards again: once in any case, and a few
//! times until the deadline has passed since it asked.

use super::{Inner, Outcome};
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::provider::Provider;
use crate::session::{AccessToken, Source};

/// Whoever has time boards again so often: a disk may be slow for a moment. Where tokens live for a millisecond nobody has one in time,
/// and a server is not to be asked for them without end.
pub(super) const ROUNDS: usize = 5;

impl Inner {
    /// The failure of whoever would get that token now, if it has expired. Nothing is remembered of it: the server did nothing wrong.
    pub(super) fn belated(
        &self,
        provider: &dyn Provider,
        token: &AccessToken,
        how: Option<Source>,
        now: Moment,
    ) -> Option<Failure> {
        if !token.life.left(now).is_zero() {
            return None;
        }
        let (prefix, account, host) = (provider.failure_prefix(), provider.account(), provider.host());
        let whose = format!("{prefix}: the token of {account} at {host}");
        let is_saved = matches!(how, Some(Source::Login | Source::Refresh | Source::Environment));
        let message = match self.store().filter(|_| is_saved) {
            Some(store) => format!(
                "{whose} expired while it was being saved: it lived {} ms, and was ready after {} ms. Use a faster store than {}, or have \
                 the server issue tokens that live longer",
                token.life.lifetime.as_millis(),
                now.since(token.life.received).as_millis(),
                store.location(provider.identity()),
            ),
            None => format!(
                "{whose} expired before it could be handed over. Is the machine overloaded, or was it suspended? Try again"
            ),
        };
        Some(Failure::new(Code::Timeout, message))
    }

    /// The outcome as it is by now: the flight landed a while ago, for all that its waiter knows.
    pub(super) fn by_now(&self, outcome: Outcome) -> Outcome {
        let now = self.parts.clock.now();
        let stale = outcome.stale.filter(|stale| !stale.life.left(now).is_zero());
        let belated = outcome.result.as_ref().ok().and_then(|token| {
            // It was good when it was saved.
            self.belated(&*self.provider(), token, None, now)
        });
        match belated {
            None => Outcome { stale, ..outcome },
            Some(failure) => {
                Outcome { result: Err(failure), stale, generation: 0, renewed: false, belated: true, ..outcome }
            }
        }
    }
}

impl Outcome {
    /// This one, for somebody who had boarded a flight before it that brought nothing in time.
    pub(super) fn following(self, before: Option<Outcome>) -> Self {
        let Some(before) = before else { return self };
        let attempts = [before.attempts, self.attempts].concat();
        Self { attempts, duration: before.duration + self.duration, cause: before.cause.or(self.cause), ..self }
    }
}
