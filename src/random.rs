//! Randomness as the core sees it: salts, nonces and jitter come from whoever the core is given.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where the core gets its randomness from.
pub trait Rng: Send + Sync {
    /// Fills `bytes` with what nobody can foresee.
    fn fill(&self, bytes: &mut [u8]);
}

/// A duration between nothing and `most`, evenly.
pub fn up_to(most: Duration, rng: &dyn Rng) -> Duration {
    let mut bytes = [0; 4];
    rng.fill(&mut bytes);
    most.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

/// What chance takes of something, drawn once and kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jitter(u16);

impl Jitter {
    /// Nothing, where nobody else could come at the same time.
    pub const NONE: Self = Self(0);

    /// Any part between nothing and all, evenly.
    pub fn draw(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 2];
        rng.fill(&mut bytes);
        Self(u16::from_le_bytes(bytes))
    }

    /// Its part of `most`.
    pub fn of(self, most: Duration) -> Duration {
        most * u32::from(self.0) / u32::from(u16::MAX)
    }
}

/// The operating system's randomness.
#[cfg(feature = "native")]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

#[cfg(feature = "native")]
impl Rng for SystemRng {
    /// Without randomness there is no safe nonce, so there is nothing to go on with: the panic ends the flight, whose
    /// waiters are told.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}
