//! Work on the session that no flight may cross: it takes the place of one. Who asks for a token meanwhile waits, and boards
//! again when it is done.

use std::sync::Arc;

use super::{Inner, Manager, Outcome};
use crate::error::Failure;
use crate::flight::{Boarding, Pilot};

/// Keeps flights out until it is dropped.
pub(super) struct Exclusive {
    pub(super) inner: Arc<Inner>,
    pilot: Option<Pilot<Outcome>>,
}

impl Manager {
    /// Waits for what is under way, and lets nothing else start.
    pub(super) async fn alone(&self) -> Result<Exclusive, Failure> {
        loop {
            let Some(inner) = self.place.open() else { return Err(self.inner().closed()) };
            match inner.shared.flights.board() {
                Boarding::Join(wait) => drop(wait.await),
                Boarding::Lead(pilot, _) => {
                    let alone = Exclusive { inner, pilot: Some(pilot) };
                    // Else it has been closed, or is at another session, since the line above.
                    if self.place.is_still(&alone.inner) {
                        return Ok(alone);
                    }
                }
            }
        }
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        if let Some(pilot) = self.pilot.take() {
            pilot.land(Outcome::nothing_done());
        }
    }
}
