//! Where a session is kept.

use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::SecretString;

use crate::identity::Identity;

#[cfg(feature = "native")]
pub mod file;
pub mod keyed;
pub mod memory;
pub mod record;
pub mod sealed;

pub use record::Record;

/// Keeps records beyond the process, fenced by their generation: a write wins only over the record that the writer has read.
///
/// Nothing here is an error for a caller of `getToken()`: a [`Trouble`] costs one warning, and a login instead.
pub trait Store: Send + Sync {
    /// Where the record of `identity` lies, as a person would look it up.
    fn location(&self, identity: &Identity) -> String;

    /// A good record that can be had at once, without waiting for anything. For whatever else there may be: nothing.
    fn glance(&self, identity: &Identity) -> Option<Record> {
        let _ = identity;
        None
    }

    /// Reads, without a lock.
    fn load(&self, identity: &Identity) -> Boxed<Loaded>;

    /// The session before the one that is stored, if there is a readable one.
    fn backup(&self, identity: &Identity) -> Boxed<Option<Record>>;

    /// Writes `record` if what is stored still has the generation `expected` (`None`: nothing readable is stored).
    fn save(
        &self,
        identity: &Identity,
        record: Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Boxed<Result<Saved, Trouble>>;

    /// Removes the record and its backup if it still has the generation `expected`. Answers whether it did.
    fn clear(&self, identity: &Identity, expected: u64) -> Boxed<Result<bool, Trouble>>;

    /// Waits for the account's lock. It is held until the lease is dropped, or its holder has died.
    fn lock(&self, identity: &Identity, patience: Duration) -> Boxed<Result<Lease, NoLock>>;
}

/// Holds an account's lock.
pub type Lease = Box<dyn Send>;

/// What reading found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// A record of this very identity. Whether its credential is ours is not the store's to judge.
    pub record: Option<Record>,
    /// What was wrong with what lies there.
    pub trouble: Option<Trouble>,
    /// Our lock has lapsed, somebody else has it, and saved this: it may be adopted, but its refresh token must not be sent.
    /// A store that says so has waited for the lock as long as it can: whoever has no use for this asks again at once.
    pub in_passing: bool,
}

/// What becomes of the record that is being replaced.
#[derive(Debug, Clone)]
pub enum Previous {
    /// It is the backup from now on; of a rotating provider without its refresh token, which is spent.
    Backup {
        /// False for rotating providers.
        with_refresh_token: bool,
    },
    /// It was the same session: the backup stays what it is.
    Keep,
    /// This access token is dead (`None`: whichever there is): should the backup hold it, it goes.
    Forget(Option<SecretString>),
}

/// How a write ended.
#[derive(Debug)]
pub enum Saved {
    /// It is on disk.
    Done,
    /// Somebody else was faster; here is theirs, `None` if the record was removed.
    Lost(Option<Box<Record>>),
}

/// Why there is no lock.
#[derive(Debug)]
pub enum NoLock {
    /// Somebody else held it the whole time.
    Timeout,
    /// Somebody else has saved while it was waited for: a look may show that it is not needed any more.
    Moved,
    /// There are no locks here.
    Unavailable(Trouble),
}

/// Something is wrong with the store. In words: what, where, and what to do about it. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);
