//! What all managers of one identity in a process have in common (`life-cycle.md`, "Who shares what").

use std::fmt;
use std::sync::Arc;

use super::cooling::Cooling;
use super::keeping::Keeping;
use super::{Account, Outcome};
use crate::flight::Flights;
use crate::store::memory::MemoryStore;

/// A session, its flights and its failures.
pub struct Shared {
    pub(super) account: Account,
    pub(super) memory: MemoryStore,
    pub(super) keeping: Keeping,
    pub(super) cooling: Cooling,
    pub(super) flights: Arc<Flights<Outcome>>,
}

impl Shared {
    /// That of an account without a session. Whoever does not know others of its kind keeps it to itself.
    pub fn of(account: Account) -> Arc<Self> {
        Arc::new(Self {
            account,
            memory: MemoryStore::default(),
            keeping: Keeping::default(),
            cooling: Cooling::default(),
            flights: Arc::default(),
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("account", &self.account).field("memory", &self.memory).finish_non_exhaustive()
    }
}
