//! For the tests alone: a clock that stands still until it is told, once somebody has stopped it. Until then it is the machine's.

use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use napi_derive::napi;
use parking_lot::Mutex;

use crate::binding::runtime;
use crate::clock::{Clock, Moment, SystemClock};

static STOPPED: Mutex<Option<Stopped>> = Mutex::new(None);

struct Stopped {
    wall: i64,
    steady: Duration,
    alarms: Vec<(Duration, Waker)>,
}

/// The same for all managers of the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct MovableClock;

impl Clock for MovableClock {
    fn now(&self) -> Moment {
        match &*STOPPED.lock() {
            Some(stopped) => Moment { wall: stopped.wall, steady: stopped.steady },
            None => SystemClock.now(),
        }
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        let Some(until) = STOPPED.lock().as_ref().map(|stopped| stopped.steady.saturating_add(duration)) else {
            return SystemClock.sleep(duration);
        };
        Box::pin(future::poll_fn(move |context| {
            let mut stopped = STOPPED.lock();
            let Some(stopped) = stopped.as_mut().filter(|stopped| stopped.steady < until) else {
                return Poll::Ready(());
            };
            stopped.alarms.push((until, context.waker().clone()));
            Poll::Pending
        }))
    }
}

/// Lanes that have been seen to the end of what was due on them.
static SEEN: AtomicU32 = AtomicU32::new(0);

/// The hands of the clock, for `__test__/scenarios`. Times are milliseconds.
#[napi]
pub struct TestClock {
    asked: u32,
}

#[napi]
impl TestClock {
    /// Stops the clock of this process at `wall`. Whoever slept by an earlier one sleeps on for ever.
    #[napi(constructor, catch_unwind)]
    pub fn new(wall: f64) -> Self {
        // A steady clock starts anywhere but at the epoch; one that is taken for a wall clock is found out.
        let stopped = Stopped { wall: wall as i64, steady: Duration::from_secs(1234), alarms: Vec::new() };
        *STOPPED.lock() = Some(stopped);
        Self { asked: SEEN.load(Ordering::Acquire) }
    }

    #[napi(getter, catch_unwind)]
    pub fn wall(&self) -> f64 {
        MovableClock.now().wall as f64
    }

    /// Time passes on both clocks.
    #[napi(catch_unwind)]
    pub fn advance(&self, millis: f64) {
        let due: Vec<(Duration, Waker)> = {
            let mut stopped = STOPPED.lock();
            let Some(stopped) = stopped.as_mut() else { return };
            stopped.wall += millis as i64;
            stopped.steady += Duration::from_millis(millis as u64);
            let now = stopped.steady;
            stopped.alarms.extract_if(.., |(at, _)| *at <= now).collect()
        };
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// The wall clock moves alone: it was set, or the machine slept.
    #[napi(catch_unwind)]
    pub fn step_wall(&self, millis: f64) {
        if let Some(stopped) = STOPPED.lock().as_mut() {
            stopped.wall += millis as i64;
        }
    }

    /// How long until somebody's sleep is over.
    #[napi(catch_unwind)]
    pub fn next_alarm(&self) -> Option<f64> {
        let stopped = STOPPED.lock();
        let stopped = stopped.as_ref()?;
        let next = stopped.alarms.iter().map(|(at, _)| at.saturating_sub(stopped.steady)).min()?;
        // Up: whoever moves by it must not stop just before it.
        Some((next.as_secs_f64() * 1000.0).ceil())
    }

    /// How many sleeps there were so far that are not over.
    #[napi(getter, catch_unwind)]
    pub fn alarms(&self) -> u32 {
        STOPPED.lock().as_ref().map_or(0, |stopped| stopped.alarms.len() as u32)
    }

    /// Sends somebody after everything that is due on the thread of the flights now.
    #[napi(catch_unwind)]
    pub fn look_after(&mut self) {
        self.asked = self.asked.wrapping_add(1);
        runtime::spawn(Box::pin(async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            SEEN.fetch_add(1, Ordering::Release);
        }));
    }

    /// Is whoever was sent back?
    #[napi(getter, catch_unwind)]
    pub fn is_back(&self) -> bool {
        SEEN.load(Ordering::Acquire) == self.asked
    }
}
