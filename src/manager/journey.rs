//! What a flight has done so far: for the deadline's message, for those who listen, and for the audit.

use std::time::Duration;

use parking_lot::Mutex;

use crate::error::{Code, Failure};
use crate::provider::Step;
use crate::session::Source;

/// One try of a flight, all its repetitions included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// What was tried.
    pub how: Source,
    /// How long it took.
    pub duration: Duration,
    /// What it failed with.
    pub error: Option<Code>,
}

/// One flight's notes. Shared with the deadline: when it strikes, the future of the renewal is gone.
pub(super) struct Journey {
    notes: Mutex<Notes>,
}

struct Notes {
    step: Step,
    attempts: Vec<Attempt>,
}

impl Journey {
    pub(super) fn new() -> Self {
        Self { notes: Mutex::new(Notes { step: Step::Login, attempts: Vec::new() }) }
    }

    pub(super) fn enter(&self, step: Step) {
        self.notes.lock().step = step;
    }

    pub(super) fn step(&self) -> Step {
        self.notes.lock().step
    }

    /// What is being tried, or was last.
    pub(super) fn how(&self) -> Source {
        match self.step() {
            Step::Refresh => Source::Refresh,
            Step::Login | Step::SecondFactor | Step::Revoke | Step::Discovery => Source::Login,
        }
    }

    pub(super) fn note<T>(&self, how: Source, duration: Duration, result: &Result<T, Failure>) {
        let error = result.as_ref().err().map(|failure| failure.code);
        self.notes.lock().attempts.push(Attempt { how, duration, error });
    }

    pub(super) fn attempts(&self) -> Vec<Attempt> {
        self.notes.lock().attempts.clone()
    }
}
