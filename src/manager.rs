//! One account: who asks for its token, and who renews it. The rules are those of `life-cycle.md`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::clock::{Clock, Moment};
use crate::error::{Failure, Unanswered};
use crate::flight::{Boarding, Wait};
use crate::policy::Policy;
use crate::random::Rng;
use crate::session::Life;
use crate::store::Store;
use crate::store::memory::Freshness;
use crate::telemetry::Counters;
use crate::transport::Transport;

use self::account::Account;
use self::inner::Inner;
use self::place::Place;

mod account;
mod adoption;
mod asleep;
mod awake;
mod background;
mod belated;
mod cause;
mod cooling;
mod dead;
mod exchange;
mod exclusive;
mod fallbacks;
mod found;
mod fuse;
mod glance;
mod guard;
mod handover;
mod inner;
mod invalidation;
mod journey;
mod keeping;
mod lately;
mod logout;
mod outcome;
mod place;
mod refresh;
mod registry;
mod renewal;
mod replacement;
mod scopes;
mod seed;
mod shared;
mod sharing;
mod status;
mod stored;
mod telling;
mod trouble;
mod turn;

pub use awake::{Awake, Stay};
pub(crate) use background::{Bell, Ringing};
pub use cause::Cause;
pub use journey::Attempt;
pub use outcome::{Demand, Outcome};
pub use registry::Registry;
pub use replacement::Other;
pub use scopes::Scoped;
pub use shared::Shared;
pub use status::{State, Status};

/// Runs a flight on somebody else's time.
pub trait Spawn: Send + Sync {
    /// Runs `future` to its end, whoever waits for it.
    fn spawn(&self, future: Boxed<()>);
}

/// Knows the code of the moment for a login's second factor.
pub trait SecondFactor: Send + Sync {
    /// A fresh code, or in a few words why there is none.
    fn code(&self) -> Boxed<Result<SecretString, Unanswered>>;
}

/// Has tokens of last resort.
pub trait Fallback: Send + Sync {
    /// The tokens as whoever provisioned them wrote them: one of the forms of [`crate::provisioned`]; and where they come
    /// from, as a person would look it up.
    fn tokens(&self) -> Option<(SecretString, String)>;
}

/// What a manager works with. Managers of many accounts may share it.
#[derive(Clone)]
pub struct Parts {
    /// Who sends it.
    pub transport: Arc<dyn Transport>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub rng: Arc<dyn Rng>,
    /// Where sessions outlive the process.
    pub store: Option<Arc<dyn Store>>,
    /// Tokens for when refresh and login have failed.
    pub fallback: Option<Arc<dyn Fallback>>,
    /// Who runs a flight.
    pub spawn: Arc<dyn Spawn>,
    /// How many renewals may be under way at once among those who share this; any number where it is absent.
    pub turns: Option<Arc<Semaphore>>,
    /// Counts for all who share this, beside each manager's own.
    pub tally: Option<Arc<Mutex<Counters>>>,
    /// What the user chose.
    pub policy: Policy,
}

/// What there is without any waiting.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Changes whenever the session does, and is no other session's.
    pub generation: u32,
    /// The current token, whatever its age.
    pub token: Option<SecretString>,
    /// How long it may be served; zero once callers have to wait for a renewal, or when there is none.
    pub fresh_for: Duration,
    /// How long until there may be something else to do than to serve it.
    pub look_in: Duration,
    /// It is time that somebody renews it aside, and nobody does.
    pub due: bool,
}

impl Look {
    /// At a token of this life. `busy`: it is being renewed, or for a while it is not to be.
    fn at(life: Option<&Life>, policy: &Policy, now: Moment, busy: bool) -> Self {
        let Some(life) = life else { return Self::default() };
        let (fresh_for, due_in) = (policy.fresh_for(life, now), policy.due_in(life, now));
        let is_soft = due_in.is_zero() && !fresh_for.is_zero();
        let look_in = if is_soft { fresh_for } else { due_in.min(fresh_for) };
        Self { fresh_for, look_in, due: is_soft && !busy, ..Self::default() }
    }
}

/// One user's manager of one account. Cheap to clone; the clones are one. Managers of one [`Shared`] share its session, its
/// flights and its failures; policy, counters and log are each manager's own.
#[derive(Clone)]
pub struct Manager {
    place: Arc<Place>,
}

impl Manager {
    /// A manager that has done nothing yet: the first caller logs in. `watch` is told when the session changes.
    pub fn new(
        parts: impl Into<Arc<Parts>>,
        shared: Arc<Shared>,
        second_factor: Option<Arc<dyn SecondFactor>>,
        watch: Arc<dyn Freshness>,
    ) -> Self {
        Self { place: Arc::new(Place::new(Inner::new(parts.into(), &shared, second_factor), watch)) }
    }

    fn inner(&self) -> Arc<Inner> {
        self.place.inner()
    }

