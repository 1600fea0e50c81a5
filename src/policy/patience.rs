//! How often and how soon to try again: pure functions of a failure.

use std::time::Duration;

use crate::error::{Code, Failure};
use crate::random::{Rng, up_to};

/// Tries within one renewal.
#[derive(Debug, Clone)]
pub struct Retry {
    /// How many, the first one included.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each.
    pub base: Duration,
    /// The longest wait, also where the server names one.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(200), longest: Duration::from_secs(5) }
    }
}

impl Retry {
    /// One try and no other.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// How long to wait before the next try, after so many; `None` when there is none. Half of a wait is left to chance, so
    /// that a fleet that failed together does not come back together.
    pub fn wait(&self, tried: u32, failure: &Failure, rng: &dyn Rng) -> Option<Duration> {
        if tried >= self.attempts || !failure.is_transient() {
            return None;
        }
        if let Some(told) = failure.retry_after {
            return Some(told).filter(|told| *told <= self.longest);
        }
        let doubled = doubled(self.base, tried, self.longest);
        Some(doubled / 2 + up_to(doubled / 2, rng))
    }
}

/// How long a failed renewal is remembered (`life-cycle.md`, "Failures").
#[derive(Debug, Clone)]
pub struct CoolDown {
    /// After a rejection, at most,
    pub rejected: Duration,
    /// and at least.
    pub rejected_least: Duration,
    /// The longest that a server's Retry-After is believed.
    pub told: Duration,
    /// While a token may be served: between this and twice this.
    pub fresh: Duration,
    /// While a token lives: at most this part of what is left of it. A quarter is 4.
    pub part: u32,
    /// Without a fresh token, after the first failure; it doubles with each.
    pub first: Duration,
    /// Without a fresh token, at most.
    pub longest: Duration,
}

impl Default for CoolDown {
    fn default() -> Self {
        Self {
            rejected: Duration::from_secs(5),
            rejected_least: Duration::from_secs(4),
            told: Duration::from_secs(3600),
            fresh: Duration::from_secs(300),
            part: 4,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
        }
    }
}

/// What counts as a storm: renewals whose tokens the API refuses, one after the other.
#[derive(Debug, Clone)]
pub struct Storm {
    /// After so many refused tokens there is no further renewal,
    pub renewals: usize,
    /// until the first of them is this long ago.
    pub window: Duration,
    /// A token that lived longer than this was not refused for being new.
    pub young: Duration,
}

impl Default for Storm {
    fn default() -> Self {
        Self { renewals: 5, window: Duration::from_secs(30), young: Duration::from_secs(10) }
    }
}

/// What is left of the current token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leeway {
    /// Until it expires; zero when there is none.
    pub left: Duration,
    /// Until callers have to wait for a renewal.
    pub fresh: Duration,
}

impl CoolDown {
    /// How long nobody tries again after `failure`, the latest of `streak` in a row.
    pub fn after(&self, failure: &Failure, streak: u32, leeway: Leeway, rng: &dyn Rng) -> Duration {
        match Class::of(failure) {
            Class::Rejected => self.rejected - up_to(self.rejected.saturating_sub(self.rejected_least), rng),
            Class::ToldToWait(told) => told.min(self.told),
            Class::Transient if !leeway.fresh.is_zero() => self.at_leisure(leeway, rng),
            Class::Transient => {
                let doubled = doubled(self.first, streak, self.longest);
                // A token that still lives is a reason to hurry.
                if leeway.left.is_zero() { doubled } else { doubled.min(leeway.left / self.part) }
            }
        }
    }

    /// The same for renewals that nobody waits for: a password that is wrong is not tried every few seconds because of them.
    pub fn after_aside(&self, failure: &Failure, streak: u32, leeway: Leeway, rng: &dyn Rng) -> Duration {
        match Class::of(failure) {
            Class::Rejected if leeway.fresh.is_zero() => self.fresh + up_to(self.fresh, rng),
            Class::Rejected => self.at_leisure(leeway, rng),
            Class::ToldToWait(_) | Class::Transient => self.after(failure, streak, leeway, rng),
        }
    }

    /// There is a token that callers are served in the meantime.
    fn at_leisure(&self, leeway: Leeway, rng: &dyn Rng) -> Duration {
        (self.fresh + up_to(self.fresh, rng)).min(leeway.left / self.part).min(leeway.fresh)
    }
}

/// What kind of patience a failure asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same request will be refused again.
    Rejected,
    /// The server said when to come back.
    ToldToWait(Duration),
    /// It may be over in a moment. Whatever is not known to be something else is this.
    Transient,
}

impl Class {
    /// The class of a failure.
    pub fn of(failure: &Failure) -> Self {
        match (failure.code, failure.retry_after) {
            (Code::RateLimited | Code::ServerError, Some(told)) => Class::ToldToWait(told),
            _ if failure.is_rejection() => Class::Rejected,
            _ => Class::Transient,
        }
    }
}

/// `first`, doubled with each time after the first.
fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(16)).min(longest)
}
