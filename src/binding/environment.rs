//! What all managers of one JavaScript thread share: its mailbox and its cells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Function, Int32Array};
use napi::{Either, Result};
use napi_derive::napi;

use super::freshness::{Cell, Cells, PER_BLOCK};
use super::mailbox::{Letter, Mailbox, Wake};
use super::options::Settled;
use crate::store::memory::Freshness;

/// A log line on its way to a logger.
#[napi(object, object_from_js = false)]
pub struct LineLetter {
    pub manager: u32,
    pub level: String,
    pub message: String,
    /// A JSON object.
    pub fields: String,
}

/// The end of an operation.
#[napi(object, object_from_js = false)]
pub struct SettledLetter {
    pub manager: u32,
    pub settled: Settled,
}

/// A question to the totp callback.
#[napi(object, object_from_js = false)]
pub struct AskedLetter {
    pub manager: u32,
    pub question: u32,
}

/// One JavaScript thread, as the native side sees it. `lib/` makes one when it is loaded.
#[napi]
pub struct NativeEnvironment {
    pub(super) mailbox: Arc<Mailbox>,
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
        Ok(Self { mailbox: Arc::new(Mailbox::new(wake)), cells, probe, managers: AtomicU32::new(0) })
    }

    /// All mail since the last call, in the order in which it was posted.
    #[napi(catch_unwind)]
    pub fn collect(&self) -> Vec<Either<LineLetter, Either<SettledLetter, AskedLetter>>> {
        let letters = self.mailbox.collect().into_iter();
        letters
            .map(|letter| match letter {
                Letter::Line { manager, line } => Either::A(LineLetter {
                    manager,
                    level: line.level.to_owned(),
                    message: line.message,
                    fields: line.fields,
                }),
                Letter::Settled { manager, settled } => Either::B(Either::A(SettledLetter { manager, settled })),
                Letter::Asked { manager, question } => Either::B(Either::B(AskedLetter { manager, question })),
            })
            .collect()
    }

    /// The memory of a block of cells. An engine that will not show foreign memory (Electron) gets a copy, which never
    /// changes: `lib/` finds out by `probe`.
    #[napi(catch_unwind)]
    pub fn cells(&self, block: u32) -> Option<Int32Array> {
        let block = self.cells.block(block as usize)?;
        let address = block.address();
        // SAFETY: the block stays where it is and stays allocated until the engine lets go of it, because the finalizer
        // owns a share of it. JavaScript only ever reads; the writes are atomic and each cell is one aligned 32-bit word.
        Some(unsafe { Int32Array::with_external_data(address, PER_BLOCK, move |_, _| drop(block)) })
    }

    /// Writes a number into the first cell of the first block.
    #[napi(catch_unwind)]
    pub fn probe(&self, number: u32) {
        self.probe.moved(number);
    }

    pub(super) fn next_manager(&self) -> (u32, Cell) {
        (self.managers.fetch_add(1, Ordering::Relaxed), self.cells.take())
    }
}
