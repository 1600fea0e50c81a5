//! What there is to work with, which each face brings: the clocks, the randomness, where tasks run, the network and the disk.

#[cfg(feature = "binding")]
pub(super) use crate::binding::machine::{at_pace, clock, file_store, network, rng, spawn};
#[cfg(all(feature = "wasm", target_family = "wasm"))]
pub(crate) use crate::wasm::machine::lower;
#[cfg(all(feature = "wasm", not(feature = "binding")))]
pub(super) use crate::wasm::machine::{at_pace, clock, file_store, network, rng, spawn};
