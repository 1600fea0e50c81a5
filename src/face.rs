//! What both faces of the core have in common: the shapes that cross the border, the mail, the questions, the objects that
//! JavaScript holds. Nothing here decides anything: it translates, and it keeps JavaScript's rules.
//!
//! Each face (`binding`, `wasm`) puts classes of its own around this and brings a [`machine`]. The structs that cross the border say
//! in attributes how they do that: napi's and serde's can only stand where a struct is written. Apart from these, nothing here names
//! Node-API or WebAssembly.

use std::fmt;

pub(crate) mod answers;
mod desk;
mod equipment;
mod fallback;
pub(crate) mod host;
mod lane;
mod log;
pub(crate) mod machine;
pub(crate) mod mailbox;
pub(crate) mod manager;
pub(crate) mod options;
pub(crate) mod pool;
pub(crate) mod providers;
pub(crate) mod reports;
pub(crate) mod thread;
mod time;

/// Why something cannot be had. `lib/` has validated what a user wrote, so this is nobody's mistake but ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(&'static str);

impl Refused {
    pub(crate) const fn because(why: &'static str) -> Self {
        Self(why)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
