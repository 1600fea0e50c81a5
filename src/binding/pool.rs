//! Many accounts, as JavaScript holds them.

use std::sync::{Arc, Weak};

use napi::Result;
use napi::bindgen_prelude::Reference;
use napi_derive::napi;
use parking_lot::Mutex;
use secrecy::ExposeSecret;

use super::answers::{NativeCensus, NativeLook, millis};
use super::environment::NativeEnvironment;
use super::equipment::Equipment;
use super::freshness::{Cell, PER_BLOCK};
use super::lane::Lane;
use super::mailbox::Letter;
use super::manager::NativeManager;
use super::options::{NativeOptions, NativePatience, NativeProvider};
use super::time;
use crate::manager::{Parts, Shared};
use crate::pool::{Enrolled, Pool};
use crate::store::memory::Freshness;

/// The accounts of one pool.
#[napi]
pub struct NativePool {
    environment: Reference<NativeEnvironment>,
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
#[napi(object, object_from_js = false)]
pub struct NativePoolLook {
    pub look: NativeLook,
    /// Where changes are seen from now on, if nobody watched before.
    pub watch: Option<NativeWatch>,
}

/// Where a cell lies, and the number by which it is given back.
#[napi(object, object_from_js = false)]
pub struct NativeWatch {
    pub number: u32,
    pub block: u32,
    pub slot: u32,
}

/// What an account's manager is made of.
#[napi(object, object_to_js = false)]
pub struct NativeEnrolment {
    pub provider: NativeProvider,
    /// A number of JavaScript's own.
    pub note: u32,
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
        let equipment = Equipment::of(options, &environment.host)?;
        let pool = Arc::new(Pool::new(capacity as usize, logins as usize));
        let number = environment.next_number();
        let mailbox = Arc::clone(&environment.mailbox);
        let ask = move |due: Vec<Box<str>>| {
            mailbox.post(number, Letter::Due(due.into_iter().map(String::from).collect()));
        };
        pool.tend(&equipment.policy, time::clock(), &Lane::with(None), ask);
        Ok(Self { environment, equipment, pool, number, watches: Mutex::default() })
    }

    /// By which number letters name this pool.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The note of the account of that name; nothing where it is not known (any more). To be asked for it is no use of the account.
    #[napi(catch_unwind)]
    pub fn note(&self, id: String) -> Option<u32> {
        self.pool.note(&id)
    }

    /// Makes an account known.
    #[napi(catch_unwind)]
    pub fn enrol(&self, id: String, enrolment: NativeEnrolment) -> Result<()> {
        let shared = self.equipment.session(enrolment.provider)?;
        self.pool.enrol(&id, &Enrolled { shared, note: enrolment.note });
        Ok(())
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
        let Enrolled { shared, .. } = if is_used { self.pool.get(&id)? } else { self.pool.peek(&id)? };
        let tune = |parts: Parts, watch| {
            let policy = patience.applied(&parts.policy);
            (self.pool.parts(Parts { policy, ..parts }), self.pool.watched(watch))
        };
        Some(NativeManager::of(&self.environment, &self.equipment, shared, has_totp, tune))
    }

    /// Like the look of a manager. A fresh session is watched from here on, unless it is `watched`.
    #[napi(catch_unwind)]
    pub fn look(&self, id: String, known: i32, watched: bool) -> Option<NativePoolLook> {
        let Enrolled { shared, .. } = self.pool.get(&id)?;
        let look = shared.look(&self.equipment.policy, time::clock().now(), u32::try_from(known).ok());
        let watch = (!watched && !look.fresh_for.is_zero()).then(|| self.watch(&shared));
        Some(NativePoolLook { look: NativeLook::unless_known(look, known), watch })
    }

    /// Of a session whose generation is `known`: for how many milliseconds it may be served before the next look. -1 where there is
    /// more to say, and a look says it. A number costs a tenth of what an object does.
    #[napi(catch_unwind)]
    pub fn glance(&self, id: String, known: u32) -> f64 {
        let Some(Enrolled { shared, .. }) = self.pool.get(&id) else { return -1.0 };
        let look = shared.look(&self.equipment.policy, time::clock().now(), Some(known));
        let is_all = look.generation == known && !look.due && !look.fresh_for.is_zero();
        if is_all { millis(look.look_in) } else { -1.0 }
    }

    /// The current token, whatever its age.
    #[napi(catch_unwind)]
    pub fn peek(&self, id: String) -> Option<String> {
        let Enrolled { shared, .. } = self.pool.get(&id)?;
        let token = shared.look(&self.equipment.policy, time::clock().now(), None).token?;
        Some(token.expose_secret().to_owned())
    }

    /// Gives back the cells of these watches.
    #[napi(catch_unwind)]
    pub fn unwatch(&self, numbers: Vec<u32>) {
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
    #[napi(catch_unwind)]
    pub fn shrink(&self) -> bool {
        self.pool.shrink()
    }

    /// The notes of those who had to leave since the last time.
    #[napi(catch_unwind)]
    pub fn evicted(&self) -> Vec<u32> {
        self.pool.evicted()
    }

    /// How the accounts are doing.
    #[napi(catch_unwind)]
    pub fn status(&self) -> NativeCensus {
        let census = self.pool.census(&self.equipment.policy, time::clock().now());
        NativeCensus::of(self.pool.len(), &census, &self.pool.counters())
    }

    /// Forgets everybody.
    #[napi(catch_unwind)]
    pub fn clear(&self) {
        self.pool.clear();
    }
}

impl NativePool {
    fn watch(&self, shared: &Arc<Shared>) -> NativeWatch {
        let cell = self.environment.next_cell();
        let (block, slot) = place(&cell);
        // Others log in to this session too, and the pool's timer is to hear of it.
        let watch = Watch { cell: self.pool.watched(Arc::new(cell)), shared: Arc::downgrade(shared) };
        shared.watch(&watch.cell);
        let mut watches = self.watches.lock();
        let number = block * PER_BLOCK as u32 + slot;
        if watches.len() <= number as usize {
            watches.resize_with(number as usize + 1, || None);
        }
        watches[number as usize] = Some(watch);
        NativeWatch { number, block, slot }
    }
}

fn place(cell: &Cell) -> (u32, u32) {
    let (index, per_block) = (cell.index() as u32, PER_BLOCK as u32);
    (index / per_block, index % per_block)
}
