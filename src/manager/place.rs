//! Where a manager stands: at which session, and whether it still takes calls. Its provider may be replaced, and it may be
//! closed, while others go on with the session that it leaves.

use std::sync::Arc;

use parking_lot::Mutex;

use super::inner::Inner;
use super::{SecondFactor, Shared};
use crate::store::memory::Freshness;

pub(super) struct Place {
    state: Mutex<State>,
    watch: Arc<dyn Freshness>,
}

struct State {
    inner: Arc<Inner>,
    closed: bool,
}

impl Place {
    pub(super) fn new(inner: Inner, watch: Arc<dyn Freshness>) -> Self {
        inner.shared.memory.watch(&watch);
        Self { state: Mutex::new(State { inner: Arc::new(inner), closed: false }), watch }
    }

    /// For looks, which a closed manager allows.
    pub(super) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.state.lock().inner)
    }

    /// For whatever a closed manager does not do.
    pub(super) fn open(&self) -> Option<Arc<Inner>> {
        let state = self.state.lock();
        (!state.closed).then(|| Arc::clone(&state.inner))
    }

    /// Has nothing changed since `open` gave `inner`?
    pub(super) fn is_still(&self, inner: &Arc<Inner>) -> bool {
        self.open().is_some_and(|now| Arc::ptr_eq(&now, inner))
    }

    /// Other credentials, another session.
    pub(super) fn move_to(&self, shared: Arc<Shared>, second_factor: Option<Arc<dyn SecondFactor>>) {
        let mut state = self.state.lock();
        // Watched first: between the two sessions there is no moment in which a change could be missed.
        shared.memory.watch(&self.watch);
        let next = Arc::new(state.inner.at(shared, second_factor));
        let left = std::mem::replace(&mut state.inner, next);
        if !Arc::ptr_eq(&left.shared, &state.inner.shared) {
            left.shared.memory.unwatch(&self.watch);
        }
    }

    /// Answers what it has left, the first time.
    pub(super) fn close(&self) -> Option<Arc<Inner>> {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.closed, true) {
            return None;
        }
        let empty = Arc::new(state.inner.at(Shared::of(state.inner.provider()), None));
        let left = std::mem::replace(&mut state.inner, empty);
        left.shared.memory.unwatch(&self.watch);
        Some(left)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.get_mut().inner.shared.memory.unwatch(&self.watch);
    }
}
