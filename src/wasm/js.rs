//! What the host does for us; `lib/wasm/machine.ts` has the same names.
#![allow(unsafe_code, reason = "wasm-bindgen's imports are written with it")]

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "tokenkeep:machine")]
extern "C" {
    /// Milliseconds since the Unix epoch.
    pub(super) fn wall() -> f64;

    /// Milliseconds since any moment, by a clock that never steps.
    pub(super) fn steady() -> f64;

    /// Has `ring` called with this number when so many milliseconds have passed.
    #[wasm_bindgen(js_name = setAlarm)]
    pub(super) fn set_alarm(number: u32, millis: f64);

    /// Has it called no more.
    #[wasm_bindgen(js_name = clearAlarm)]
    pub(super) fn clear_alarm(number: u32);

    /// The text in lower case.
    pub(super) fn lower(text: &str) -> String;

    /// Fills the bytes with what nobody can foresee.
    pub(super) fn fill(bytes: &mut [u8]);

    /// Has `turn` called soon.
    #[wasm_bindgen(js_name = askForTurn)]
    pub(super) fn ask_for_turn();

    /// Has the mail collected soon.
    #[wasm_bindgen(js_name = announceMail)]
    pub(super) fn announce_mail();

    /// Writes into a cell.
    #[wasm_bindgen(js_name = writeCell)]
    pub(super) fn write_cell(number: u32, generation: u32);
}
