//! What happened, in numbers and in the words of the log.
//!
//! Log events are `tracing` events of the target [`TARGET`], with the fields `account` and `host` and figures only. What may
//! never be a field or part of a message: a token, a password, a code, a ticket, a body that did not go through
//! [`crate::redaction`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::{Code, Failure};
use crate::session::Source;

/// The target of every log event, and its name: that would be a place in these sources, which nobody reads.
pub const TARGET: &str = "tokenkeep";

/// How many renewals `status()` remembers.
const REMEMBERED: usize = 10;

/// How often what has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Logins that brought a token.
    pub logins: u64,
    /// Refreshes that brought a token.
    pub refreshes: u64,
    /// Sessions taken over from the store, the environment or the backup.
    pub store_hits: u64,
    /// Renewals that failed.
    pub failures: u64,
    /// Tokens dropped before their time.
    pub invalidations: u64,
}

impl Counters {
    /// Takes note of a renewal.
    pub fn record(&mut self, how: Source, failed: bool) {
        match how {
            _ if failed => self.failures += 1,
            Source::Login => self.logins += 1,
            Source::Refresh => self.refreshes += 1,
            Source::Store | Source::Environment | Source::Backup => self.store_hits += 1,
        }
    }
}

/// One renewal, after the fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// When it ended, in epoch milliseconds.
    pub at: i64,
    /// What was tried last.
    pub how: Source,
    /// How long it took.
    pub duration: Duration,
    /// What it failed with.
    pub error: Option<Code>,
}

/// One account's record.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// How often what has happened.
    pub counters: Counters,
    /// The last renewals, newest first.
    pub recent: VecDeque<Renewal>,
    /// The last failure and when it was, in epoch milliseconds.
    pub last_error: Option<(Failure, i64)>,
    /// The server's clock minus ours, in milliseconds, as of the last login.
    pub clock_skew: Option<i64>,
}

impl Telemetry {
    /// Takes note of a renewal.
    pub fn record(&mut self, at: i64, how: Source, duration: Duration, failure: Option<&Failure>) {
        self.counters.record(how, failure.is_some());
        if let Some(failure) = failure {
            self.last_error = Some((failure.clone(), at));
        }
        self.recent.truncate(REMEMBERED - 1);
        self.recent.push_front(Renewal { at, how, duration, error: failure.map(|failure| failure.code) });
    }
}

/// To the nearest second: ten minutes that are a few microseconds old are still ten minutes.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.saturating_add(Duration::from_millis(500)).as_secs()
}

/// A duration as a person would say it: "45 seconds", "10 minutes", "363 days".
pub fn in_words(duration: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = whole_seconds(duration);
    // A unit is worth naming when there are two of it: "90 minutes" says more than "1 hour".
    let (count, unit) = UNITS
        .iter()
        .find(|(size, _)| seconds >= 2 * size)
        .map_or((seconds, "second"), |(size, unit)| (seconds / size, *unit));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
