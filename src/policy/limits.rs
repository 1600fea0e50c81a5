//! For how long we put up with what does not answer, or is not known for certain.

use std::time::Duration;

/// What nobody chooses, and tests and simulations scale.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Whoever has an account's lock and has not let go this long after a deadline of ours hangs.
    pub lock: Duration,
    /// A disk that does not answer must not keep a token from those who wait for it.
    pub store: Duration,
    /// Between a look at the store and the request that it leads to there is little to wait for. Whoever has a connection only after
    /// more time than that was paused, or may have been, and a lease that lapses may have gone to somebody else meanwhile.
    pub look: Duration,
    /// Beyond this round trip the Date header says too little about the server's clock.
    pub round_trip: Duration,
    /// How long a scope that a new session did not bring is not asked for again.
    pub scope: Duration,
    /// Clocks of hosts that share a store differ by less. What is from further ahead was written before our clock was set back.
    pub skew: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(5),
            store: Duration::from_secs(5),
            look: Duration::from_millis(400),
            round_trip: Duration::from_secs(2),
            scope: Duration::from_secs(60),
            skew: Duration::from_secs(60),
        }
    }
}
