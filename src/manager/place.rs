//! Where a manager stands: at which session, and whether it still takes calls. Its provider may be replaced, and it may be
//! closed, while others go on with the session that it leaves.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Shared;
use super::background::{Bell, Ringing};
use super::inner::Inner;
use super::replacement::Other;
use crate::store::memory::Freshness;

pub(super) struct Place {
    state: Mutex<State>,
    watch: Arc<dyn Freshness>,
    /// For whoever renews in the background.
    bell: Option<Arc<Bell>>,
}

struct State {
    inner: Arc<Inner>,
    closed: bool,
}

impl Place {
    pub(super) fn new(inner: Inner, watch: Arc<dyn Freshness>) -> Self {
        let bell = inner.parts.policy.background.as_ref().map(|_| Arc::<Bell>::default());
        let watch = match &bell {
            Some(bell) => Arc::new(Ringing { watch, bell: Arc::clone(bell) }),
            None => watch,
        };
        inner.shared.memory.watch(&watch);
        Self { state: Mutex::new(State { inner: Arc::new(inner), closed: false }), watch, bell }
    }

    /// It rings when the session is another one, and when there is none any more.
    pub(super) fn bell(&self) -> Option<Arc<Bell>> {
        self.bell.clone()
    }

    fn ring(&self) {
        if let Some(bell) = &self.bell {
            bell.ring();
        }
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

    /// Other credentials, another session. False when it was closed in the meantime.
    pub(super) fn move_to(&self, other: Other) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        let next = Arc::new(state.inner.at(other));
        // Watched first: between the two sessions there is no moment in which a change could be missed.
        next.shared.memory.watch(&self.watch);
        let left = std::mem::replace(&mut state.inner, next);
        left.shared.memory.unwatch(&self.watch);
        self.ring();
        true
    }

    /// Answers what it has left, the first time.
    pub(super) fn close(&self) -> Option<Arc<Inner>> {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.closed, true) {
            return None;
        }
        let shared = Shared::of(state.inner.provider());
        let policy = state.inner.parts.policy.clone();
        let empty = Arc::new(state.inner.at(Other { shared, second_factor: None, policy }));
        let left = std::mem::replace(&mut state.inner, empty);
        left.shared.memory.unwatch(&self.watch);
        self.ring();
        Some(left)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.get_mut().inner.shared.memory.unwatch(&self.watch);
        self.ring();
    }
}
