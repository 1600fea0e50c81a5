//! Many accounts, as Node holds them.

use napi::Result;
use napi::bindgen_prelude::Reference;
use napi_derive::napi;

use super::environment::NativeEnvironment;
use super::manager::NativeManager;
use super::refused;
use crate::face::options::{NativeOptions, NativePatience};
use crate::face::pool::{HeldPool, NativeEnrolment, NativePoolLook};
use crate::face::reports::NativeCensus;

/// The accounts of one pool.
#[napi]
pub struct NativePool {
    held: HeldPool,
}

#[napi]
impl NativePool {
    /// At most `capacity` sessions, of which at most `logins` renew at once.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        environment: Reference<NativeEnvironment>,
        options: NativeOptions,
        capacity: f64,
        logins: f64,
    ) -> Result<Self> {
        let held = HeldPool::new(&environment.thread, options, capacity, logins).map_err(refused)?;
        Ok(Self { held })
    }

    /// By which number letters name this pool.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.held.number()
    }

    /// The note of the account of that name; nothing where it is not known (any more). To be asked for it is no use of the account.
    #[napi(catch_unwind)]
    pub fn note(&self, id: String) -> Option<u32> {
        self.held.note(id)
    }

    /// Makes an account known.
    #[napi(catch_unwind)]
    pub fn enrol(&self, id: String, enrolment: NativeEnrolment) -> Result<()> {
        self.held.enrol(id, enrolment).map_err(refused)
    }

    /// A manager of the account of that name; nothing where it is not known. `is_used`: somebody asked for it, and not a timer.
    #[napi(catch_unwind)]
    pub fn manager(
        &self,
        id: String,
        has_totp: bool,
        patience: NativePatience,
        is_used: bool,
    ) -> Option<NativeManager> {
        let held = self.held.manager(id, has_totp, patience, is_used)?;
        Some(NativeManager { held })
    }

    /// Makes one that was let go of the manager of another account. An engine's collector takes its time with objects that have a
    /// native half, and then sees to all of them in one go: a hundred thousand of them stop the event loop for a fifth of a second.
    #[napi(catch_unwind)]
    pub fn seat(
        &self,
        manager: &NativeManager,
        id: String,
        has_totp: bool,
        patience: NativePatience,
        is_used: bool,
    ) -> bool {
        self.held.seat(&manager.held, id, has_totp, patience, is_used)
    }

    /// Like the look of a manager. A fresh session is watched from here on, unless it is `watched`.
    #[napi(catch_unwind)]
    pub fn look(&self, id: String, known: i32, watched: bool) -> Option<NativePoolLook> {
        self.held.look(id, known, watched)
    }

    /// Of a session whose generation is `known`: for how many milliseconds it may be served before the next look. -1 where there is
    /// more to say, and a look says it. A number costs a tenth of what an object does.
    #[napi(catch_unwind)]
    pub fn glance(&self, id: String, known: u32) -> f64 {
        self.held.glance(id, known)
    }

    /// The current token, whatever its age.
    #[napi(catch_unwind)]
    pub fn peek(&self, id: String) -> Option<String> {
        self.held.peek(id)
    }

    /// Gives back the cells of these watches.
    #[napi(catch_unwind)]
    pub fn unwatch(&self, numbers: Vec<u32>) {
        self.held.unwatch(numbers);
    }

    /// Has those leave for whom there was room only while they were held. Answers whether there is room for the others.
    #[napi(catch_unwind)]
    pub fn shrink(&self) -> bool {
        self.held.shrink()
    }

    /// The notes of those who had to leave since the last time.
    #[napi(catch_unwind)]
    pub fn evicted(&self) -> Vec<u32> {
        self.held.evicted()
    }

    /// How the accounts are doing.
    #[napi(catch_unwind)]
    pub fn status(&self) -> NativeCensus {
        self.held.status()
    }

    /// Forgets everybody.
    #[napi(catch_unwind)]
    pub fn clear(&self) {
        self.held.clear();
    }
}
