//! The Node-API face of the core. Nothing here decides anything: it translates, and it keeps JavaScript's rules.
//!
//! - No JavaScript value leaves its thread: what crosses is plain data, through the [`mailbox`] of an environment.
//! - Nothing here keeps a process alive: the one threadsafe function is weak, the one thread is our own. What has to
//!   keep it alive (a waiter) is `lib/`'s to know.
//! - No panic crosses: every export has `catch_unwind` (napi-rs#3067).
//!
//! This is the only module that names napi, and the only one that may use `unsafe`.

use crate::freshness;

mod answers;
mod desk;
mod environment;
mod equipment;
mod fallback;
mod host;
mod lane;
mod log;
mod mailbox;
mod manager;
mod options;
mod pace;
mod pool;
mod runtime;
mod time;
