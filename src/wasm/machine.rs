//! What there is to work with wherever WebAssembly runs: the host's clocks, timers and randomness. There are no sockets and no disk.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;

use super::alarms::Sleep;
use super::{executor, js};
use crate::clock::{BEFORE_THE_START, Clock, Moment};
use crate::face::Refused;
use crate::face::options::NativeHttp;
use crate::policy::Policy;
use crate::random::Rng;
use crate::store::Store;
use crate::store::sealed::EncryptionKey;
use crate::transport::Transport;

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(HostClock)
}

/// As it is: tests move the host's clock.
pub(crate) fn at_pace(policy: Policy) -> Policy {
    policy
}

pub(crate) fn rng() -> Arc<dyn Rng> {
    Arc::new(HostRng)
}

pub(crate) fn spawn(task: Boxed<()>) {
    executor::spawn(task);
}

/// Requests go through a fetch.
pub(crate) fn network(_: NativeHttp) -> Option<Arc<dyn Transport>> {
    None
}

/// `lib/` has said so already, to whoever asked for one.
pub(crate) fn file_store(
    _: Option<String>,
    _: Option<String>,
    _: Option<EncryptionKey>,
) -> Result<Arc<dyn Store>, Refused> {
    Err(Refused::because("a file store, where there are no files"))
}

pub(crate) fn lower(text: &str) -> String {
    js::lower(text)
}

struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Moment {
        let steady = Duration::try_from_secs_f64(js::steady() / 1000.0).unwrap_or_default();
        Moment { wall: js::wall() as i64, steady: BEFORE_THE_START + steady }
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        Box::pin(Sleep::of(duration))
    }
}

struct HostRng;

impl Rng for HostRng {
    /// A host without randomness throws, and that is the end of the instance: there is nothing to go on with.
    fn fill(&self, bytes: &mut [u8]) {
        js::fill(bytes);
    }
}
