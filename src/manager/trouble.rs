//! One warning when the store does not work, and no other until it has worked again.

use parking_lot::Mutex;
use tracing::warn;

use super::Inner;
use crate::provider::Provider;
use crate::store::Trouble;
use crate::telemetry::TARGET;

/// What a store may be unable to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    Read,
    Lock,
    Write,
}

/// Each kind of work has spells of its own: a disk that never has locks must not hide that it is full today.
#[derive(Default)]
pub(super) struct Spells(Mutex<State>);

#[derive(Default)]
struct State {
    failing: [bool; 3],
    /// In this flight a warning was given: the folder that cannot be written cannot be locked either.
    told: bool,
}

impl Spells {
    fn begin(&self, work: Work) -> bool {
        let mut state = self.0.lock();
        let is_news = !std::mem::replace(&mut state.failing[work as usize], true) && !state.told;
        state.told |= is_news;
        is_news
    }

    /// That worked.
    pub(super) fn end(&self, work: Work) {
        self.0.lock().failing[work as usize] = false;
    }

    fn next_flight(&self) {
        self.0.lock().told = false;
    }
}

impl Inner {
    /// A flight begins or ends: what goes wrong from here on has causes of its own.
    pub(super) fn next_spell(&self) {
        if let Some(annex) = self.shared.annex_so_far() {
            annex.keeping.spells.next_flight();
        }
    }

    /// Says it, unless it has been said.
    pub(super) fn tell_trouble(&self, provider: &dyn Provider, work: Work, trouble: &Trouble) {
        if self.shared.annex().keeping.spells.begin(work) {
            let (account, host) = (provider.account(), provider.host());
            warn!(name: TARGET, target: TARGET, account, host, "going on without the stored session: {trouble}");
        }
    }
}
