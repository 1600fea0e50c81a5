//! Renewal ahead of time (`refresh: 'background'`): a timer that asks for it when the soft zone begins, whether or not anybody wants
//! a token. It ends with its manager and keeps nothing alive.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_lite::future;
use tokio::sync::Notify;

use super::place::Place;
use super::{Manager, Outcome};
use crate::flight::Wait;
use crate::store::memory::Freshness;

/// Rings when the session is another one, or nobody's any more.
#[derive(Default)]
pub(super) struct Bell(Notify);

impl Bell {
    /// Whoever comes to wait finds that it has rung.
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    async fn rung(&self) {
        self.0.notified().await;
    }
}

/// Rings for every change that `watch` is told of.
pub(super) struct Ringing {
    pub(super) watch: Arc<dyn Freshness>,
    pub(super) bell: Arc<Bell>,
}

impl Freshness for Ringing {
    fn moved(&self, generation: u32) {
        self.watch.moved(generation);
        self.bell.ring();
    }
}

/// What the timer has to do next.
enum Next {
    /// The manager is gone, or closed.
    Nothing,
    /// There is no session yet, or no longer.
    Rest,
    Sleep(Duration),
    Await(Wait<Outcome>),
    /// Ask for a renewal.
    Ask,
}

impl Manager {
    /// From now on `ask` is called whenever it is time to renew the session, if the policy wants that done ahead of time. Until the
    /// manager is closed or dropped, and never twice within a grace period.
    pub fn tend(&self, ask: impl Fn(&Manager) + Send + Sync + 'static) {
        let inner = self.inner();
        let Some(background) = inner.parts.policy.background.clone() else { return };
        let (clock, bell) = (Arc::clone(&inner.parts.clock), self.place.bell());
        let place = Arc::downgrade(&self.place);
        inner.parts.spawn.spawn(Box::pin(async move {
            loop {
                let sleep = match next(&place) {
                    Next::Nothing => return,
                    Next::Rest => {
                        bell.rung().await;
                        continue;
                    }
                    Next::Await(flight) => {
                        drop(flight.await);
                        continue;
                    }
                    Next::Sleep(duration) => duration.min(background.look_every),
                    Next::Ask => {
                        if let Some(place) = place.upgrade() {
                            ask(&Manager { place });
                        }
                        background.grace
                    }
                };
                future::or(bell.rung(), clock.sleep(sleep)).await;
            }
        }));
    }
}

/// By both clocks as they are now: one of them may have been set, or the machine may have slept.
fn next(place: &Weak<Place>) -> Next {
    let Some(inner) = place.upgrade().and_then(|place| place.open()) else { return Next::Nothing };
    if let Some(flight) = inner.shared.flights.underway() {
        return Next::Await(flight);
    }
    match inner.shared.due_in(&inner.parts.policy, inner.parts.clock.now()) {
        None => Next::Rest,
        Some(Duration::ZERO) => Next::Ask,
        Some(due_in) => Next::Sleep(due_in),
    }
}
