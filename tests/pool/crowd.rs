//! A pool on the stage: its accounts, and managers that are at work for some of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::Failure;
use tokenkeep::manager::{Demand, Manager, Parts, Registry, Shared, Spawn};
use tokenkeep::policy::Policy;
use tokenkeep::pool::{Enrolled, Pool};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::store::memory::Freshness;

use crate::stage::answer::Answer;
use crate::stage::clock::ManualClock;
use crate::stage::executor::{Call, Executor};
use crate::stage::server::{Gate, LOGIN, Pair, Server};
use crate::stage::{BASE_URL, Dice, PASSWORD, Watch};

pub type Asking = Call<Result<String, Failure>>;

pub struct Crowd {
    pub pool: Arc<Pool>,
    pub clock: Arc<ManualClock>,
    pub server: Arc<Server>,
    pub policy: Policy,
    pub flights: Arc<Flights>,
    pub registry: Registry,
    executor: Arc<Executor>,
}

/// Runs flights where a test can get hold of them.
pub struct Flights {
    executor: Arc<Executor>,
    calls: Mutex<Vec<Call<()>>>,
}

impl Spawn for Flights {
    fn spawn(&self, future: Boxed<()>) {
        self.calls.lock().unwrap().push(self.executor.start(future));
    }
}

impl Flights {
    /// Whoever ran the flight that was started last has died in the middle of it.
    pub fn lose_the_last(&self) {
        let last = self.calls.lock().unwrap().pop();
        last.expect("a flight").leave();
    }

    /// Has whoever can run do so.
    pub fn run(&self) {
        self.executor.run();
    }
}

impl Crowd {
    pub fn new(capacity: usize, turns: usize) -> Self {
        Self::with_policy(capacity, turns, Policy::default())
    }

    pub fn with_policy(capacity: usize, turns: usize, policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::new());
        let executor = Arc::new(Executor::default());
        let server = Arc::new(Server::new(Arc::clone(&clock)));
        let flights = Arc::new(Flights { executor: Arc::clone(&executor), calls: Mutex::default() });
        let registry = Registry::default();
        Self { pool: Arc::new(Pool::new(capacity, turns)), clock, server, policy, flights, registry, executor }
    }

    /// That many accounts, named by their numbers.
    pub fn enrol(&self, names: impl IntoIterator<Item = usize>) {
        for name in names {
            self.enrol_as(&name.to_string());
        }
    }

    pub fn enrol_as(&self, name: &str) -> Arc<Shared> {
        let shared = self.registry.shared(of(name), "");
        self.pool.enrol(name, &Enrolled { shared: Arc::clone(&shared), note: note(name) });
        // Nobody comes who is not wanted.
        drop(self.pool.get(name));
        shared
    }

    /// How many of these are still known. It asks without using them.
    pub fn known(&self, names: impl IntoIterator<Item = usize>) -> usize {
        names.into_iter().filter(|name| self.registry_knows(*name)).count()
    }

    fn registry_knows(&self, name: usize) -> bool {
        // A session that is gone is made anew, and nobody else has it then.
        let shared = self.registry.shared(of(&name.to_string()), "");
        Arc::strong_count(&shared) > 1
    }

    /// A manager of an account that is known.
    pub fn manager(&self, name: &str) -> Manager {
        self.manager_with(name, self.policy.clone())
    }

    pub fn manager_with(&self, name: &str, policy: Policy) -> Manager {
        let Enrolled { shared, .. } = self.pool.get(name).expect("somebody who is known");
        let parts = self.pool.parts(self.parts(policy));
        Manager::new(parts, shared, None, self.pool.watched(Arc::new(Watch::default())))
    }

    /// A manager that the pool knows nothing of, at a session that both may have.
    pub fn stranger(&self, shared: Arc<Shared>) -> Manager {
        Manager::new(self.parts(Policy::default()), shared, None, Arc::new(Watch::default()))
    }

    fn parts(&self, policy: Policy) -> Parts {
        Parts {
            transport: Arc::clone(&self.server) as _,
            clock: Arc::clone(&self.clock) as _,
            rng: Arc::new(Dice),
            store: None,
            fallback: None,
            spawn: Arc::clone(&self.flights) as _,
            turns: None,
            tally: None,
            policy,
        }
    }

    /// A caller who asks for a token by way of `manager`.
    pub fn ask(&self, manager: &Manager) -> Asking {
        let manager = manager.clone();
        let asked = async move { manager.get_token(Demand::Fresh).await };
        let call = self.executor.start(async move { asked.await.map(|token| token.expose_secret().to_owned()) });
        self.executor.run();
        call
    }

    /// Makes an account known and asks for its token.
    pub fn ask_for(&self, name: &str) -> (Manager, Asking) {
        drop(self.enrol_as(name));
        let manager = self.manager(name);
        let call = self.ask(&manager);
        (manager, call)
    }

    /// The next login does not end before its gate is opened.
    pub fn will_hold_a_login(&self) -> (Pair, Gate) {
        let pair = self.server.mint_pair(600);
        let gate = self.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
        (pair, gate)
    }

    pub fn open(&self, gate: &Gate) {
        gate.open();
        self.run();
    }

    pub fn run(&self) {
        self.executor.run();
    }

    /// Lets time pass, and everything happen at its own moment.
    pub fn advance(&self, duration: Duration) {
        let mut left = duration;
        while let Some(step) = self.clock.next_alarm().filter(|step| *step <= left) {
            self.clock.advance(step);
            self.run();
            left -= step;
        }
        self.clock.advance(left);
        self.run();
    }

    /// Somebody who is told of changes of the session of that account.
    pub fn watch(&self, shared: &Arc<Shared>) -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        shared.watch(&(Arc::clone(&watch) as Arc<dyn Freshness>));
        watch
    }
}

pub fn of(name: &str) -> Arc<dyn Provider> {
    Arc::new(Baserow::new(BASE_URL, format!("{name}@example.com"), SecretString::from(PASSWORD)))
}

/// What the pool knows somebody of that name by.
pub fn note(name: &str) -> u32 {
    name.bytes().fold(7, |note: u32, byte| note.wrapping_mul(31).wrapping_add(u32::from(byte)))
}
