//! A manager at a session: whose it is, and how this manager works.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use parking_lot::Mutex;

use super::replacement::Other;
use super::{Account, Demand, Look, Outcome, Parts, SecondFactor, Shared, Stay};
use crate::error::{Code, Failure};
use crate::flight::Pilot;
use crate::policy::Zone;
use crate::provider::Provider;
use crate::session::{AccessToken, Session, Source};
use crate::telemetry::Telemetry;

pub(super) struct Inner {
    pub(super) parts: Arc<Parts>,
    pub(super) shared: Stay,
    /// This manager's own: whoever leads a flight is asked for the code.
    second_factor: Option<Arc<dyn SecondFactor>>,
    pub(super) logbook: Arc<Logbook>,
}

/// What happened through this manager, whatever session it is at.
#[derive(Default)]
pub(super) struct Logbook {
    pub(super) telemetry: Mutex<Telemetry>,
    /// The user knows by now that the tokens do not say when they expire.
    pub(super) told_of_assumption: AtomicBool,
}

impl Inner {
    pub(super) fn new(parts: Arc<Parts>, shared: &Arc<Shared>, second_factor: Option<Arc<dyn SecondFactor>>) -> Self {
        Self::with(parts, shared, second_factor, Arc::default())
    }

    fn with(
        parts: Arc<Parts>,
        shared: &Arc<Shared>,
        second_factor: Option<Arc<dyn SecondFactor>>,
        logbook: Arc<Logbook>,
    ) -> Self {
        Self { parts, shared: shared.stay(), second_factor, logbook }
    }

    /// The same manager at another session.
    pub(super) fn at(&self, Other { shared, second_factor, policy }: Other) -> Self {
        let parts = Arc::new(Parts { policy, ..Parts::clone(&self.parts) });
        Self::with(parts, &shared, second_factor, Arc::clone(&self.logbook))
    }

    pub(super) fn account(&self) -> Account {
        Account { provider: self.provider(), second_factor: self.second_factor.clone() }
    }

    pub(super) fn provider(&self) -> Arc<dyn Provider> {
        Arc::clone(&self.shared.provider)
    }

    pub(super) fn look(&self) -> Look {
        self.shared.look(&self.parts.policy, self.parts.clock.now())
    }

    /// Sees to it that the flight lands. Answers what there is without one: it is by this manager's policy, so whoever has boarded
    /// meanwhile looks for itself.
    pub(super) fn lead(self: &Arc<Self>, pilot: Pilot<Outcome>, demand: Demand) -> Option<Outcome> {
        let at_once = self.without_flying(demand);
        if at_once.is_some() {
            pilot.land(Outcome::nothing_done());
            return at_once;
        }
        let inner = Arc::clone(self);
        let flight = async move {
            let outcome = inner.fly(demand).await;
            pilot.land(outcome);
        };
        self.parts.spawn.spawn(Box::pin(flight));
        None
    }

    fn without_flying(&self, demand: Demand) -> Option<Outcome> {
        // Between the caller's look and this boarding another flight may have landed with a good one.
        if demand.takes_what_is_there()
            && let Some((token, generation)) = self.good_enough(demand)
        {
            return Some(Outcome::adopted(token, generation));
        }
        if let Some(failure) = self.blown() {
            // Whatever lives is what is being refused.
            return Some(Outcome::refused(failure));
        }
        if let Some(failure) = self.pausing(demand).or_else(|| self.cooling_down(demand)) {
            return Some(self.taking(Outcome { stale: self.live_token(), ..Outcome::refused(failure) }));
        }
        self.glance(demand)
    }

    /// What this manager makes of a flight that another may have led, and that may have landed a while ago: whether an old token is
    /// served is its own to say.
    pub(super) fn taking(&self, outcome: Outcome) -> Outcome {
        let outcome = self.by_now(outcome);
        match self.parts.policy.serve_stale {
            true => outcome,
            false => Outcome { stale: None, ..outcome },
        }
    }

    /// The current token, if those who want `demand` need no other.
    fn good_enough(&self, demand: Demand) -> Option<(Arc<AccessToken>, u32)> {
        let snapshot = self.shared.memory.load();
        let session = snapshot.session?;
        let met = self.zone(&session).is_some_and(|zone| demand.is_met_in(zone));
        session.access.clone().filter(|_| met).map(|token| (token, snapshot.generation))
    }

    /// The zone of the session's access token; `None` when it has none.
    pub(super) fn zone(&self, session: &Session) -> Option<Zone> {
        let access = session.access.as_ref()?;
        Some(self.parts.policy.zone(&access.life, self.parts.clock.now()))
    }

    /// Takes note of a renewal.
    pub(super) fn record(&self, at: i64, how: Source, duration: Duration, failure: Option<&Failure>) {
        self.logbook.telemetry.lock().record(at, how, duration, failure);
        if let Some(tally) = &self.parts.tally {
            tally.lock().record(how, failure.is_some());
        }
    }

    pub(super) fn closed(&self) -> Failure {
        let provider = self.provider();
        let message = format!("the token manager of {} at {} was closed", provider.account(), provider.host());
        Failure::new(Code::Closed, message)
    }
}
