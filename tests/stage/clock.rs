//! A clock that stands still until it is told.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use tokenkeep::clock::{Clock, Moment};

/// 2026-01-01T00:00:00Z, in seconds.
const START: i64 = 1_767_225_600;

/// Two clocks to read, and the true time, which is the server's.
#[derive(Debug)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    wall: i64,
    steady: Duration,
    truth: i64,
    alarms: Vec<(Duration, Waker)>,
}

impl ManualClock {
    pub fn new() -> Self {
        let start = START * 1000;
        // A steady clock starts anywhere but at the epoch; one that is taken for a wall clock is found out.
        let state = State { wall: start, steady: Duration::from_secs(1234), truth: start, alarms: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Time passes, and both clocks notice.
    pub fn advance(&self, duration: Duration) {
        self.suspend(duration);
        let mut state = self.state.lock().unwrap();
        state.steady += duration;
        let now = state.steady;
        let (due, later) = std::mem::take(&mut state.alarms).into_iter().partition(|(at, _)| *at <= now);
        state.alarms = later;
        drop(state);
        let due: Vec<(Duration, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Time passes while the machine sleeps, and the steady clock with it.
    pub fn suspend(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap();
        let mut state = self.state.lock().unwrap();
        state.wall += millis;
        state.truth += millis;
    }

    /// Somebody sets the wall clock; no time passes.
    pub fn step_wall(&self, millis: i64) {
        self.state.lock().unwrap().wall += millis;
    }

    pub fn wall(&self) -> i64 {
        self.state.lock().unwrap().wall
    }

    /// The server's clock, in milliseconds since the epoch.
    pub fn true_millis(&self) -> i64 {
        self.state.lock().unwrap().truth
    }

    /// The server's clock, in whole seconds since the epoch.
    pub fn server_seconds(&self) -> i64 {
        self.state.lock().unwrap().truth / 1000
    }

    /// How long until somebody's sleep is over.
    pub fn next_alarm(&self) -> Option<Duration> {
        let state = self.state.lock().unwrap();
        state.alarms.iter().map(|(at, _)| at.saturating_sub(state.steady)).min()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        let state = self.state.lock().unwrap();
        Moment { wall: state.wall, steady: state.steady }
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        let state = Arc::clone(&self.state);
        let until = state.lock().unwrap().steady + duration;
        Box::pin(future::poll_fn(move |context| {
            let mut state = state.lock().unwrap();
            if state.steady >= until {
                return Poll::Ready(());
            }
            state.alarms.push((until, context.waker().clone()));
            Poll::Pending
        }))
    }
}
