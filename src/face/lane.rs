//! Where the work of one manager runs, and how its end gets back to JavaScript.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_lite::future::Boxed;

use super::answers::Settled;
use super::log::{self, Log};
use super::machine;
use super::mailbox::{Letter, Mailbox};
use crate::flight::Landing;
use crate::manager::{Outcome, Spawn};

/// Posts the end of an operation when it is dropped: also when its task never ran, or died.
pub(crate) struct Report {
    manager: u32,
    mailbox: Arc<Mailbox>,
    dropped: Arc<AtomicU32>,
    settled: Option<Settled>,
}

impl Report {
    pub(crate) fn on(manager: u32, operation: u32, mailbox: &Arc<Mailbox>, dropped: &Arc<AtomicU32>) -> Self {
        let settled = Some(Settled::of_flight(operation, Outcome::lost()));
        Self { manager, mailbox: Arc::clone(mailbox), dropped: Arc::clone(dropped), settled }
    }

    pub(crate) fn file(mut self, settled: Settled) {
        self.settled = Some(settled);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(settled) = self.settled.take() {
            let dropped_lines = self.dropped.swap(0, Ordering::Relaxed);
            self.mailbox.post(self.manager, Letter::Settled(Settled { dropped_lines, ..settled }));
        }
    }
}

/// Where tasks run, with the log of one manager around whatever runs there.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) log: Option<Arc<Log>>,
}

impl Lane {
    pub(crate) fn with(log: Option<Arc<Log>>) -> Self {
        Self { log }
    }
}

impl Spawn for Lane {
    fn spawn(&self, task: Boxed<()>) {
        machine::spawn(match &self.log {
            Some(log) => log::around(task, Arc::clone(log)),
            None => task,
        });
    }
}
