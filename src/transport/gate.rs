//! The last word before a request leaves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_lite::future::Boxed;

/// Asked whether a request may still leave, when there is a connection for it and not before one is looked for: that may take a
/// handshake, or a pause of the whole machine, and a token that works once may be spent by somebody else meanwhile.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    asks: Box<dyn Fn() -> Boxed<bool> + Send + Sync>,
    keeps: AtomicBool,
}

impl Gate {
    /// A gate that opens if what `asks` makes comes to `true`, at each attempt anew.
    pub fn new(asks: impl Fn() -> Boxed<bool> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { asks: Box::new(asks), keeps: AtomicBool::new(false) }))
    }

    /// May it leave?
    pub async fn opens(&self) -> bool {
        self.0.keeps.store(true, Ordering::Relaxed);
        let opens = (self.0.asks)().await;
        self.0.keeps.store(!opens, Ordering::Relaxed);
        opens
    }

    /// The server did not wait for what the gate may keep.
    pub fn answered(&self) {
        self.0.keeps.store(false, Ordering::Relaxed);
    }

    /// It was asked the last time and has not opened, and no answer came either: the request was not sent.
    pub fn keeps(&self) -> bool {
        self.0.keeps.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("keeps", &self.keeps()).finish_non_exhaustive()
    }
}
