//! Sessions under keys, in whatever keeps texts: a database, a key-value service, a vault. What such a [`Shelf`] has to do is
//! little; reading records, keeping the backup and judging who was faster is done here.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use parking_lot::Mutex;
use secrecy::SecretString;

use self::text::{Backed, Garbage};
use super::sealed::EncryptionKey;
use super::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};
use crate::clock::Clock;
use crate::identity::{Identity, Key};
use crate::random::Rng;

mod text;
mod trouble;
mod writing;

/// A write that has not ended by then never will, and whoever waits for the lock has waited long enough.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// The last whole number that JavaScript tells from its neighbours.
const LAST_GENERATION: u64 = (1 << 53) - 1;

/// Keeps texts under keys, and knows nothing of what is in them. A trouble is said in words that follow the place: what
/// failed and why.
pub trait Shelf: fmt::Debug + Send + Sync {
    /// What lies under `key`.
    fn load(&self, key: &str) -> Boxed<Result<Option<Shelved>, Trouble>>;

    /// Puts `text` there as `generation`, if the generation that is there is still `expected` (`None`: nothing is there).
    /// Answers whether it did.
    fn save(
        &self,
        key: &str,
        text: SecretString,
        expected: Option<u64>,
        generation: u64,
    ) -> Boxed<Result<bool, Trouble>>;

    /// Removes what is there if its generation is still `expected`. Answers whether it did.
    fn clear(&self, key: &str, expected: u64) -> Boxed<Result<bool, Trouble>>;

    /// Waits until `key` is ours. Where there are no locks the lease holds nothing. Given up before its end, it lets go of
    /// whatever it gets later.
    fn lock(&self, key: &str, patience: Duration) -> Boxed<Result<Lease, NoLock>>;
}

/// What a shelf holds.
#[derive(Debug, Clone)]
pub struct Shelved {
    /// The text, exactly as it was saved.
    pub text: SecretString,
    /// See [`Loaded::in_passing`].
    pub in_passing: bool,
}

impl From<SecretString> for Shelved {
    fn from(text: SecretString) -> Self {
        Self { text, in_passing: false }
    }
}

/// A store on a [`Shelf`].
pub struct KeyedStore(Arc<Inner>);

struct Inner {
    name: String,
    shelf: Arc<dyn Shelf>,
    encryption_keys: Vec<EncryptionKey>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    sights: Mutex<Sights>,
}

/// What was read while its lock was held: the save that follows need not read it again.
type Sights = HashMap<Key, Sight>;

#[derive(Debug, Clone, Default)]
enum Sight {
    #[default]
    Unread,
    Read(Lying),
    /// Whoever asked gave up waiting. To ask again would take as long again.
    Unanswered,
}

/// What lies under a key.
#[derive(Debug, Clone)]
enum Lying {
    Nothing,
    Session(Box<Backed>),
    Garbage(Box<Garbage>),
}

impl Lying {
    /// The generation of the record, if it is one.
    fn generation(&self) -> Option<u64> {
        match self {
            Lying::Session(backed) => Some(backed.record.generation),
            Lying::Nothing | Lying::Garbage(_) => None,
        }
    }

    fn is_in_passing(&self) -> bool {
        match self {
            Lying::Nothing => false,
            Lying::Session(backed) => backed.in_passing,
            Lying::Garbage(garbage) => garbage.in_passing,
        }
    }

    fn backup(self) -> Option<Record> {
        match self {
            Lying::Nothing => None,
            Lying::Session(backed) => backed.backup,
            Lying::Garbage(garbage) => garbage.backup,
        }
    }

    fn record(self) -> Option<Record> {
        match self {
            Lying::Session(backed) => Some(backed.record),
            Lying::Nothing | Lying::Garbage(_) => None,
        }
    }
}

/// What the record of `identity` is kept under: `tokenkeep`, the kind of its provider and [`Identity::key`], with hyphens between.
/// Letters, digits and hyphens, 64 at most: good as a file name, in a URL and in a database alike, and the same on every host.
pub fn shelf_key(identity: &Identity) -> String {
    let kind = identity.provider.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
    format!("tokenkeep-{kind}-{}", identity.key())
}

impl KeyedStore {
    /// A store on `shelf`, which people know by `name`. The first of the keys seals what is written, and any opens what is
    /// read; without keys records lie there in plain text.
    pub fn new(
        name: String,
        shelf: Arc<dyn Shelf>,
        encryption_keys: Vec<EncryptionKey>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self(Arc::new(Inner { name, shelf, encryption_keys, clock, rng, sights: Mutex::default() }))
    }
}

impl Store for KeyedStore {
    fn location(&self, identity: &Identity) -> String {
        self.0.location(identity)
    }

