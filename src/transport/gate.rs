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
    is_shut: AtomicBool,
}

impl Gate {
    /// A gate that opens if what `asks` makes comes to `true`, at each attempt anew.
    pub fn new(asks: impl Fn() -> Boxed<bool> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { asks: Box::new(asks), is_shut: AtomicBool::new(false) }))
    }

    /// May it leave?
    pub async fn opens(&self) -> bool {
        let opens = (self.0.asks)().await;
        self.0.is_shut.store(!opens, Ordering::Relaxed);
        opens
    }

    /// It was not let go the last time.
    pub fn is_shut(&self) -> bool {
        self.0.is_shut.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("is_shut", &self.is_shut()).finish_non_exhaustive()
    }
}
