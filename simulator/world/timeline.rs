//! Virtual time, and what is going to happen in it. Nothing takes any time but by an entry here.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::World;

/// 2026-01-01T00:00:00Z, in milliseconds.
pub const START: i64 = 1_767_225_600_000;

pub const SECOND: u64 = 1000;
pub const MINUTE: u64 = 60 * SECOND;

pub type Deed = Box<dyn FnOnce(&Arc<World>) + Send>;

#[derive(Default)]
pub struct Timeline {
    /// The true time: milliseconds since the world began.
    now: u64,
    entries: u64,
    agenda: BinaryHeap<Entry>,
}

struct Entry {
    at: u64,
    /// Of two at one time the first that was entered comes first.
    number: u64,
    deed: Deed,
}

impl Timeline {
    pub fn now(&self) -> u64 {
        self.now
    }

    pub fn after(&mut self, wait: u64, deed: impl FnOnce(&Arc<World>) + Send + 'static) {
        self.entries += 1;
        self.agenda.push(Entry { at: self.now + wait, number: self.entries, deed: Box::new(deed) });
    }

    /// The next deed, with the time moved to it; none beyond `end`.
    pub fn next(&mut self, end: u64) -> Option<Deed> {
        if self.agenda.peek()?.at > end {
            return None;
        }
        let entry = self.agenda.pop()?;
        self.now = entry.at;
        Some(entry.deed)
    }

    /// What was to come, for whoever lets go of it.
    pub fn clear(&mut self) -> impl Sized + use<> {
        std::mem::take(&mut self.agenda)
    }
}

impl Ord for Entry {
    /// Turned round: the heap has its greatest on top.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}
