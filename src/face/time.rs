//! How long something may take.

use std::time::Duration;

use futures_lite::future;

use super::machine;

/// What comes of `work`, if it comes within `limit`.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let clock = machine::clock();
    let over = async {
        clock.sleep(limit).await;
        None
    };
    future::or(async { Some(work.await) }, over).await
}
