//! When a token is fresh, stale or expired: pure functions of its life and the time.

use std::time::Duration;

use crate::clock::Moment;
use crate::session::Life;

mod patience;

pub use patience::{Class, CoolDown, Leeway, Retry, Storm};

/// What the user chose.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How long before expiry a token counts as stale; capped at half its lifetime.
    pub margin: Duration,
    /// A lifetime for tokens that have none, and a cap for those that have.
    pub ttl: Option<Duration>,
    /// For one HTTP attempt.
    pub attempt: Duration,
    /// For a whole renewal, from the moment on at which it is our turn.
    pub deadline: Duration,
    /// When a renewal fails, answer with the last token while it has not expired.
    pub serve_stale: bool,
    /// Tries within one renewal.
    pub retry: Retry,
    /// How long failures are remembered; `None` for not at all, as the drop-in has it.
    pub cool_down: Option<CoolDown>,
    /// When an API that refuses whatever it is given is no longer worth a renewal.
    pub fuse: Storm,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            margin: Duration::from_secs(60),
            ttl: None,
            attempt: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
            serve_stale: true,
            retry: Retry::never(),
            cool_down: None,
            fuse: Storm::default(),
        }
    }
}

/// Where in its life a token is (`life-cycle.md`, "Ages"). With a number for a margin there is no soft zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Served at once.
    Fresh,
    /// Callers wait for a renewal; should it fail, the token may still be served.
    Hard,
    /// Dead: callers wait for a renewal and get its failure.
    Expired,
}

impl Policy {
    /// How long before its expiry a token becomes stale. A margin as long as the token lives would renew on every call,
    /// so it is capped at half the lifetime.
    pub fn hard_margin(&self, life: &Life) -> Duration {
        self.margin.min(life.lifetime / 2)
    }

    /// How long the token may be served before it has to be looked at again; zero once it is stale.
    pub fn fresh_for(&self, life: &Life, now: Moment) -> Duration {
        life.left(now).saturating_sub(self.hard_margin(life))
    }

    /// The zone that the token is in.
    pub fn zone(&self, life: &Life, now: Moment) -> Zone {
        if life.left(now).is_zero() {
            Zone::Expired
        } else if self.fresh_for(life, now).is_zero() {
            Zone::Hard
        } else {
            Zone::Fresh
        }
    }

    /// The moment at which the token becomes stale, in epoch milliseconds.
    pub fn refresh_at(&self, life: &Life) -> i64 {
        let margin = i64::try_from(self.hard_margin(life).as_millis()).unwrap_or(i64::MAX);
        life.expires_at().saturating_sub(margin)
    }
}
