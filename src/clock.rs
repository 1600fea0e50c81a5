//! Time as the core sees it: two clocks read at once, and a way to wait.

use std::time::Duration;

use futures_lite::future::Boxed;
use serde::{Deserialize, Serialize};

#[cfg(feature = "native")]
mod system;
#[cfg(feature = "native")]
pub use system::SystemClock;

/// One reading of both clocks.
///
/// The wall clock may be wrong and may step; the steady one never steps, but on some systems it sleeps with the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since the Unix epoch.
    pub wall: i64,
    /// Time since an arbitrary start.
    pub steady: Duration,
}

impl Moment {
    /// How much time has passed since `earlier`: whichever clock says more, so that neither a wall clock that steps back
    /// nor a steady clock that slept through a suspend makes a token younger.
    pub fn since(self, earlier: Moment) -> Duration {
        let wall = u64::try_from(self.wall.saturating_sub(earlier.wall)).unwrap_or(0);
        let steady = self.steady.saturating_sub(earlier.steady);
        steady.max(Duration::from_millis(wall))
    }
}

/// How much more a steady clock says than the system's, which may have begun with the process: a session may be older than that, and
/// its time has to be one that the clock could have shown, or the session becomes young with a wall clock that is set back.
#[cfg(any(feature = "native", feature = "wasm"))]
pub(crate) const BEFORE_THE_START: Duration = Duration::from_secs(1 << 32);

/// Where the core gets its time from.
pub trait Clock: Send + Sync {
    /// Reads both clocks.
    fn now(&self) -> Moment;
    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> Boxed<()>;
}
