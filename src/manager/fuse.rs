//! The storm fuse: an API that refuses every new token is not answered with a login for each.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;

use super::Inner;
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::policy::Storm;
use crate::telemetry::in_words;

/// When tokens were refused that had only just been made.
#[derive(Default)]
pub(super) struct Fuse(Mutex<VecDeque<Moment>>);

impl Fuse {
    /// How long nobody renews.
    pub(super) fn left(&self, policy: &Storm, now: Moment) -> Duration {
        let refusals = self.0.lock();
        let oldest = refusals.back().filter(|_| refusals.len() >= policy.renewals);
        oldest.map_or(Duration::ZERO, |oldest| policy.window.saturating_sub(now.since(*oldest)))
    }
}

impl Inner {
    /// Takes note of a token that was refused.
    pub(super) fn refused(&self, received: Moment) {
        let (policy, now) = (&self.parts.policy.fuse, self.parts.clock.now());
        if now.since(received) < policy.young {
            let mut refusals = self.shared.annex().fuse.0.lock();
            refusals.truncate(policy.renewals.saturating_sub(1));
            refusals.push_front(now);
        }
    }

    /// Has the API refused so many in so short a time that another would be one more? It heals by itself.
    pub(super) fn blown(&self) -> Option<Failure> {
        let policy = &self.parts.policy.fuse;
        let left = self.shared.annex_so_far()?.fuse.left(policy, self.parts.clock.now());
        if left.is_zero() {
            return None;
        }
        let provider = self.provider();
        let message = format!(
            "{}: not renewing for {} at {} for another {}: the API refused the last {} tokens as soon as they were made. Does it \
             take tokens of this server and this account?",
            provider.failure_prefix(),
            provider.account(),
            provider.host(),
            in_words(left),
            policy.renewals,
        );
        Some(Failure::new(Code::CoolingDown, message).with_retry_after(Some(left)))
    }
}
