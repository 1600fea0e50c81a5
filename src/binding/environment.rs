//! What all managers of one JavaScript thread share: its mailbox and its cells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Function, Int32Array};
use napi::{Env, Result, sys};
use napi_derive::napi;

use super::answers::{NativeLine, Settled};
use super::freshness::{Cell, Cells, PER_BLOCK};
use super::host::{Host, NativeAnswer, NativeQuestion};
use super::mailbox::{Letter, Mailbox, Wake};
use crate::store::memory::Freshness;

/// One piece of mail: a log line, the end of an operation, a question to a callback, the number of one that is settled, or that
/// something is due.
#[napi(object, object_from_js = false)]
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

/// One JavaScript thread, as the native side sees it. `lib/` makes one when it is loaded.
#[napi]
pub struct NativeEnvironment {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) host: Arc<Host>,
    cells: Cells,
    /// The first cell of the first block.
    probe: Cell,
    managers: AtomicU32,
}

#[napi]
impl NativeEnvironment {
    /// `wake` is called whenever there is mail; it keeps no process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(wake: Function<'_, (), ()>) -> Result<Self> {
        let wake: Wake = wake.build_threadsafe_function().weak::<true>().build()?;
        let cells = Cells::default();
        let probe = cells.take();
        let mailbox = Arc::new(Mailbox::new(wake));
        let host = Arc::new(Host::new(Arc::clone(&mailbox)));
        Ok(Self { mailbox, host, cells, probe, managers: AtomicU32::new(0) })
    }

    /// All mail since the last call, in the order in which it was posted.
    #[napi(catch_unwind)]
    pub fn collect(&self) -> Vec<NativeLetter> {
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

    /// A callback's answer. False when nobody waits for it any more.
    #[napi(catch_unwind)]
    pub fn answer(&self, question: u32, answer: NativeAnswer) -> bool {
        self.host.answer(question, answer)
    }

    /// Nobody is here who could answer: whoever asks need not wait.
    #[napi(catch_unwind)]
    pub fn decline(&self, question: u32) {
        self.host.decline(question);
    }

    /// The memory of a block of cells. An engine that will not show foreign memory (Electron) gets a copy, which never
    /// changes: `lib/` finds out by `probe`.
    #[napi(catch_unwind)]
    pub fn cells(&self, block: u32) -> Option<Int32Array> {
        let block = self.cells.block(block as usize)?;
        let address = block.address().cast::<i32>().cast_mut();
        // SAFETY: the block stays where it is and stays allocated until the engine lets go of it, because the finalizer
        // owns a share of it. JavaScript only ever reads; the writes are atomic and each cell is one aligned 32-bit word.
        Some(unsafe { Int32Array::with_external_data(address, PER_BLOCK, move |_, _| drop(block)) })
    }

    /// Keeps the process alive, or lets go of it again. For those who wait; idempotent.
    #[napi(catch_unwind)]
    pub fn hold(&self, env: Env, held: bool) {
        let wake = self.mailbox.wake();
        // SAFETY: this is the thread of the environment that the function was made in, and while JavaScript runs there it
        // has not been finalized. napi's own `refer` wants it mutable, and is deprecated in favour of strong functions.
        let _refused = unsafe {
            if held {
                sys::napi_ref_threadsafe_function(env.raw(), wake)
            } else {
                sys::napi_unref_threadsafe_function(env.raw(), wake)
            }
        };
    }

    /// Writes a number into the first cell of the first block.
    #[napi(catch_unwind)]
    pub fn probe(&self, number: u32) {
        self.probe.moved(number);
    }

    pub(super) fn next_cell(&self) -> Cell {
        self.cells.take()
    }

    /// By which letters name a manager, or a pool.
    pub(super) fn next_number(&self) -> u32 {
        self.managers.fetch_add(1, Ordering::Relaxed)
    }
}

/// The thread has ended, or is about to: no callback of its answers any more.
impl Drop for NativeEnvironment {
    fn drop(&mut self) {
        self.host.leave();
    }
}
