//! One account: who asks for its token, and who renews it. The rules are those of `life-cycle.md`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use secrecy::SecretString;

use crate::clock::Clock;
use crate::error::{Code, Failure};
use crate::flight::{Boarding, Flights, Wait};
use crate::policy::{Policy, Zone};
use crate::provider::Provider;
use crate::random::Rng;
use crate::session::{AccessToken, Session};
use crate::store::Store;
use crate::store::memory::{Freshness, MemoryStore};
use crate::telemetry::Telemetry;
use crate::transport::Transport;

use self::cooling::Cooling;
use self::keeping::Keeping;

mod account;
mod cooling;
mod dead;
mod exchange;
mod exclusive;
mod fallbacks;
mod found;
mod glance;
mod handover;
mod invalidation;
mod journey;
mod keeping;
mod logout;
mod outcome;
mod refresh;
mod renewal;
mod replacement;
mod seed;
mod sharing;
mod status;
mod stored;
mod telling;
mod trouble;

pub use account::Account;
pub use journey::Attempt;
pub use outcome::{Demand, Outcome};
pub use status::{State, Status};

/// Runs a flight on somebody else's time.
pub trait Spawn: Send + Sync {
    /// Runs `future` to its end, whoever waits for it.
    fn spawn(&self, future: Boxed<()>);
}

/// Knows the code of the moment for a login's second factor.
pub trait SecondFactor: Send + Sync {
    /// A fresh code, or in a few words why there is none.
    fn code(&self) -> Boxed<Result<SecretString, String>>;
}

/// Has tokens of last resort.
pub trait Fallback: Send + Sync {
    /// The tokens as whoever provisioned them wrote them: one of the forms of [`crate::provisioned`]; and where they come
    /// from, as a person would look it up.
    fn tokens(&self) -> Option<(SecretString, String)>;
}

/// What a manager is made of.
pub struct Parts {
    /// Whose tokens to keep, until they are replaced.
    pub account: Account,
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
    /// Who is told when the session changes.
    pub freshness: Arc<dyn Freshness>,
    /// What the user chose.
    pub policy: Policy,
}

/// What there is without any waiting.
#[derive(Debug, Clone)]
pub struct Look {
    /// Changes whenever the session does.
    pub generation: u32,
    /// The current token, whatever its age.
    pub token: Option<SecretString>,
    /// How long it may be served before the next look; zero once it is stale, or when there is none.
    pub fresh_for: Duration,
}

/// One account's manager. Cheap to clone; the clones are one.
#[derive(Clone)]
pub struct Manager {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    account: Mutex<Account>,
    memory: MemoryStore,
    keeping: Keeping,
    cooling: Cooling,
    flights: Arc<Flights<Outcome>>,
    telemetry: Mutex<Telemetry>,
    /// The user knows by now that the tokens do not say when they expire.
    told_of_assumption: AtomicBool,
}

impl Manager {
    /// A manager that has done nothing yet: the first caller logs in.
    pub fn new(parts: Parts) -> Self {
        let memory = MemoryStore::new(Arc::clone(&parts.freshness));
        let account = Mutex::new(parts.account.clone());
        let inner = Inner {
            parts,
            account,
            memory,
            keeping: Keeping::default(),
            cooling: Cooling::default(),
            flights: Arc::default(),
            telemetry: Mutex::default(),
            told_of_assumption: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What there is, at once and without I/O.
    pub fn look(&self) -> Look {
        self.inner.look()
    }

    /// Joins the flight that is under way or starts one. The flight runs detached; dropping the future cancels nothing.
    pub fn renew(&self, demand: Demand) -> impl Future<Output = Outcome> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        let mut boarded = inner.board(demand);
        async move {
            loop {
                let outcome = match boarded {
                    Some(wait) => wait.await,
                    None => return Outcome::refused(inner.closed()),
                };
                // A flight that found a token without asking for it does not answer somebody who wants a new one whatever there is.
                let answers = demand == Demand::Fresh || outcome.renewed || outcome.result.is_err();
                if answers && !outcome.again {
                    return outcome;
                }
                boarded = inner.board(demand);
            }
        }
    }

    /// A token that meets `demand`.
    pub async fn get_token(&self, demand: Demand) -> Result<SecretString, Failure> {
        if self.inner.flights.is_closed() {
            return Err(self.inner.closed());
        }
        let look = self.look();
        if let (Demand::Fresh, false, Some(token)) = (demand, look.fresh_for.is_zero(), look.token) {
            return Ok(token);
        }
        let token = self.renew(demand).await.for_demand(demand)?;
        Ok(token.secret.clone())
    }

    /// Starts nothing more, waits for what is under way, and forgets the session.
    /// The closing is done at the call; the future only waits.
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<> {
        let inner = Arc::clone(&self.inner);
        inner.flights.close();
        let underway = inner.flights.underway();
        async move {
            if let Some(wait) = underway {
                wait.await;
            }
            inner.memory.clear(|_| true);
        }
    }
}

impl Inner {
    fn account(&self) -> Account {
        self.account.lock().clone()
    }

    fn provider(&self) -> Arc<dyn Provider> {
        Arc::clone(&self.account.lock().provider)
    }

    fn look(&self) -> Look {
        let snapshot = self.memory.load();
        let access = snapshot.session.as_ref().and_then(|session| session.access.as_ref());
        let fresh_for =
            access.map_or(Duration::ZERO, |access| self.parts.policy.fresh_for(&access.life, self.parts.clock.now()));
        let token = access.map(|access| access.secret.clone());
        Look { generation: snapshot.generation, token, fresh_for }
    }

    fn board(self: &Arc<Self>, demand: Demand) -> Option<Wait<Outcome>> {
        match self.flights.board() {
            Boarding::Closed => None,
            Boarding::Join(wait) => Some(wait),
            Boarding::Lead(pilot, wait) => {
                // Between the caller's look and this boarding another flight may have landed with a fresh token.
                if let (Demand::Fresh, Some((token, generation))) = (demand, self.fresh()) {
                    pilot.land(Outcome::adopted(token, generation));
                } else if let Some(failure) = self.cooling_down(demand) {
                    pilot.land(Outcome { stale: self.live_token(), ..Outcome::refused(failure) });
                } else if let Some(outcome) = self.glance(demand) {
                    pilot.land(outcome);
                } else {
                    let inner = Arc::clone(self);
                    let flight = async move {
                        let outcome = inner.fly(demand).await;
                        pilot.land(outcome);
                    };
                    self.parts.spawn.spawn(Box::pin(flight));
                }
                Some(wait)
            }
        }
    }

    fn fresh(&self) -> Option<(Arc<AccessToken>, u32)> {
        let snapshot = self.memory.load();
        let session = snapshot.session?;
        let fresh = self.zone(&session) == Some(Zone::Fresh);
        session.access.clone().filter(|_| fresh).map(|token| (token, snapshot.generation))
    }

    /// The zone of the session's access token; `None` when it has none.
    fn zone(&self, session: &Session) -> Option<Zone> {
        let access = session.access.as_ref()?;
        Some(self.parts.policy.zone(&access.life, self.parts.clock.now()))
    }

    fn closed(&self) -> Failure {
        let provider = self.provider();
        let message = format!("the token manager of {} at {} was closed", provider.account(), provider.host());
        Failure::new(Code::Closed, message)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("account", &self.account).finish_non_exhaustive()
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("parts", &self.inner.parts).finish_non_exhaustive()
    }
}
