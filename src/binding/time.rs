//! What time it is for everybody here.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future;

use crate::clock::Clock;

#[cfg(feature = "waypoints")]
mod movable;

/// The machine's clocks. The addon of the tests has one that can be stopped and moved.
pub(super) fn clock() -> Arc<dyn Clock> {
    #[cfg(feature = "waypoints")]
    return Arc::new(movable::MovableClock);
    #[cfg(not(feature = "waypoints"))]
    return Arc::new(crate::clock::SystemClock);
}

/// What comes of `work`, if it comes within `limit`.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let clock = clock();
    let over = async {
        clock.sleep(limit).await;
        None
    };
    future::or(async { Some(work.await) }, over).await
}
