//! What time it is for everybody here.

use std::sync::Arc;

use crate::clock::Clock;

#[cfg(feature = "waypoints")]
mod movable;

/// The machine's clocks. The addon of the tests has one that can be stopped and moved.
pub(crate) fn clock() -> Arc<dyn Clock> {
    #[cfg(feature = "waypoints")]
    return Arc::new(movable::MovableClock);
    #[cfg(not(feature = "waypoints"))]
    return Arc::new(crate::clock::SystemClock);
}
