//! The locks of a disk: one holder an account, and those who wait for it.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use tokenkeep::clock::Clock;
use tokenkeep::store::{Lease, NoLock, Trouble};

use super::state::State;
use super::{Disk, PLACE};

impl Disk {
    pub fn is_locked(&self) -> bool {
        self.state.lock().unwrap().holders.contains_key(self.identity.key().as_str())
    }

    /// Another process takes the lock.
    pub fn seize(&self) -> Lease {
        let key = self.identity.key().to_string();
        let before = self.state.lock().unwrap().holders.insert(key.clone(), Vec::new());
        assert!(before.is_none(), "somebody else holds the lock");
        Box::new(Held { state: Arc::clone(&self.state), key })
    }

    /// Whoever waits for the lock hears that somebody has saved.
    pub fn tells_of_news(&self) {
        let waiting: Vec<Waker> = {
            let mut state = self.state.lock().unwrap();
            state.news += 1;
            state.holders.values_mut().flat_map(std::mem::take).collect()
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(super) fn locked(&self, key: String, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        let state = Arc::clone(&self.state);
        if state.lock().unwrap().has_no_locks {
            let trouble = Trouble(format!("{PLACE} cannot be locked: No locks available (os error 37)"));
            return Box::pin(async move { Err(NoLock::Unavailable(trouble)) });
        }
        let heard = state.lock().unwrap().news;
        let free = future::poll_fn(move |context| {
            let mut state_now = state.lock().unwrap();
            let has_news = state_now.news != heard;
            if let Some(waiting) = state_now.holders.get_mut(&key) {
                if has_news {
                    return Poll::Ready(Err(NoLock::Moved));
                }
                waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            state_now.holders.insert(key.clone(), Vec::new());
            state_now.log.push("lock");
            let lease: Lease = Box::new(Held { state: Arc::clone(&state), key: key.clone() });
            Poll::Ready(Ok(lease))
        });
        let over = self.clock.sleep(patience);
        Box::pin(future::or(free, async move {
            over.await;
            Err(NoLock::Timeout)
        }))
    }
}

/// Frees the lock, in whatever way it goes.
struct Held {
    state: Arc<Mutex<State>>,
    key: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.state.lock().unwrap();
            state.log.push("unlock");
            state.holders.remove(&self.key)
        };
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}
