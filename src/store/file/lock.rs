//! One renewal per host: the account's lock, which the kernel takes back from a holder that died (`cache-file.md`, "Locking").

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::entry::{not_a_file, open_options};
use super::folder;
use super::names::Names;
use crate::random::{Rng, up_to};
use crate::store::{Lease, NoLock, Trouble};

/// From the first pause between two tries to the longest: a waiter is at most one of them late.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(20));

/// What is drawn on top, so that those who were woken together do not stay together.
const JITTER: Duration = Duration::from_millis(5);

/// No `Instant` is further away; whoever waits for a year waits forever.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// The lock, until it is dropped.
struct Held(File);

impl Drop for Held {
    /// To close it is not enough: a child between fork and exec has it open for a moment longer.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Waits for the lock until `patience` is over.
pub(super) async fn acquire(names: &Names, patience: Duration, rng: &dyn Rng) -> Result<Lease, NoLock> {
    let deadline = Instant::now() + patience.min(LONGEST);
    let mut file = opened(names).await?;
    let mut pause = PAUSES.0;
    loop {
        match file.try_lock() {
            // Somebody deleted the file while we waited for it: its lock keeps nobody out.
            Ok(()) if !is_at(&file, &names.lock) => file = opened(names).await?,
            Ok(()) => return Ok(Box::new(Held(file))),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => {
                return Err(unavailable(&names.lock, &format!("cannot be locked ({error})")));
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(NoLock::Timeout);
        }
        sleep(left.min(pause + up_to(JITTER, rng))).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Elsewhere, as all that may have to wait for a disk.
async fn opened(names: &Names) -> Result<File, NoLock> {
    let own = names.clone();
    let gone = || unavailable(&names.lock, "could not be opened");
    tokio::task::spawn_blocking(move || open(&own)).await.unwrap_or_else(|_| Err(gone()))
}

fn open(names: &Names) -> Result<File, NoLock> {
    let open = || open_options().read(true).write(true).create(true).truncate(false).open(&names.lock);
    let file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => folder::make(&names.folder).and_then(|()| open()),
        result => result,
    };
    let unopened = |error: io::Error| match names.lock.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => not_a_file(&metadata),
        _ => format!("cannot be opened ({error})"),
    };
    let file = file.map_err(|error| unavailable(&names.lock, &unopened(error)))?;
    match file.metadata() {
        Ok(metadata) if !metadata.is_file() => Err(unavailable(&names.lock, &not_a_file(&metadata))),
        _ => Ok(file),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(ours), Ok(theirs)) => place(ours) == place(theirs),
        _ => false,
    }
}

/// An open file cannot be deleted there.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

fn unavailable(path: &Path, what: &str) -> NoLock {
    NoLock::Unavailable(Trouble(format!(
        "{} {what}: processes that share the session cannot take turns. Is its folder writable for us, and does its filesystem \
         have locks?",
        path.display()
    )))
}
