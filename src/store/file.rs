//! Sessions in files (`cache-file.md`): one JSON object per account, ours alone, replaced as a whole.

use std::collections::HashSet;
use std::fmt;
use std::path::{PathBuf, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use tracing::warn;

use self::account::{Account, Remarks};
use self::guard::Queue;
use self::names::Names;
use super::sealed::EncryptionKey;
use super::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};
use crate::identity::Identity;
use crate::random::Rng;
use crate::telemetry::TARGET;

mod account;
mod entry;
mod folder;
mod guard;
mod lock;
mod names;
mod trouble;

/// Where the files lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStorePlace {
    /// In this folder, under names that are made of the identities.
    Dir(PathBuf),
    /// In this very file, for one account.
    File(PathBuf),
}

/// A store on disk, shared by whoever names the same place. Needs a Tokio runtime around it: what waits for the disk does
/// so on threads of its own.
pub struct FileStore {
    place: FileStorePlace,
    encryption_key: Option<Arc<EncryptionKey>>,
    rng: Arc<dyn Rng>,
    queue: Queue,
    told: Told,
    is_slow: AtomicBool,
}

/// A local disk answers a hundred times sooner.
const SLOW: Duration = Duration::from_millis(20);

/// What was remarked about these files so far.
type Told = Arc<Mutex<HashSet<String>>>;

impl FileStore {
    /// A store that touches nothing before it is asked. With a key it writes sealed records, and reads no others.
    pub fn new(place: FileStorePlace, encryption_key: Option<EncryptionKey>, rng: Arc<dyn Rng>) -> Self {
        // A program that changes its directory does not mean another store.
        let settled = |path: PathBuf| absolute(&path).unwrap_or(path);
        let place = match place {
            FileStorePlace::Dir(folder) => FileStorePlace::Dir(settled(folder)),
            FileStorePlace::File(path) => FileStorePlace::File(settled(path)),
        };
        let folder = match &place {
            FileStorePlace::Dir(folder) => folder,
            FileStorePlace::File(path) => path.parent().unwrap_or(path),
        };
        let queue = guard::queue(folder);
        Self {
            place,
            encryption_key: encryption_key.map(Arc::new),
            rng,
            queue,
            told: Told::default(),
            is_slow: AtomicBool::new(false),
        }
    }

    fn account(&self, identity: &Identity) -> Account {
        let file_key = identity.key();
        Account {
            names: Names::new(&self.place, &file_key),
            identity: identity.clone(),
            file_key,
            encryption_key: self.encryption_key.clone(),
            rng: Arc::clone(&self.rng),
        }
    }
}

impl Store for FileStore {
    fn location(&self, identity: &Identity) -> String {
        self.account(identity).names.record.display().to_string()
    }

    /// Where the caller stands, so never again on a disk that has once taken its time.
    fn glance(&self, identity: &Identity) -> Option<Record> {
        if self.is_slow.load(Ordering::Relaxed) {
            return None;
        }
        let started = Instant::now();
        let record = self.account(identity).load().record;
        self.is_slow.fetch_or(started.elapsed() > SLOW, Ordering::Relaxed);
        record
    }

    fn load(&self, identity: &Identity) -> Boxed<Loaded> {
        let account = self.account(identity);
        let given_up = trouble::interrupted(&account.names.record);
        let given_up = Loaded { trouble: Some(given_up), ..Loaded::default() };
        Box::pin(async move { elsewhere(move || account.load()).await.unwrap_or(given_up) })
    }

    fn backup(&self, identity: &Identity) -> Boxed<Option<Record>> {
        let account = self.account(identity);
        Box::pin(async move { elsewhere(move || account.read(&account.names.backup).ok().flatten()).await.flatten() })
    }

    fn save(
        &self,
        identity: &Identity,
        record: Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Boxed<Result<Saved, Trouble>> {
        let work = move |account: &Account, remarks: &mut Remarks| account.save(&record, expected, &previous, remarks);
        Box::pin(change(Arc::clone(&self.queue), Arc::clone(&self.told), self.account(identity), work))
    }

    fn clear(&self, identity: &Identity, expected: u64) -> Boxed<Result<bool, Trouble>> {
        let work = move |account: &Account, remarks: &mut Remarks| account.clear(expected, remarks);
        Box::pin(change(Arc::clone(&self.queue), Arc::clone(&self.told), self.account(identity), work))
    }

    fn lock(&self, identity: &Identity, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        let account = self.account(identity);
        Box::pin(async move { lock::acquire(&account.names, patience, &*account.rng).await })
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("place", &self.place)
            .field("encryption_key", &self.encryption_key)
            .finish_non_exhaustive()
    }
}

/// Reads on a thread of its own: a disk that does not answer holds up nobody else. `None` when that thread is gone.
async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Does on a thread of its own what waits for the disk, one at a time. It comes to its end even if nobody waits for it, also
/// when its turn has not come yet: a refresh token that works once may have been spent on it.
async fn change<T: Send + 'static>(
    queue: Queue,
    told: Told,
    account: Account,
    work: impl FnOnce(&Account, &mut Remarks) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let (name, host) = (account.identity.account.clone(), host(&account.identity.issuer).to_owned());
    let interrupted = trouble::interrupted(&account.names.record);
    let task = tokio::spawn(async move {
        let turn = queue.lock_owned().await;
        elsewhere(move || {
            let _turn = turn;
            let mut remarks = Remarks::new();
            (work(&account, &mut remarks), remarks)
        })
        .await
    });
    let (result, remarks) = task.await.ok().flatten().ok_or(interrupted)?;
    // Here and not there: a log is listened to on the runtime's thread. And not at every save: a link in the place of a
    // backup stays there.
    for remark in remarks.into_iter().filter(|remark| told.lock().insert(remark.to_string())) {
        warn!(name: TARGET, target: TARGET, account = name, host, "{remark}");
    }
    result
}

/// The host of a URL, port included.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}
