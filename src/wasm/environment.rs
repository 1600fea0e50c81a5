//! The one JavaScript thread of this instance: its mail.

use std::sync::{Arc, LazyLock};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{read, write};
use super::{cells, js};
use crate::face::thread::Thread;

static THREAD: LazyLock<Arc<Thread>> =
    LazyLock::new(|| Arc::new(Thread::new(Box::new(js::announce_mail), Box::new(cells::next))));

pub(super) fn thread() -> &'static Arc<Thread> {
    &THREAD
}

/// All mail since the last call, in the order in which it was posted.
#[wasm_bindgen]
pub fn collect() -> Result<String, JsValue> {
    write(&thread().collect())
}

/// A callback's answer. False when nobody waits for it any more.
#[wasm_bindgen]
pub fn answer(question: u32, answer: &str) -> Result<bool, JsValue> {
    Ok(thread().host.answer(question, read(answer)?))
}

/// Nobody is here who could answer: whoever asks need not wait.
#[wasm_bindgen]
pub fn decline(question: u32) {
    thread().host.decline(question);
}
