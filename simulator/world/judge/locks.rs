//! On what footing somebody renews: with the lock, or without it for a reason.

use tokenkeep::store::Record;

use super::super::State;
use super::super::medium::Keeping;
use super::super::process::Who;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Footing {
    /// Nobody asked for the lock.
    #[default]
    None,
    /// It is waited for.
    Waiting,
    /// It is held.
    Held(u64),
    /// It was asked for and not to be had: the store did not answer, or somebody else held it too long.
    Without,
    /// It was held, until its time was up while the holder stood still.
    Lapsed,
}

impl State {
    pub fn judge_asking(&mut self, who: Who) {
        self.standing(who).footing = Footing::Waiting;
    }

    pub fn judge_locked(&mut self, who: Who, number: u64) {
        let has_regressed = self.has_regressed(who);
        let found = self.record(who).filter(|_| !has_regressed).and_then(|record| self.refresh_in(&record));
        let standing = self.standing(who);
        (standing.footing, standing.found, standing.is_blind) = (Footing::Held(number), found, false);
        self.note(|| format!("{who} has the lock"));
    }

    /// Somebody has saved while it waited: it asks again, or needs no lock any more.
    pub fn judge_moved(&mut self, who: Who) {
        self.standing(who).footing = Footing::None;
        self.note(|| format!("{who} hears that somebody has saved"));
    }

    pub fn judge_unlocked(&mut self, who: Who, footing: Footing) {
        self.standing(who).footing = footing;
        self.note(|| format!("{who} gets no lock ({footing:?})"));
    }

    pub fn judge_released(&mut self, who: Who, number: u64) {
        let standing = self.standing(who);
        if standing.footing == Footing::Held(number) {
            standing.footing = Footing::None;
        }
        self.note(|| format!("{who} lets go of the lock"));
    }

    pub fn judge_lapse(&mut self, who: Who, number: u64) {
        let standing = self.standing(who);
        if standing.footing == Footing::Held(number) {
            standing.footing = Footing::Lapsed;
        }
    }

    /// May they send something as they stand? Whoever was paused looks again before a token leaves that works once, if a clock of
    /// theirs can tell: both may have stood still together, and then been set back. And if the store does not answer they are alone.
    pub(super) fn may_send(&self, who: Who, footing: Footing) -> bool {
        let cannot_know = self.plan.steps > 0 || self.standing_of(who).is_some_and(|standing| standing.is_blind);
        footing == Footing::Without || (footing == Footing::Lapsed && (cannot_know || !self.server.rotates))
    }

    /// May they have sent something as they stand? With what excuse, if they have no lock?
    pub(super) fn is_excused(footing: Footing) -> bool {
        matches!(footing, Footing::Without | Footing::Lapsed)
    }

    pub(super) fn share_a_store(&self, one: Who, other: Who) -> bool {
        match self.plan.keeping {
            Keeping::Nowhere => one.remembers(other),
            Keeping::Files => one.host == other.host,
            Keeping::Shared => true,
        }
    }

    pub(super) fn refresh_in(&self, record: &Record) -> Option<usize> {
        use secrecy::ExposeSecret;
        self.server.number(record.tokens.as_ref()?.refresh.as_ref()?.expose_secret())
    }

    pub(super) fn access_in(&self, record: &Record) -> Option<usize> {
        use secrecy::ExposeSecret;
        self.server.number(record.tokens.as_ref()?.access.as_ref()?.expose_secret())
    }
}
