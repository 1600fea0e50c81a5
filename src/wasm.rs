//! The WebAssembly face of the core, for wherever no addon can be loaded. Nothing here decides anything: it wraps what [`face`]
//! holds in wasm-bindgen's classes, for `lib/wasm/`, which gives them the shapes that the addon's have.
//!
//! - What crosses is numbers and texts: shapes as JSON, which engines read faster than they are asked for a property.
//! - Clocks, timers, randomness and turns of the event loop are functions of the host's ([`js`]). None of them calls back: the host
//!   comes in later, by [`executor`] and [`alarms`], and never into a call that is under way.
//! - A panic ends the instance, for there is no unwinding: what is refused is a text that is thrown, and whatever else is thrown has
//!   `lib/wasm/` end everybody who waits.
//!
//! This is the only module that names wasm-bindgen. It has one thread.
//!
//! [`face`]: crate::face
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "there is no unwinding"
)]

mod alarms;
mod border;
mod cells;
mod environment;
mod executor;
mod js;
pub(crate) mod machine;
mod manager;
mod pool;
