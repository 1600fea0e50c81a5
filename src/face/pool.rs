//! Many accounts, as JavaScript holds them.

use std::sync::{Arc, Weak};

#[cfg(feature = "binding")]
use napi_derive::napi;
use parking_lot::Mutex;
use secrecy::ExposeSecret;

use super::Refused;
use super::answers::{NativeLook, millis};
use super::desk::Desk;
use super::equipment::Equipment;
use super::lane::Lane;
use super::machine;
use super::mailbox::Letter;
use super::manager::HeldManager;
use super::options::{NativeOptions, NativePatience};
use super::providers::NativeProvider;
use super::reports::NativeCensus;
use super::thread::Thread;
use crate::freshness::PER_BLOCK;
use crate::manager::{Parts, Shared};
use crate::pool::{Enrolled, Pool};
use crate::store::memory::Freshness;

/// The accounts of one pool.
pub(crate) struct HeldPool {
    thread: Arc<Thread>,
    equipment: Equipment,
    pool: Arc<Pool>,
    /// By which letters name it.
    number: u32,
    watches: Mutex<Vec<Option<Watch>>>,
}

/// A cell in which JavaScript sees changes of a session that it serves by itself. It keeps no session alive.
struct Watch {
    cell: Arc<dyn Freshness>,
    shared: Weak<Shared>,
}

/// What there is of an account without any waiting.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativePoolLook {
    pub look: NativeLook,
    /// Where changes are seen from now on, if nobody watched before.
    pub watch: Option<NativeWatch>,
}

/// Where a cell lies, and the number by which it is given back.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeWatch {
    pub number: u32,
    pub block: u32,
    pub slot: u32,
}

/// What an account's manager is made of.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeEnrolment {
    pub provider: NativeProvider,
    /// A number of JavaScript's own.
    pub note: u32,
}

impl HeldPool {
    /// At most `capacity` sessions, of which at most `logins` renew at once.
    pub(crate) fn new(
        thread: &Arc<Thread>,
        options: NativeOptions,
        capacity: f64,
        logins: f64,
    ) -> Result<Self, Refused> {
        let equipment = Equipment::of(options, &thread.host)?;
        let pool = Arc::new(Pool::new(capacity as usize, logins as usize));
        let number = thread.next_number();
        let mailbox = Arc::clone(&thread.mailbox);
        let ask = move |due: Vec<Box<str>>| {
            mailbox.post(number, Letter::Due(due.into_iter().map(String::from).collect()));
        };
        pool.tend(&equipment.policy, machine::clock(), &Lane::with(None), ask);
        Ok(Self { thread: Arc::clone(thread), equipment, pool, number, watches: Mutex::default() })
    }

    /// By which number letters name this pool.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The note of the account of that name; nothing where it is not known (any more). To be asked for it is no use of the account.
    pub(crate) fn note(&self, id: String) -> Option<u32> {
        self.pool.note(&id)
    }

    /// Makes an account known.
    pub(crate) fn enrol(&self, id: String, enrolment: NativeEnrolment) -> Result<(), Refused> {
        let shared = self.equipment.session(enrolment.provider)?;
        self.pool.enrol(&id, &Enrolled { shared, note: enrolment.note });
        Ok(())
    }

    /// A manager of the account of that name; nothing where it is not known. `is_used`: somebody asked for it, and not a timer.
    pub(crate) fn manager(
        &self,
        id: String,
        has_totp: bool,
        patience: NativePatience,
        is_used: bool,
    ) -> Option<HeldManager> {
        Some(HeldManager::at(self.desk(&id, has_totp, &patience, is_used)?))
    }

    /// Makes one that was let go of the manager of another account. An engine's collector takes its time with objects that have a
    /// native half, and then sees to all of them in one go: a hundred thousand of them stop the event loop for a fifth of a second.
    pub(crate) fn seat(
        &self,
        manager: &HeldManager,
        id: String,
        has_totp: bool,
        patience: NativePatience,
        is_used: bool,
    ) -> bool {
        let desk = self.desk(&id, has_totp, &patience, is_used);
        desk.map(|desk| manager.sit(desk)).is_some()
    }

