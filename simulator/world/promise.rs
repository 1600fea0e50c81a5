//! A value that somebody waits for and that an event brings.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use futures_lite::future;

pub struct Promise<T>(Arc<Mutex<Slot<T>>>);

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Promise<T> {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Slot { value: None, waker: None })))
    }

    /// The first value counts.
    pub fn keep(&self, value: T) {
        let waker = {
            let mut slot = self.0.lock().unwrap();
            slot.value.get_or_insert(value);
            slot.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// What has been brought and not been taken.
    pub fn untaken(&self) -> Option<T> {
        self.0.lock().unwrap().value.take()
    }

    pub async fn kept(self) -> T {
        future::poll_fn(move |context| {
            let mut slot = self.0.lock().unwrap();
            match slot.value.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    slot.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
