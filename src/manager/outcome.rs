//! What callers want, and what a flight has for them.

use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, Cause};
use crate::error::{Code, Failure};
use crate::flight::Landing;
use crate::policy::Zone;
use crate::session::{AccessToken, Source};

/// What a caller wants of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// A token that may be served.
    Fresh,
    /// One that is not even due for a renewal. For those who renew aside, whom nobody waits for.
    Ahead,
    /// A token newer than the one there is, fresh or not.
    Renewed,
    /// The token of a full login.
    LoggedIn,
}

impl Demand {
    /// Will a token do that somebody else has brought?
    pub(super) fn takes_what_is_there(self) -> bool {
        matches!(self, Demand::Fresh | Demand::Ahead)
    }

    /// Is a token in that zone good enough?
    pub(super) fn is_met_in(self, zone: Zone) -> bool {
        match self {
            Demand::Fresh => zone.is_served(),
            Demand::Ahead | Demand::Renewed | Demand::LoggedIn => zone == Zone::Fresh,
        }
    }
}

/// How a flight ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The token that it brought, or why it brought none.
    pub result: Result<Arc<AccessToken>, Failure>,
    /// What a caller who would take any live token gets, should the result be a failure.
    pub stale: Option<Arc<AccessToken>>,
    /// The generation of the session that it brought; 0 when it brought none.
    pub generation: u32,
    /// What was tried last, or where the token was found; `None` when nothing was, because somebody had already renewed or
    /// it is too early to try again.
    pub how: Option<Source>,
    /// Why it began, for the manager that began it; `None` for those who joined, and when nothing was tried.
    pub cause: Option<Cause>,
    /// It answers those who want a new token whatever there is.
    pub renewed: bool,
    /// It was none: ask again.
    pub again: bool,
    /// It failed because what it brought had expired when it landed.
    pub belated: bool,
    /// When it ended, in epoch milliseconds.
    pub at: i64,
    /// How long it took.
    pub duration: Duration,
    /// Everything that was tried, in order.
    pub attempts: Vec<Attempt>,
}

impl Landing for Outcome {
    fn lost() -> Self {
        let message = "the renewal was lost: the thread that ran it could not be started, or died. Try again";
        Self::refused(Failure::new(Code::Network, message))
    }
}

impl Outcome {
    pub(super) fn refused(failure: Failure) -> Self {
        Self { result: Err(failure), ..Self::blank() }
    }

    pub(super) fn adopted(token: Arc<AccessToken>, generation: u32) -> Self {
        Self { result: Ok(token), generation, ..Self::blank() }
    }

    /// Of a flight that was none: whoever waited for it boards again.
    pub(super) fn nothing_done() -> Self {
        Self { again: true, ..Self::blank() }
    }

    pub(super) fn blank() -> Self {
        let nothing = Failure::new(Code::Network, "nothing was tried");
        Self {
            result: Err(nothing),
            stale: None,
            generation: 0,
            how: None,
            cause: None,
            renewed: false,
            again: false,
            belated: false,
            at: 0,
            duration: Duration::ZERO,
            attempts: Vec::new(),
        }
    }

    /// What the caller who wanted `demand` gets out of it.
    pub fn for_demand(self, demand: Demand) -> Result<Arc<AccessToken>, Failure> {
        match (self.result, self.stale, demand) {
            (Err(_), Some(live), Demand::Fresh) => Ok(live),
            (result, _, _) => result,
        }
    }
}
