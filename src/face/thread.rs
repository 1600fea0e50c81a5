//! What all managers of one JavaScript thread share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(feature = "binding")]
use napi_derive::napi;

use super::answers::{NativeLine, Settled};
use super::host::{Host, NativeQuestion};
use super::mailbox::{Letter, Mailbox, Wake};
use crate::store::memory::Freshness;

/// One piece of mail: a log line, the end of an operation, a question to a callback, the number of one that is settled, or that
/// something is due.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeLetter {
    /// Which manager it is about.
    pub manager: u32,
    pub line: Option<NativeLine>,
    pub settled: Option<Settled>,
    pub question: Option<NativeQuestion>,
    /// Nobody waits for the answer to this question any more.
    pub withdrawn: Option<u32>,
    /// It is time to renew: the account, or these of a pool.
    pub due: Option<Vec<String>>,
}

/// A cell for one account, and its number.
pub(crate) type NextCell = Box<dyn Fn() -> (u32, Arc<dyn Freshness>) + Send + Sync>;

/// One JavaScript thread, as the core sees it.
pub(crate) struct Thread {
    pub(super) mailbox: Arc<Mailbox>,
    pub(crate) host: Arc<Host>,
    next_cell: NextCell,
    managers: AtomicU32,
}

impl Thread {
    pub(crate) fn new(wake: Wake, next_cell: NextCell) -> Self {
        let mailbox = Arc::new(Mailbox::new(wake));
        let host = Arc::new(Host::new(Arc::clone(&mailbox)));
        Self { mailbox, host, next_cell, managers: AtomicU32::new(0) }
    }

    /// All mail since the last call, in the order in which it was posted.
    pub(crate) fn collect(&self) -> Vec<NativeLetter> {
        let open = |(manager, letter)| {
            let empty = NativeLetter { manager, line: None, settled: None, question: None, withdrawn: None, due: None };
            match letter {
                Letter::Line(line) => NativeLetter { line: Some(line), ..empty },
                Letter::Settled(settled) => NativeLetter { settled: Some(settled), ..empty },
                Letter::Asked(question) => NativeLetter { question: Some(question.into()), ..empty },
                Letter::Due(accounts) => NativeLetter { due: Some(accounts), ..empty },
                Letter::Withdrawn(number) => NativeLetter { withdrawn: Some(number), ..empty },
            }
        };
        self.mailbox.collect().into_iter().map(open).collect()
    }

    pub(super) fn next_cell(&self) -> (u32, Arc<dyn Freshness>) {
        (self.next_cell)()
    }

    /// By which letters name a manager, or a pool.
    pub(super) fn next_number(&self) -> u32 {
        self.managers.fetch_add(1, Ordering::Relaxed)
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").finish_non_exhaustive()
    }
}
