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
        let inner = Arc::clone(&self.inner);
        loop {
            match inner.flights.board() {
                Boarding::Closed => return Err(inner.closed()),
                Boarding::Join(wait) => drop(wait.await),
                Boarding::Lead(pilot, _) => return Ok(Exclusive { inner, pilot: Some(pilot) }),
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
