//! The last failure, while it forbids another try. It answers at once and never makes a caller sleep (camunda-8-js-sdk#605).

use std::time::Duration;

use parking_lot::Mutex;

use super::{Demand, Inner, Parts};
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::policy::{Class, CoolDown, Leeway};
use crate::telemetry::in_words;

#[derive(Default)]
pub(super) struct Cooling {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Transient failures in a row.
    streak: u32,
    /// Flights in a row whose token had expired by the time it could be handed over.
    belated: u32,
    last: Option<Remembered>,
    /// Whatever callers may do, nobody renews aside before this is over. Also for those who remember nothing else.
    pause: Option<Pause>,
}

struct Pause {
    at: Moment,
    wait: Duration,
    /// Failures in a row.
    streak: u32,
}

struct Remembered {
    failure: Failure,
    at: Moment,
    wait: Duration,
    /// The server itself said so, which holds back those too who want a new token whatever there is.
    told: bool,
}

impl Cooling {
    /// How long nobody renews aside.
    pub(super) fn pause_left(&self, now: Moment) -> Duration {
        let state = self.state.lock();
        state.pause.as_ref().map_or(Duration::ZERO, |pause| pause.wait.saturating_sub(now.since(pause.at)))
    }
}

impl State {
    fn pause(&mut self, failure: &Failure, least: Duration, leeway: Leeway, policy: &CoolDown, parts: &Parts) {
        let streak = self.pause.as_ref().map_or(0, |pause| pause.streak).saturating_add(1);
        let wait = policy.after_aside(failure, streak, leeway, &*parts.rng).max(least);
        self.pause = Some(Pause { at: parts.clock.now(), wait, streak });
    }
}

impl Inner {
    /// Is it too early for another try? A forced one is held back only by what the server itself asked for.
    pub(super) fn cooling_down(&self, demand: Demand) -> Option<Failure> {
        // Of what others of this session remember, the drop-in is to know nothing.
        self.parts.policy.cool_down.as_ref()?;
        let state = self.shared.annex_so_far()?.cooling.state.lock();
        let last = state.last.as_ref()?;
        if !demand.takes_what_is_there() && !last.told {
            return None;
        }
        let left = last.wait.saturating_sub(self.parts.clock.now().since(last.at));
        if left.is_zero() {
            return None;
        }
        let provider = self.provider();
        let message = format!(
            "{}: not trying again for {} at {} for another {}, because {}",
            provider.failure_prefix(),
            provider.account(),
            provider.host(),
            in_words(left),
            last.failure
        );
        Some(Failure::new(Code::CoolingDown, message).with_retry_after(Some(left)).following(last.failure.clone()))
    }

    /// Is it too early for another try that nobody waits for?
    pub(super) fn pausing(&self, demand: Demand) -> Option<Failure> {
        if demand != Demand::Ahead {
            return None;
        }
        let left = self.shared.annex_so_far()?.cooling.pause_left(self.parts.clock.now());
        if left.is_zero() {
            return None;
        }
        let provider = self.provider();
        let message = format!(
            "{}: not renewing ahead of time for {} at {} for another {}",
            provider.failure_prefix(),
            provider.account(),
            provider.host(),
            in_words(left)
        );
        Some(Failure::new(Code::CoolingDown, message).with_retry_after(Some(left)))
    }

    /// Takes note of a failure of our own. Answers how long it is remembered.
    pub(super) fn cool_down(&self, failure: &Failure) -> Duration {
        // Whoever was to renew it is gone; the next one may do better at once.
        if failure.code == Code::Closed {
            return Duration::ZERO;
        }
        let leeway = self.leeway();
        let class = Class::of(failure);
        let mut state = self.shared.annex().cooling.state.lock();
        state.pause(failure, Duration::ZERO, leeway, &self.patience(), &self.parts);
        let Some(policy) = &self.parts.policy.cool_down else { return Duration::ZERO };
        // Whoever will not have an old token instead wants to know at each call whether there is a new one.
        if class == Class::Transient && !self.parts.policy.serve_stale && leeway.fresh.is_zero() {
            return Duration::ZERO;
        }
        if class == Class::Transient {
            state.streak = state.streak.saturating_add(1);
        }
        let wait = policy.after(failure, state.streak, leeway, &*self.parts.rng);
        let told = matches!(class, Class::ToldToWait(_));
        state.last = Some(Remembered { failure: failure.clone(), at: self.parts.clock.now(), wait, told });
        wait
    }

    /// Takes note of a sibling's failure, for as long as the sibling remembers it.
    pub(super) fn cool_down_for(&self, failure: &Failure, wait: Duration, told: bool) {
        let (at, leeway) = (self.parts.clock.now(), self.leeway());
        let mut state = self.shared.annex().cooling.state.lock();
        state.pause(failure, wait, leeway, &self.patience(), &self.parts);
        // Of what others of this session remember, the drop-in is to know nothing.
        if self.parts.policy.cool_down.is_some() {
            state.last = Some(Remembered { failure: failure.clone(), at, wait, told });
        }
    }

    /// Takes note of a token that came too late. It has worked, so that no caller is held back. But whom nobody waits for would try
    /// for ever where a save takes longer than a token lives.
    pub(super) fn come_too_late(&self, failure: &Failure) {
        let leeway = self.leeway();
        let mut state = self.shared.annex().cooling.state.lock();
        let belated = state.belated.saturating_add(1);
        let wait = self.patience().after_aside(failure, belated, leeway, &*self.parts.rng);
        let pause = Pause { at: self.parts.clock.now(), wait, streak: 0 };
        *state = State { belated, pause: Some(pause), ..State::default() };
    }

    /// How patient those are whom nobody waits for.
    pub(super) fn patience(&self) -> CoolDown {
        self.parts.policy.cool_down.clone().unwrap_or_default()
    }

    /// The token that made waiting cheap is gone: from here on it counts as if there had been none.
    pub(super) fn hurry(&self) {
        let Some(annex) = self.shared.annex_so_far() else { return };
        // Also for those who remember nothing themselves: others of this session may.
        let policy = self.patience();
        let mut state = annex.cooling.state.lock();
        let streak = state.streak;
        if let Some(last) = &mut state.last
            && !last.told
            && !last.failure.is_rejection()
        {
            // A sibling's failure says how long the sibling waits, which nobody was told to.
            let failure = last.failure.clone().with_retry_after(None);
            last.wait = last.wait.min(policy.after(&failure, streak, Leeway::default(), &*self.parts.rng));
        }
    }

    /// Forgets every failure: something has worked, or the credentials are others.
    pub(super) fn warm_up(&self) {
        if let Some(annex) = self.shared.annex_so_far() {
            *annex.cooling.state.lock() = State::default();
        }
    }

    fn leeway(&self) -> Leeway {
        let session = self.shared.memory.load().session;
        let Some(life) = session.as_ref().and_then(|session| session.access.as_ref()).map(|access| access.life) else {
            return Leeway::default();
        };
        let now = self.parts.clock.now();
        Leeway { left: life.left(now), fresh: self.parts.policy.fresh_for(&life, now) }
    }
}
