//! What all managers of one identity in a process have in common (`life-cycle.md`, "Who shares what").

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::cooling::Cooling;
use super::fuse::Fuse;
use super::keeping::Keeping;
use super::scopes::Refused;
use super::{Account, Outcome};
use crate::flight::Flights;
use crate::store::memory::MemoryStore;

/// A session, its flights and its failures.
pub struct Shared {
    pub(super) account: Account,
    pub(super) memory: MemoryStore,
    pub(super) flights: Arc<Flights<Outcome>>,
    annex: OnceLock<Box<Annex>>,
}

/// What most of a hundred thousand sessions never need: made when it is.
#[derive(Default)]
pub(super) struct Annex {
    pub(super) keeping: Keeping,
    pub(super) cooling: Cooling,
    pub(super) fuse: Fuse,
    pub(super) refused: Refused,
}

impl Shared {
    /// That of an account without a session. Whoever does not know others of its kind keeps it to itself.
    pub fn of(account: Account) -> Arc<Self> {
        Arc::new(Self { account, memory: MemoryStore::default(), flights: Arc::default(), annex: OnceLock::new() })
    }

    pub(super) fn annex(&self) -> &Annex {
        self.annex.get_or_init(Box::default)
    }

    /// Only if there is anything in it.
    pub(super) fn annex_so_far(&self) -> Option<&Annex> {
        self.annex.get().map(Box::as_ref)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("account", &self.account).field("memory", &self.memory).finish_non_exhaustive()
    }
}
