//! Failures that siblings share through the store, so that a wrong password does not become a wrong login per process.

use std::time::Duration;

use secrecy::SecretString;

use super::found::Found;
use super::stored::tokens_of;
use super::{Demand, Inner};
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::identity::Check;
use crate::policy::Class;
use crate::provider::Provider;
use crate::store::record::{SharedFailure, Tokens};
use crate::store::{Previous, Record, Saved, Store};
use crate::telemetry::in_words;

impl Inner {
    /// The failure of a sibling, with its own code: while it is remembered, or when it happened as we waited for our turn, which
    /// is as if we had been aboard. A forced try is held back only by what the server asked for.
    pub(super) fn siblings_failure(
        &self,
        found: &Found,
        provider: &dyn Provider,
        demand: Demand,
        waiting_since: Moment,
    ) -> Option<Failure> {
        let shared = found.failure(provider)?;
        let now = self.parts.clock.now().wall;
        // It was noted before a clock was set: nobody knows how long ago.
        if shared.at.saturating_sub(now) > self.parts.policy.limits.skew.as_millis() as i64 {
            return None;
        }
        let left = shared.until.saturating_sub(now).min(shared.until.saturating_sub(shared.at));
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(self.patience().told);
        let aboard = shared.at > waiting_since.wall && shared.at <= now;
        let told = shared.told;
        let holds_back = !left.is_zero() && (demand.takes_what_is_there() || told);
        if !aboard && !holds_back {
            return None;
        }
        let wait = if left.is_zero() {
            String::new()
        } else {
            format!("; no process of this store tries again for another {}", in_words(left))
        };
        let message = format!(
            "{}: another process could not renew the session for {} at {} a moment ago ({}, status {}){wait}",
            provider.failure_prefix(),
            provider.account(),
            provider.host(),
            shared.code.as_str(),
            shared.status
        );
        let retry_after = Some(left).filter(|left| !left.is_zero());
        let failure = Failure::new(shared.code, message).with_status(shared.status).with_retry_after(retry_after);
        self.cool_down_for(&failure, left, told);
        Some(failure)
    }

    /// Writes a failure of our own into the record. It changes nothing else there, but for a refresh token that was refused.
    pub(super) async fn share(&self, store: &dyn Store, provider: &dyn Provider, failure: &Failure, wait: Duration) {
        if Code::of(failure.code.as_str()).is_none() {
            return;
        }
        let found = self.find(store, provider).await;
        if found.unreadable {
            // It may be a good record for somebody with another key: a note is no reason to move it.
            return;
        }
        let now = self.parts.clock.now();
        let expected = found.generation();
        let generation = self.next_generation(expected);
        let ours = expected == self.kept_generation();
        let until = now.wall.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let check = Some(Check::new(provider.credential(), &*self.parts.rng));
        let told = matches!(Class::of(failure), Class::ToldToWait(_));
        let failure = SharedFailure {
            code: failure.code,
            status: failure.status,
            at: now.wall,
            until,
            told,
            check: check.clone(),
        };
        let before = found.record.unwrap_or_default();
        let unsaved = self.shared.annex().keeping.kept.lock().unsaved;
        let (tokens, check) = match self.shared.memory.load().session {
            Some(session) if ours && unsaved => (tokens_of(&session, now), check),
            // What memory has may be a backup that tides us over. All that it knows better is that a refresh token is dead;
            // whatever else lies there is not ours to touch.
            _ => (before.tokens.and_then(|tokens| self.without_dead_refresh(tokens)), before.check),
        };
        let record = Record { generation, tokens, check, failure: Some(failure) };
        let saved = self.write(store, provider, record, expected, Previous::Keep).await;
        if ours && matches!(saved, Some(Saved::Done)) {
            let mut kept = self.shared.annex().keeping.kept.lock();
            kept.generation = Some(generation);
            kept.saved();
        }
    }

    fn without_dead_refresh(&self, mut tokens: Tokens) -> Option<Tokens> {
        let is_dead = |token: &SecretString| self.shared.annex().keeping.kept.lock().dead.holds(token);
        tokens.refresh = tokens.refresh.filter(|token| !is_dead(token));
        Some(tokens).filter(|tokens| tokens.access.is_some() || tokens.refresh.is_some())
    }
}
