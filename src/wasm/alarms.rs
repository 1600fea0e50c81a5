//! Sleeps, by the host's timers.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

use super::js;

#[derive(Default)]
struct Alarms {
    last: u32,
    /// Those that have not rung, and who is to be woken.
    set: HashMap<u32, Option<Waker>>,
}

static ALARMS: LazyLock<Mutex<Alarms>> = LazyLock::new(Mutex::default);

/// It is time for the sleeper of that number.
#[wasm_bindgen]
pub fn ring(number: u32) {
    let sleeper = ALARMS.lock().set.remove(&number);
    if let Some(Some(waker)) = sleeper {
        waker.wake();
    }
}

/// Completes when its time has come; its timer is cleared when nobody waits for it any more.
pub(super) struct Sleep(u32);

impl Sleep {
    pub(super) fn of(duration: Duration) -> Self {
        let mut alarms = ALARMS.lock();
        alarms.last = alarms.last.wrapping_add(1);
        let number = alarms.last;
        alarms.set.insert(number, None);
        drop(alarms);
        js::set_alarm(number, duration.as_secs_f64() * 1000.0);
        Self(number)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match ALARMS.lock().set.get_mut(&self.0) {
            Some(sleeper) => {
                *sleeper = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let sleeper = ALARMS.lock().set.remove(&self.0);
        if sleeper.is_some() {
            js::clear_alarm(self.0);
        }
    }
}