    /// Like the look of a manager. A fresh session is watched from here on, unless it is `watched`.
    pub(crate) fn look(&self, id: String, known: i32, watched: bool) -> Option<NativePoolLook> {
        let Enrolled { shared, .. } = self.pool.get(&id)?;
        let look = shared.look(&self.equipment.policy, machine::clock().now(), u32::try_from(known).ok());
        let watch = (!watched && !look.fresh_for.is_zero()).then(|| self.watch(&shared));
        Some(NativePoolLook { look: NativeLook::unless_known(look, known), watch })
    }

    /// Of a session whose generation is `known`: for how many milliseconds it may be served before the next look. -1 where there is
    /// more to say, and a look says it. A number costs a tenth of what an object does.
    pub(crate) fn glance(&self, id: String, known: u32) -> f64 {
        let Some(Enrolled { shared, .. }) = self.pool.get(&id) else { return -1.0 };
        let look = shared.look(&self.equipment.policy, machine::clock().now(), Some(known));
        let is_all = look.generation == known && !look.due && !look.fresh_for.is_zero();
        if is_all { millis(look.look_in) } else { -1.0 }
    }

    /// The current token, whatever its age.
    pub(crate) fn peek(&self, id: String) -> Option<String> {
        let Enrolled { shared, .. } = self.pool.get(&id)?;
        let token = shared.look(&self.equipment.policy, machine::clock().now(), None).token?;
        Some(token.expose_secret().to_owned())
    }

    /// Gives back the cells of these watches.
    pub(crate) fn unwatch(&self, numbers: Vec<u32>) {
        let mut watches = self.watches.lock();
        for number in numbers {
            let watch = watches.get_mut(number as usize).and_then(Option::take);
            if let Some(Watch { cell, shared }) = watch
                && let Some(shared) = shared.upgrade()
            {
                shared.unwatch(&cell);
            }
        }
    }

    /// Has those leave for whom there was room only while they were held. Answers whether there is room for the others.
    pub(crate) fn shrink(&self) -> bool {
        self.pool.shrink()
    }

    /// The notes of those who had to leave since the last time.
    pub(crate) fn evicted(&self) -> Vec<u32> {
        self.pool.evicted()
    }

    /// How the accounts are doing.
    pub(crate) fn status(&self) -> NativeCensus {
        let census = self.pool.census(&self.equipment.policy, machine::clock().now());
        NativeCensus::of(self.pool.len(), &census, &self.pool.counters())
    }

    /// Forgets everybody.
    pub(crate) fn clear(&self) {
        self.pool.clear();
    }
}

impl HeldPool {
    fn desk(&self, id: &str, has_totp: bool, patience: &NativePatience, is_used: bool) -> Option<Desk> {
        let Enrolled { shared, .. } = if is_used { self.pool.get(id)? } else { self.pool.peek(id)? };
        let tune = |parts: Parts, watch| {
            let policy = patience.applied(&parts.policy);
            (self.pool.parts(Parts { policy, ..parts }), self.pool.watched(watch))
        };
        Some(Desk::of(&self.thread, &self.equipment, shared, has_totp, tune))
    }

    fn watch(&self, shared: &Arc<Shared>) -> NativeWatch {
        let (place, cell) = self.thread.next_cell();
        // Others log in to this session too, and the pool's timer is to hear of it.
        let watch = Watch { cell: self.pool.watched(cell), shared: Arc::downgrade(shared) };
        shared.watch(&watch.cell);
        let mut watches = self.watches.lock();
        let index = place as usize;
        if watches.len() <= index {
            watches.resize_with(index + 1, || None);
        }
        watches[index] = Some(watch);
        let per_block = PER_BLOCK as u32;
        NativeWatch { number: place, block: place / per_block, slot: place % per_block }
    }
}
