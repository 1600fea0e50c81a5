//! What makes "read, compare, rename" one step between processes, for writers without the account's lock as well: an
//! `invalidate()` does not wait for somebody else's renewal.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::names::Names;
use crate::store::Trouble;

/// A save takes milliseconds. Whoever holds the guard longer was stopped in the middle of one.
const PATIENCE: Duration = Duration::from_secs(2);

/// From the first pause between two tries to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(10));

/// Lets the saves of this process to one folder line up before they compete with those of others: a pool of a thousand
/// accounts would outwait [`PATIENCE`] by itself (microsoft-authentication-library-for-js#3498).
pub(super) type Queue = Arc<tokio::sync::Mutex<()>>;

/// The queue of a folder.
pub(super) fn queue(folder: &Path) -> Queue {
    static QUEUES: LazyLock<Mutex<HashMap<PathBuf, Weak<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut queues = QUEUES.lock();
    queues.retain(|_, queue| queue.strong_count() > 0);
    if let Some(queue) = queues.get(folder).and_then(Weak::upgrade) {
        return queue;
    }
    let queue = Queue::default();
    queues.insert(folder.to_owned(), Arc::downgrade(&queue));
    queue
}

/// The right to change an account's files, until it is dropped. Where nothing can be locked it is worth nothing, and
/// there is no better.
#[derive(Debug)]
pub(super) struct Guard(Option<File>);

impl Guard {
    /// Waits for it, as long as a stuck sibling deserves.
    pub(super) fn take(names: &Names) -> Result<Self, Trouble> {
        let Ok(file) = open(names) else { return Ok(Self(None)) };
        let start = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(Some(file))),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => thread::sleep(pause),
                Err(TryLockError::WouldBlock) => return Err(busy(&names.folder)),
                // NFS locks only what is open for writing, which no folder can be.
                Err(TryLockError::Error(_)) => return Ok(Self(None)),
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Is nobody else in here for certain?
    pub(super) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Guard {
    /// To close it is not enough: a child between fork and exec has it open for a moment longer.
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = file.unlock();
        }
    }
}

#[cfg(unix)]
fn open(names: &Names) -> io::Result<File> {
    File::open(&names.folder)
}

#[cfg(not(unix))]
fn open(names: &Names) -> io::Result<File> {
    super::entry::open_options().write(true).create(true).truncate(false).open(names.guard())
}

fn busy(folder: &Path) -> Trouble {
    Trouble(format!(
        "{} has been locked for {} seconds by another process that saves there: is one stopped? Nothing was changed",
        folder.display(),
        PATIENCE.as_secs()
    ))
}
