//! The turn of whoever has had the lock: it lapses with a lease, and is waited for again before anything is shown to who was paused.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future;
use tokenkeep::clock::Clock;
use tokenkeep::store::{NoLock, Trouble};

use super::host::HostClock;
use super::judge::Footing;
use super::medium::trouble;
use super::process::Who;
use super::queue::granted;
use super::{State, World};

/// So long whoever was paused waits for its turn before it is shown what lies there, as `lib/redis/records.ts` does.
const LOOK: Duration = Duration::from_secs(4);

/// From the granting of a lock to its release.
pub struct Turn {
    world: Arc<World>,
    who: Who,
    first: u64,
}

/// Whose turn it is said to be, under the lock that it had first and the one that it has by now.
pub struct Holding {
    who: Who,
    first: u64,
    now: u64,
}

impl Turn {
    pub fn begin(world: Arc<World>, who: Who, number: u64) -> Self {
        world.state().holdings.push(Holding { who, first: number, now: number });
        Self { world, who, first: number }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.world.state();
        let at = state.holdings.iter().position(|holding| holding.first == self.first).expect("a turn");
        let number = state.holdings.swap_remove(at).now;
        state.release(self.who, number);
    }
}

/// Waits for the turn of `who`, if it has lapsed. Is what lies there somebody else's work under way?
pub async fn regained(world: &Arc<World>, who: Who) -> Result<bool, Trouble> {
    let Some(first) = world.state().lapsed(who) else { return Ok(false) };
    let over = HostClock { world: Arc::clone(world), host: who.host }.sleep(LOOK);
    let look = async {
        over.await;
        Err(NoLock::Moved)
    };
    match future::or(granted(world, who, Footing::Lapsed), look).await {
        Ok(number) => {
            world.state().takes_up(who, first, number);
            Ok(false)
        }
        Err(NoLock::Unavailable(_)) => Err(trouble("load")),
        Err(_) => {
            world.state().judge_unlocked(who, Footing::Lapsed);
            Ok(true)
        }
    }
}

impl State {
    /// The turn of `who`, if somebody else may have the lock by now.
    fn lapsed(&mut self, who: Who) -> Option<u64> {
        let (first, now) = self.holdings.iter().find(|holding| holding.who == who).map(|at| (at.first, at.now))?;
        (self.place(who).lock.hold != Some(now)).then_some(first)
    }

    fn takes_up(&mut self, who: Who, first: u64, number: u64) {
        match self.holdings.iter_mut().find(|holding| holding.first == first) {
            Some(holding) => holding.now = number,
            None => self.release(who, number),
        }
    }
}
