//! A shelf of the user's own: `load`, `save`, `clear` and `lock` are theirs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Host, Kind, NoAnswer};
use crate::store::keyed::{Shelf, Shelved};
use crate::store::{Lease, NoLock, Trouble};

/// No manager has this number: the shelf outlives those that use it. `lib/shelf.ts` sits at the desk with the same number.
const DESK: u32 = u32::MAX;

/// What the answer is when a lock was waited for in vain.
const TOO_LATE: &str = "too late";

/// And when somebody else has saved meanwhile; before a text that was read in passing, too. Stores of ours say so, those of users know
/// nothing of it.
const MOVED: &str = "moved";

/// A lease has its number before it is asked for: whoever gives it up need not know how far it came.
static LEASES: AtomicU32 = AtomicU32::new(0);

/// The callbacks of one store.
pub(crate) struct HostShelf {
    callbacks: u32,
    has_lock: bool,
    host: Arc<Host>,
}

/// What the callbacks are asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    callbacks: u32,
    #[serde(flatten)]
    work: Work<'a>,
}

#[derive(Serialize)]
#[serde(tag = "work", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Work<'a> {
    Load { key: &'a str },
    Save { key: &'a str, record: &'a str, expected: Option<u64>, generation: u64 },
    Clear { key: &'a str, expected: u64 },
    Lock { key: &'a str, timeout_ms: u64, lease: u32 },
    Release { lease: u32 },
    Leave,
}

impl HostShelf {
    pub(crate) fn new(callbacks: u32, has_lock: bool, host: Arc<Host>) -> Self {
        Self { callbacks, has_lock, host }
    }

    fn ask(&self, name: &'static str, work: Work<'_>) -> Boxed<Result<Option<SecretString>, Trouble>> {
        let asking = self.host.ask(DESK, Kind::Shelf, payload(self.callbacks, work));
        Box::pin(async move {
            asking.await.map_err(|no_answer| match no_answer {
                NoAnswer::Thrown(_, thrown) => Trouble(format!("{name} failed ({})", thrown.messages.join(": "))),
                NoAnswer::Gone => Trouble(format!("{name} cannot be called any more: its thread has ended")),
            })
        })
    }

    fn ask_whether(&self, name: &'static str, work: Work<'_>) -> Boxed<Result<bool, Trouble>> {
        let asking = self.ask(name, work);
        // JavaScript lets nothing through that is neither.
        Box::pin(async move { Ok(asking.await?.is_some_and(|answer| answer.expose_secret() == "true")) })
    }
}

impl Shelf for HostShelf {
    fn load(&self, key: &str) -> Boxed<Result<Option<Shelved>, Trouble>> {
        let asking = self.ask("load()", Work::Load { key });
        Box::pin(async move { Ok(asking.await?.map(shelved)) })
    }

    fn save(
        &self,
        key: &str,
        text: SecretString,
        expected: Option<u64>,
        generation: u64,
    ) -> Boxed<Result<bool, Trouble>> {
        self.ask_whether("save()", Work::Save { key, record: text.expose_secret(), expected, generation })
    }

    fn clear(&self, key: &str, expected: u64) -> Boxed<Result<bool, Trouble>> {
        self.ask_whether("clear()", Work::Clear { key, expected })
    }

    fn lock(&self, key: &str, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        if !self.has_lock {
            // Its user knows, and has read what that means.
            return Box::pin(async { Ok(Box::new(()) as Lease) });
        }
        let number = LEASES.fetch_add(1, Ordering::Relaxed);
        let timeout_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        let lease = HostLease { number, callbacks: self.callbacks, host: Arc::clone(&self.host) };
        let asking = self.ask("lock()", Work::Lock { key, timeout_ms, lease: number });
        Box::pin(async move {
            match asking.await {
                Ok(Some(answer)) if answer.expose_secret() == TOO_LATE => Err(NoLock::Timeout),
                Ok(Some(answer)) if answer.expose_secret() == MOVED => Err(NoLock::Moved),
                Ok(_) => Ok(Box::new(lease) as Lease),
                Err(trouble) => Err(NoLock::Unavailable(trouble)),
            }
        })
    }
}

/// Nobody will ask these callbacks any more, from here.
impl Drop for HostShelf {
    fn drop(&mut self) {
        self.host.tell(DESK, Kind::Shelf, payload(self.callbacks, Work::Leave));
    }
}

/// A lock that was asked for. However this ends, JavaScript is told, once, and releases what there is to release.
struct HostLease {
    number: u32,
    callbacks: u32,
    host: Arc<Host>,
}

impl Drop for HostLease {
    fn drop(&mut self) {
        self.host.tell(DESK, Kind::Shelf, payload(self.callbacks, Work::Release { lease: self.number }));
    }
}

fn shelved(text: SecretString) -> Shelved {
    match text.expose_secret().strip_prefix(MOVED) {
        Some(text) => Shelved { text: text.into(), in_passing: true },
        None => text.into(),
    }
}

fn payload(callbacks: u32, work: Work<'_>) -> SecretString {
    // Texts and numbers are always JSON.
    serde_json::to_string(&Request { callbacks, work }).unwrap_or_default().into()
}

impl fmt::Debug for HostShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostShelf").field("callbacks", &self.callbacks).finish_non_exhaustive()
    }
}
