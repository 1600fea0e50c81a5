//! Sessions in files (`cache-file.md`), on a real disk, against real links, pipes, locks and processes.
#![cfg(all(feature = "native", unix))]

#[path = "file_store/child.rs"]
mod child;
#[path = "file_store/desk.rs"]
mod desk;
#[path = "file_store/lock.rs"]
mod lock;
#[path = "file_store/place.rs"]
mod place;
#[path = "file_store/reading.rs"]
mod reading;
#[path = "file_store/sharing.rs"]
mod sharing;
mod stage;
#[path = "file_store/writing.rs"]
mod writing;
