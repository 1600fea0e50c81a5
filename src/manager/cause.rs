//! Why a renewal is under way: for those who watch, not for those who decide.

use super::{Demand, Inner};
use crate::policy::Zone;

/// What made somebody renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There was no session in memory.
    First,
    /// Its token had been dropped, as one that an API refuses is.
    Invalidated,
    /// The token was inside the margin.
    Margin,
    /// It had expired.
    Expired,
    /// It was due, and still served: nobody had to wait.
    Ahead,
    /// A caller wanted a new one, whatever there was.
    Forced,
    /// A caller wanted a full login.
    Login,
}

impl Cause {
    /// In one word, for events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Invalidated => "invalidated",
            Self::Margin => "margin",
            Self::Expired => "expired",
            Self::Ahead => "ahead",
            Self::Forced => "forced",
            Self::Login => "login",
        }
    }
}

impl Inner {
    /// Why somebody with this demand would renew now.
    pub(super) fn cause(&self, demand: Demand) -> Cause {
        match demand {
            Demand::Renewed => return Cause::Forced,
            Demand::LoggedIn => return Cause::Login,
            Demand::Ahead => return Cause::Ahead,
            Demand::Fresh => {}
        }
        let Some(session) = self.shared.memory.load().session else { return Cause::First };
        match self.zone(&session) {
            None => Cause::Invalidated,
            Some(Zone::Expired) => Cause::Expired,
            Some(_) => Cause::Margin,
        }
    }
}
