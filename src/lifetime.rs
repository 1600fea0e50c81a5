//! How long a token lives, counted from its receipt on our own clocks (`life-cycle.md`, "Ages").
//!
//! A JWT's `exp` is never compared with the local clock: `exp - iat` is a duration, and a duration has no skew.

use std::time::Duration;

use crate::claims::Claims;

/// Past this a token "never" expires; it keeps every sum of times far from its limits.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A token whose reply was sent this much later than its `iat` was minted earlier: the server handed out an old one.
const MINTED_EARLIER_MS: i64 = 60_000;

/// Everything that says something about the lifetime of a token minted by the reply at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence {
    /// What the provider's answer says (`expires_in` and its like).
    pub stated: Option<Duration>,
    /// What the token itself says.
    pub claims: Claims,
    /// The server's clock when it answered (Date header, in epoch milliseconds), unless a cache answered for it.
    pub server_time: Option<i64>,
    /// Our wall clock at receipt: the last resort for an `exp` that nothing else can be held against.
    pub received_at: i64,
    /// The user's `ttlSeconds`.
    pub ttl: Option<Duration>,
    /// What the provider's tokens usually live.
    pub default: Duration,
}

/// A lifetime, and whether it had to be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// How long the token is good for.
    pub duration: Duration,
    /// Nobody said: it is the provider's default.
    pub assumed: bool,
}

/// The token had expired before it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token had already expired when it arrived")]
pub struct BornExpired;

impl Evidence {
    /// The lifetime by the first witness that is there, capped by `ttl`.
    pub fn lifetime(&self) -> Result<Lifetime, BornExpired> {
        let known = match (self.stated, self.by_claims()) {
            (Some(stated), _) => Some(stated),
            (None, Some(left)) => Some(Duration::from_millis(u64::try_from(left).map_err(|_| BornExpired)?)),
            (None, None) => self.ttl,
        };
        let duration = known.unwrap_or(self.default).min(self.ttl.unwrap_or(LONGEST)).min(LONGEST);
        if duration.is_zero() {
            return Err(BornExpired);
        }
        Ok(Lifetime { duration, assumed: known.is_none() })
    }

    fn by_claims(&self) -> Option<i64> {
        let expires_at = self.claims.expires_at?;
        let from = match (self.claims.issued_at, self.server_time) {
            (Some(issued), Some(server)) if server.saturating_sub(issued) > MINTED_EARLIER_MS => server,
            (Some(issued), _) => issued,
            (None, server) => server.unwrap_or(self.received_at),
        };
        Some(expires_at.saturating_sub(from))
    }
}
