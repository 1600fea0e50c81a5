use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_lite::future::Boxed;

use super::{BEFORE_THE_START, Clock, Moment};

/// The machine's own clocks. `sleep` needs a Tokio runtime around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Moment { wall, steady: BEFORE_THE_START + steady() }
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// `Instant` stops during a suspend on Linux and macOS (rust-lang/rust#79462); these clocks do not.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn steady() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const AWAKE_OR_ASLEEP: ClockId = ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    const AWAKE_OR_ASLEEP: ClockId = ClockId::Monotonic;
    let time = clock_gettime(AWAKE_OR_ASLEEP);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn steady() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
