//! For how long we put up with what does not answer, or is not known for certain.

use std::time::Duration;

/// What nobody chooses, and tests and simulations scale.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Whoever has an account's lock and has not let go this long after a deadline of ours hangs.
    pub lock: Duration,
    /// A disk that does not answer must not keep a token from those who wait for it.
    pub store: Duration,
    /// Beyond this round trip the Date header says too little about the server's clock.
    pub round_trip: Duration,
    /// How long a scope that a new session did not bring is not asked for again.
    pub scope: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(5),
            store: Duration::from_secs(5),
            round_trip: Duration::from_secs(2),
            scope: Duration::from_secs(60),
        }
    }
}
