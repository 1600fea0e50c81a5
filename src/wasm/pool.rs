//! Many accounts, as a host of WebAssembly holds them.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{read, refused, write};
use super::environment::thread;
use super::manager::NativeManager;
use crate::face::pool::HeldPool;

/// The accounts of one pool.
#[wasm_bindgen]
pub struct NativePool {
    held: HeldPool,
}

#[wasm_bindgen]
impl NativePool {
    /// At most `capacity` sessions, of which at most `logins` renew at once.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, capacity: f64, logins: f64) -> Result<NativePool, JsValue> {
        let held = HeldPool::new(thread(), read(options)?, capacity, logins).map_err(refused)?;
        Ok(Self { held })
    }

    /// By which number letters name this pool.
    pub fn number(&self) -> u32 {
        self.held.number()
    }

    /// The note of the account of that name; nothing where it is not known (any more). To be asked for it is no use of the account.
    pub fn note(&self, id: String) -> Option<u32> {
        self.held.note(id)
    }

    /// Makes an account known.
    pub fn enrol(&self, id: String, enrolment: &str) -> Result<(), JsValue> {
        self.held.enrol(id, read(enrolment)?).map_err(refused)
    }

    /// A manager of the account of that name; nothing where it is not known. `is_used`: somebody asked for it, and not a timer.
    pub fn manager(
        &self,
        id: String,
        has_totp: bool,
        patience: &str,
        is_used: bool,
    ) -> Result<Option<NativeManager>, JsValue> {
        let held = self.held.manager(id, has_totp, read(patience)?, is_used);
        Ok(held.map(|held| NativeManager { held }))
    }

    /// Makes one that was let go of the manager of another account. An engine's collector takes its time with objects that have a
    /// native half, and then sees to all of them in one go: a hundred thousand of them stop the event loop for a fifth of a second.
    pub fn seat(
        &self,
        manager: &NativeManager,
        id: String,
        has_totp: bool,
        patience: &str,
        is_used: bool,
    ) -> Result<bool, JsValue> {
        Ok(self.held.seat(&manager.held, id, has_totp, read(patience)?, is_used))
    }

    /// Like the look of a manager. A fresh session is watched from here on, unless it is `watched`.
    pub fn look(&self, id: String, known: i32, watched: bool) -> Result<String, JsValue> {
        write(&self.held.look(id, known, watched))
    }

    /// Of a session whose generation is `known`: for how many milliseconds it may be served before the next look. -1 where there is
    /// more to say, and a look says it. A number costs a tenth of what an object does.
    pub fn glance(&self, id: String, known: u32) -> f64 {
        self.held.glance(id, known)
    }

    /// The current token, whatever its age.
    pub fn peek(&self, id: String) -> Option<String> {
        self.held.peek(id)
    }

    /// Gives back the cells of these watches.
    pub fn unwatch(&self, numbers: Vec<u32>) {
        self.held.unwatch(numbers);
    }

    /// Has those leave for whom there was room only while they were held. Answers whether there is room for the others.
    pub fn shrink(&self) -> bool {
        self.held.shrink()
    }

    /// The notes of those who had to leave since the last time.
    pub fn evicted(&self) -> Vec<u32> {
        self.held.evicted()
    }

    /// How the accounts are doing.
    pub fn status(&self) -> Result<String, JsValue> {
        write(&self.held.status())
    }

    /// Forgets everybody.
    pub fn clear(&self) {
        self.held.clear();
    }
}
