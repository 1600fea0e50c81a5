//! The Node-API face of the core. Nothing here decides anything: it wraps what [`face`] holds in napi's classes, and it keeps Node's
//! rules.
//!
//! - No JavaScript value leaves its thread: what crosses is plain data, through the mailbox of an environment.
//! - Nothing here keeps a process alive: the one threadsafe function is weak, the one thread is our own. What has to
//!   keep it alive (a waiter) is `lib/`'s to know.
//! - No panic crosses: every export has `catch_unwind` (napi-rs#3067).
//!
//! But for the attributes in [`face`], this is the only module that names napi, and it is the only one that may use `unsafe`.
//!
//! [`face`]: crate::face

mod environment;
pub(crate) mod machine;
mod manager;
mod pace;
mod pool;
mod runtime;
mod time;

/// What JavaScript is told of it.
fn refused(why: crate::face::Refused) -> napi::Error {
    napi::Error::from_reason(why.to_string())
}
