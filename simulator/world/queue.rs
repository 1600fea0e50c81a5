//! Who has the lock of an account, and who waits for it, on a host's disk or wherever the hosts share one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_lite::future;
use tokenkeep::store::{Lease, NoLock};

use super::judge::Footing;
use super::medium::{Keeping, Way, trouble};
use super::process::Who;
use super::promise::Promise;
use super::timeline::SECOND;
use super::turn::Turn;
use super::{State, World};

/// A lease of a shared store ends so long after its holder was last seen at work.
pub const LEASE: u64 = 15 * SECOND;

/// How often a holder that runs, and hears the store, says that it does.
const BEAT: u64 = LEASE / 3;

/// How soon whoever waits for a lease looks again, in milliseconds.
const LOOK: (u64, u64) = (10, 375);

#[derive(Default)]
pub struct Lock {
    /// The number of the lock that is held.
    pub hold: Option<u64>,
    /// Its holder has let go of it, whoever heard of that.
    is_over: bool,
    queue: VecDeque<Waiting>,
}

struct Waiting {
    who: Who,
    promise: Promise<Grant>,
    has_left: Arc<AtomicBool>,
}

/// What waiting comes to.
enum Grant {
    Held(u64),
    /// Somebody has saved.
    Moved,
}

impl State {
    fn asks_for_lock(&mut self, waiting: Waiting) {
        let who = waiting.who;
        self.place(who).lock.queue.push_back(waiting);
        self.hand_over(who);
    }

    /// Gives the lock to whoever is next.
    fn hand_over(&mut self, at: Who) {
        if self.place(at).lock.hold.is_some() {
            return;
        }
        let next = loop {
            match self.place(at).lock.queue.pop_front() {
                Some(waiting) if waiting.has_left.load(Ordering::Relaxed) => {}
                Some(waiting) => break waiting,
                None => return,
            }
        };
        self.holds += 1;
        let number = self.holds;
        let lock = &mut self.place(at).lock;
        (lock.hold, lock.is_over) = (Some(number), false);
        self.judge_locked(next.who, number);
        next.promise.keep(Grant::Held(number));
        if self.plan.keeping == Keeping::Shared {
            self.timeline.after(BEAT, move |world| world.state().beat(next.who, number, BEAT));
        }
    }

    /// Extends the lease if its holder runs; it ends when nobody has done so for its whole length.
    fn beat(&mut self, who: Who, number: u64, silence: u64) {
        if self.place(who).lock.hold != Some(number) {
            return;
        }
        let holds = !self.place(who).lock.is_over;
        let runs = self.lives(who) && !self.processes[who.process].is_stalled && !self.hosts[who.host].is_asleep();
        let silence = if holds && runs && self.hosts[who.host].from_store.is_none() { 0 } else { silence };
        if silence < LEASE {
            return self.timeline.after(BEAT, move |world| world.state().beat(who, number, silence + BEAT));
        }
        self.note(|| format!("{who} the lease has lapsed"));
        self.judge_lapse(who, number);
        self.free(who, number);
    }

    fn free(&mut self, who: Who, number: u64) {
        let lock = &mut self.place(who).lock;
        if lock.hold == Some(number) {
            lock.hold = None;
            self.hand_over(who);
        }
    }

    /// The holder lets go, or has died.
    pub fn release(&mut self, who: Who, number: u64) {
        let process = &self.processes[who.process];
        let lives = process.is_alive && process.life == who.life;
        self.judge_released(who, number);
        if self.plan.keeping == Keeping::Files {
            // The system does it, also for the dead.
            return self.free(who, number);
        }
        let lock = &mut self.place(who).lock;
        lock.is_over |= lock.hold == Some(number);
        if lives && self.hosts[who.host].from_store.is_none() {
            let wait = self.dice.spread(1, 40);
            self.timeline.after(wait, move |world| world.state().free(who, number));
        }
    }

    /// In a shared store whoever waits sees at its next look that the generation has moved; who hears nothing waits on.
    pub fn tell_waiting(&mut self, at: Who) {
        if self.plan.keeping != Keeping::Shared {
            return;
        }
        for waiting in std::mem::take(&mut self.place(at).lock.queue) {
            let wait = self.dice.spread(LOOK.0, LOOK.1);
            self.timeline.after(wait, move |world| {
                let mut state = world.state();
                if waiting.has_left.load(Ordering::Relaxed) {
                    return;
                }
                let is_cut_off = state.hosts[waiting.who.host].from_store.is_some();
                if is_cut_off || state.place(waiting.who).lock.hold.is_none() {
                    return state.asks_for_lock(waiting);
                }
                state.judge_moved(waiting.who);
                waiting.promise.keep(Grant::Moved);
            });
        }
    }
}

/// Waits for as long as somebody waits for this.
pub async fn lock(world: Arc<World>, who: Who) -> Result<Lease, NoLock> {
    world.state().judge_asking(who);
    let number = granted(&world, who, Footing::Without).await?;
    Ok(Box::new(Turn::begin(world, who, number)))
}

/// Waits for the lock. Who stops waiting stands as `otherwise` says.
pub async fn granted(world: &Arc<World>, who: Who, otherwise: Footing) -> Result<u64, NoLock> {
    let promise = Promise::new();
    let has_left = Arc::new(AtomicBool::new(false));
    let refused = Promise::new();
    // Left behind it gives back what it gets later.
    let mut queueing = Queueing {
        world: Arc::clone(world),
        who,
        promise: promise.clone(),
        has_left: Arc::clone(&has_left),
        otherwise,
        is_over: false,
    };
    {
        let mut state = world.state();
        match state.way(who) {
            Way::Silent => {}
            Way::Closed => {
                let refused = refused.clone();
                state.timeline.after(2, move |_| refused.keep(()));
            }
            Way::Open(there, _) => {
                let waiting = Waiting { who, promise: promise.clone(), has_left };
                state.timeline.after(there, move |world| world.state().asks_for_lock(waiting));
            }
        }
    }
    let locked = async { Some(promise.kept().await) };
    let unavailable = async {
        refused.kept().await;
        None
    };
    let held = future::or(locked, unavailable).await;
    queueing.is_over = true;
    match held {
        Some(Grant::Held(number)) => Ok(number),
        Some(Grant::Moved) => Err(NoLock::Moved),
        None => {
            world.state().judge_unlocked(who, Footing::Without);
            Err(NoLock::Unavailable(trouble("lock")))
        }
    }
}

struct Queueing {
    world: Arc<World>,
    who: Who,
    promise: Promise<Grant>,
    has_left: Arc<AtomicBool>,
    otherwise: Footing,
    is_over: bool,
}

impl Drop for Queueing {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.has_left.store(true, Ordering::Relaxed);
        let mut state = self.world.state();
        match self.promise.untaken() {
            Some(Grant::Held(number)) => state.release(self.who, number),
            Some(Grant::Moved) | None => state.judge_unlocked(self.who, self.otherwise),
        }
    }
}
