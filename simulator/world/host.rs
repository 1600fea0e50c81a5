//! A host: two clocks of its own, which are wrong in different ways, and the lines to the server and to the store.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use tokenkeep::clock::{Clock, Moment};

use super::process::Task;
use super::promise::Promise;
use super::timeline::START;
use super::{State, World};

/// How a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Whoever tries is told at once.
    Refused,
    /// Nobody is told anything.
    Silent,
}

#[derive(Default)]
pub struct Host {
    /// The wall clock minus the true time.
    pub offset: i64,
    /// How long it has been suspended so far: the steady clock knows nothing of it.
    slept: u64,
    asleep_since: Option<u64>,
    pub from_server: Option<Cut>,
    pub from_store: Option<Cut>,
    /// Who sleeps until the steady clock says so, while that stands still.
    parked: Vec<(u64, Promise<()>)>,
    /// Who would run if the host did.
    pub frozen: Vec<Arc<Task>>,
}

impl Host {
    pub fn with_clock(offset: i64) -> Self {
        Self { offset, ..Self::default() }
    }

    pub fn is_asleep(&self) -> bool {
        self.asleep_since.is_some()
    }

    pub fn steady(&self, now: u64) -> u64 {
        self.asleep_since.unwrap_or(now) - self.slept
    }

    pub fn wall(&self, now: u64) -> i64 {
        START + now as i64 + self.offset
    }
}

impl State {
    pub fn suspend(&mut self, host: usize) {
        let now = self.timeline.now();
        self.hosts[host].asleep_since.get_or_insert(now);
    }

    /// Goes on. Answers who runs again.
    pub fn resume(&mut self, host: usize) -> Vec<Arc<Task>> {
        let now = self.timeline.now();
        let Some(since) = self.hosts[host].asleep_since.take() else { return Vec::new() };
        self.hosts[host].slept += now - since;
        for (due, promise) in std::mem::take(&mut self.hosts[host].parked) {
            self.set_alarm(host, due, promise);
        }
        std::mem::take(&mut self.hosts[host].frozen)
    }

    /// Rings when the host's steady clock says `due`.
    fn set_alarm(&mut self, host: usize, due: u64, promise: Promise<()>) {
        let now = self.timeline.now();
        let at = &mut self.hosts[host];
        if at.is_asleep() {
            at.parked.push((due, promise));
            return;
        }
        match due.saturating_sub(at.steady(now)) {
            0 => promise.keep(()),
            left => self.timeline.after(left, move |world| world.state().set_alarm(host, due, promise)),
        }
    }
}

/// The clocks of a host.
pub struct HostClock {
    pub world: Arc<World>,
    pub host: usize,
}

impl Clock for HostClock {
    fn now(&self) -> Moment {
        let state = self.world.state();
        let (now, host) = (state.timeline.now(), &state.hosts[self.host]);
        // A steady clock starts anywhere but at the epoch.
        Moment { wall: host.wall(now), steady: Duration::from_millis(1_234_000 + host.steady(now)) }
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        let promise = Promise::new();
        let mut state = self.world.state();
        let wait = u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).min(1 << 40);
        let due = state.hosts[self.host].steady(state.timeline.now()) + wait;
        state.set_alarm(self.host, due, promise.clone());
        drop(state);
        Box::pin(promise.kept())
    }
}
