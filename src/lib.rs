//! tokenkeep keeps service tokens fresh: one login, one refresh, shared by every caller.
//!
//! Data flows one way. A caller asks the [`manager`]; the manager asks a [`provider`] *what to send*, a [`transport`]
//! *to send it* and a [`store`] *to keep it*. Time, randomness, I/O and spawning are parameters ([`clock::Clock`],
//! [`random::Rng`], [`transport::Transport`], [`store::Store`], [`manager::Spawn`]), so that the rules of renewal run in a
//! test without a network and without waiting.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`manager`] | one account: its session, its flight, the steps of a renewal |
//! | [`flight`] | one renewal with all who wait for it |
//! | [`freshness`] | the cells in which readers on other threads see that a session has changed |
//! | [`policy`] | when a token is fresh, stale or expired |
//! | [`lifetime`] | how long a token lives, by whatever says so |
//! | [`identity`] | whose session it is, and what it is stored under |
//! | [`session`], [`claims`], [`clock`], [`error`], [`random`], [`redaction`] | the leaves: they use nobody |
//! | [`provider`], [`transport`], [`store`] | the edges |
//! | [`provisioned`] | tokens that somebody else got: files and variables in the forms that are about |
//! | `json` | JSON with secrets in it: pointers, shapes, one spelling for texts that say the same |
//! | `letters` | lower case, by the host where it has the tables |
//! | [`telemetry`] | what happened, in numbers |
//! | `waypoint` | where the tests kill their own processes; empty in every build for users |
//! | `face` | what both faces towards JavaScript have in common |
//! | `binding` | the Node-API face; the only module that names napi, but for attributes in `face` |
//! | `wasm` | the WebAssembly face; the only module that names wasm-bindgen |
#![deny(unsafe_code)]
#![warn(missing_docs, missing_debug_implementations, unreachable_pub, rust_2018_idioms)]

pub mod claims;
pub mod clock;
pub mod error;
pub mod flight;
pub mod freshness;
pub mod identity;
mod json;
mod letters;
pub mod lifetime;
pub mod manager;
pub mod policy;
pub mod pool;
pub mod provider;
pub mod provisioned;
pub mod random;
pub mod redaction;
pub mod session;
pub mod store;
mod sync;
pub mod telemetry;
pub mod transport;
mod waypoint;

// In a test nobody calls what JavaScript would call.
#[cfg(any(feature = "binding", feature = "wasm"))]
#[cfg_attr(test, allow(dead_code))]
#[allow(missing_debug_implementations, missing_docs, unreachable_pub, reason = "its public items are JavaScript's")]
mod face;

#[cfg(feature = "binding")]
// napi registers its exports in real builds only; in a test nobody calls them.
#[cfg_attr(test, allow(dead_code))]
#[allow(
    unsafe_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    reason = "its public items are JavaScript's"
)]
mod binding;

#[cfg(feature = "wasm")]
#[cfg_attr(test, allow(dead_code))]
#[allow(missing_debug_implementations, missing_docs, unreachable_pub, reason = "its public items are JavaScript's")]
mod wasm;
