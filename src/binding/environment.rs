//! One JavaScript thread of Node's: its mail, and the memory of its cells.

use std::sync::Arc;

use napi::bindgen_prelude::{Function, Int32Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, sys};
use napi_derive::napi;

use crate::face::host::NativeAnswer;
use crate::face::thread::{NativeLetter, Thread};
use crate::freshness::{Cell, Cells, PER_BLOCK};
use crate::store::memory::Freshness;

/// `CalleeHandled` is false (no leading error argument), `Weak` is true (keeps no process alive).
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// One JavaScript thread, as the native side sees it. `lib/` makes one when it is loaded.
#[napi]
pub struct NativeEnvironment {
    pub(super) thread: Arc<Thread>,
    wake: Arc<Wake>,
    cells: Arc<Cells>,
    /// The first cell of the first block.
    probe: Cell,
}

#[napi]
impl NativeEnvironment {
    /// `wake` is called whenever there is mail; it keeps no process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(wake: Function<'_, (), ()>) -> Result<Self> {
        let wake: Arc<Wake> = Arc::new(wake.build_threadsafe_function().weak::<true>().build()?);
        let cells = Arc::new(Cells::default());
        let probe = cells.take();
        let (call, more) = (Arc::clone(&wake), Arc::clone(&cells));
        let ring = move || {
            // Refused only when the environment is going away, and then nobody reads mail any more.
            call.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        let next_cell = move || {
            let cell = more.take();
            (cell.index() as u32, Arc::new(cell) as Arc<dyn Freshness>)
        };
        let thread = Arc::new(Thread::new(Box::new(ring), Box::new(next_cell)));
        Ok(Self { thread, wake, cells, probe })
    }

    /// All mail since the last call, in the order in which it was posted.
    #[napi(catch_unwind)]
    pub fn collect(&self) -> Vec<NativeLetter> {
        self.thread.collect()
    }

    /// A callback's answer. False when nobody waits for it any more.
    #[napi(catch_unwind)]
    pub fn answer(&self, question: u32, answer: NativeAnswer) -> bool {
        self.thread.host.answer(question, answer)
    }

    /// Nobody is here who could answer: whoever asks need not wait.
    #[napi(catch_unwind)]
    pub fn decline(&self, question: u32) {
        self.thread.host.decline(question);
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
        let wake = self.wake.handle.get_raw();
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
}

/// The thread has ended, or is about to: no callback of its answers any more.
impl Drop for NativeEnvironment {
    fn drop(&mut self) {
        self.thread.host.leave();
    }
}