    /// Whose tokens they are, as a person would say it.
    pub fn account(&self) -> String {
        self.inner().provider().account().to_owned()
    }

    /// Where its credentials are sent.
    pub fn host(&self) -> String {
        self.inner().provider().host().to_owned()
    }

    /// What kind of provider it is of.
    pub fn kind(&self) -> String {
        self.inner().provider().identity().provider.clone()
    }

    /// What there is, at once and without I/O.
    pub fn look(&self) -> Look {
        self.inner().look()
    }

    /// Joins the flight that is under way or starts one. The flight runs detached; dropping the future cancels nothing.
    pub fn renew(&self, demand: Demand) -> impl Future<Output = Outcome> + Send + use<> {
        self.set_out(demand).1
    }

    /// As [`Manager::renew`]; and why, if a flight began at this call.
    pub fn set_out(&self, demand: Demand) -> (Option<Cause>, impl Future<Output = Outcome> + Send + use<>) {
        let manager = self.clone();
        let asked = manager.inner().parts.clock.now();
        let mut boarded = manager.board(demand);
        let began = match &boarded {
            Some(Boarded::Leading(_, cause)) => Some(*cause),
            _ => None,
        };
        let outcome = async move {
            let (mut before, mut rounds) = (None, 0);
            loop {
                let outcome = match boarded {
                    Some(Boarded::Waiting(wait)) => manager.inner().taking(wait.await),
                    Some(Boarded::Leading(wait, cause)) => {
                        Outcome { cause: Some(cause), ..manager.inner().taking(wait.await) }
                    }
                    Some(Boarded::Answered(outcome)) => *outcome,
                    // It was closed meanwhile: those who waited then are told what came of it.
                    None => return before.unwrap_or_else(|| Outcome::refused(manager.inner().closed())),
                };
                // A flight that found a token without asking for it does not answer somebody who wants a new one whatever there is.
                let answers = demand.takes_what_is_there() || outcome.renewed || outcome.result.is_err();
                if outcome.belated && (rounds == 0 || (rounds < belated::ROUNDS && manager.has_time_since(asked))) {
                    rounds += 1;
                    before = Some(outcome.following(before));
                } else if answers && !outcome.again {
                    return outcome.following(before);
                }
                boarded = manager.board(demand);
            }
        };
        (began, outcome)
    }

    fn has_time_since(&self, asked: Moment) -> bool {
        let parts = &self.inner().parts;
        parts.clock.now().since(asked) < parts.policy.deadline
    }

    /// Starts a renewal that nobody waits for, unless one is under way or it is too early for one. Whoever is served the token
    /// that is there, is neither delayed nor disturbed by what becomes of it.
    pub fn renew_aside(&self) {
        drop(self.renew(Demand::Ahead));
    }

    /// A token that meets `demand`.
    pub async fn get_token(&self, demand: Demand) -> Result<SecretString, Failure> {
        let Some(inner) = self.place.open() else { return Err(self.inner().closed()) };
        let look = inner.look();
        if let (Demand::Fresh, false, Some(token)) = (demand, look.fresh_for.is_zero(), look.token) {
            if look.due {
                self.renew_aside();
            }
            return Ok(token);
        }
        let token = self.renew(demand).await.for_demand(demand)?;
        // What lay in the store may have been due for a while.
        if inner.look().due {
            self.renew_aside();
        }
        Ok(token.secret.clone())
    }

    /// Starts nothing more, waits for what is under way, and lets go of the session, which lives on only with another manager.
    /// The closing is done at the call; the future only waits.
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<> {
        let underway = self.place.close().and_then(|inner| inner.shared.flights.underway());
        async move {
            if let Some(wait) = underway {
                wait.await;
            }
        }
    }

    fn board(&self, demand: Demand) -> Option<Boarded> {
        let inner = self.place.open()?;
        Some(match inner.shared.flights.board() {
            Boarding::Join(wait) => Boarded::Waiting(wait),
            Boarding::Lead(pilot, wait) if self.place.is_still(&inner) => {
                // Before it begins: what it finds changes the answer.
                let cause = inner.cause(demand);
                match inner.lead(pilot, demand) {
                    Some(outcome) => {
                        let cause = outcome.how.map(|_| cause);
                        Boarded::Answered(Box::new(Outcome { cause, ..outcome }))
                    }
                    None => Boarded::Leading(wait, cause),
                }
            }
            Boarding::Lead(pilot, wait) => {
                // Closed, or somebody else's account, since it was opened.
                pilot.land(Outcome::nothing_done());
                Boarded::Waiting(wait)
            }
        })
    }
}

/// What a caller has who wants a token.
enum Boarded {
    /// Somebody else's flight to wait for.
    Waiting(Wait<Outcome>),
    /// A flight that we began.
    Leading(Wait<Outcome>, Cause),
    /// An answer at once.
    Answered(Box<Outcome>),
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("shared", &self.inner().shared).finish_non_exhaustive()
    }
}