    fn load(&self, identity: &Identity) -> Boxed<Loaded> {
        let (inner, identity) = (Arc::clone(&self.0), identity.clone());
        Box::pin(async move {
            match inner.look(&identity).await {
                Ok(Lying::Garbage(garbage)) => {
                    let trouble = trouble::unusable(&inner.location(&identity), &garbage);
                    Loaded { trouble: Some(trouble), in_passing: garbage.in_passing, ..Loaded::default() }
                }
                Ok(lying) => {
                    let in_passing = lying.is_in_passing();
                    Loaded { record: lying.record(), in_passing, ..Loaded::default() }
                }
                Err(trouble) => Loaded { trouble: Some(trouble), ..Loaded::default() },
            }
        })
    }

    /// Asked for while a login waits for it: what is known already, and what will not be answered, takes no time.
    fn backup(&self, identity: &Identity) -> Boxed<Option<Record>> {
        let (inner, identity) = (Arc::clone(&self.0), identity.clone());
        Box::pin(async move {
            let lying = match inner.sight(&identity) {
                Sight::Unanswered => return None,
                Sight::Read(lying) => lying,
                Sight::Unread => inner.look(&identity).await.ok()?,
            };
            lying.backup()
        })
    }

    fn save(
        &self,
        identity: &Identity,
        record: Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Boxed<Result<Saved, Trouble>> {
        let (inner, identity) = (Arc::clone(&self.0), identity.clone());
        Box::pin(async move { inner.save(&identity, &record, expected, &previous).await })
    }

    fn clear(&self, identity: &Identity, expected: u64) -> Boxed<Result<bool, Trouble>> {
        let (inner, identity) = (Arc::clone(&self.0), identity.clone());
        Box::pin(async move { inner.clear(&identity, expected).await })
    }

    fn lock(&self, identity: &Identity, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        let (inner, identity) = (Arc::clone(&self.0), identity.clone());
        Box::pin(async move { inner.lock(&identity, patience).await })
    }
}

impl Inner {
    fn location(&self, identity: &Identity) -> String {
        format!("{}, key {}", self.name, shelf_key(identity))
    }

    async fn look(&self, identity: &Identity) -> Result<Lying, Trouble> {
        let mut glance = Glance { inner: self, key: identity.key(), sight: Sight::Unanswered };
        let text = self.shelf.load(&shelf_key(identity)).await;
        glance.sight = Sight::Unread;
        let text = text.map_err(|why| trouble::failed(&self.location(identity), &why, &[]))?;
        let lying = match text {
            None => Lying::Nothing,
            Some(shelved) => text::read(shelved, identity, &self.encryption_keys),
        };
        glance.sight = Sight::Read(lying.clone());
        Ok(lying)
    }

    fn sight(&self, identity: &Identity) -> Sight {
        self.sights.lock().get(&identity.key()).cloned().unwrap_or_default()
    }

    /// Remembers it for as long as the lock is held.
    fn note(&self, key: &Key, sight: Sight) {
        if let Some(noted) = self.sights.lock().get_mut(key) {
            *noted = sight;
        }
    }

    /// Whoever gives up waiting here loses no time to a shelf that forgets the time.
    async fn lock(self: Arc<Self>, identity: &Identity, patience: Duration) -> Result<Lease, NoLock> {
        let started = self.clock.now();
        let over = async {
            self.clock.sleep(patience).await;
            Err(NoLock::Timeout)
        };
        match future::or(self.shelf.lock(&shelf_key(identity), patience), over).await {
            Ok(lease) => {
                let key = identity.key();
                self.sights.lock().insert(key.clone(), Sight::Unread);
                Ok(Box::new(Held { inner: self, key, _lease: lease }))
            }
            Err(why @ (NoLock::Timeout | NoLock::Moved)) => Err(why),
            // A clock of its own may be a little ahead of ours: that was a timeout too, and who took it for a broken lock
            // would spend a one-time token beside somebody else.
            Err(NoLock::Unavailable(_)) if self.clock.now().since(started) >= patience.mul_f64(0.9) => {
                Err(NoLock::Timeout)
            }
            Err(NoLock::Unavailable(why)) => {
                Err(NoLock::Unavailable(trouble::unlocked(&self.location(identity), &why)))
            }
        }
    }
}

/// A reading, and what has come of it when it ends, be it because nobody waits for it any more.
struct Glance<'a> {
    inner: &'a Inner,
    key: Key,
    sight: Sight,
}

impl Drop for Glance<'_> {
    fn drop(&mut self) {
        self.inner.note(&self.key, std::mem::take(&mut self.sight));
    }
}

/// Holds the lock, and what was read under it.
struct Held {
    inner: Arc<Inner>,
    key: Key,
    _lease: Lease,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.inner.sights.lock().remove(&self.key);
    }
}

impl fmt::Debug for KeyedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedStore")
            .field("name", &self.0.name)
            .field("shelf", &self.0.shelf)
            .field("encryption_keys", &self.0.encryption_keys)
            .finish_non_exhaustive()
    }
}
