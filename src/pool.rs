//! Many accounts, each with a session of its own: a bounded map of them. Accounts never wait for one another, but for their turn
//! when more than so many renew at once.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, UnitWeighter};
use tokio::sync::Semaphore;

use crate::clock::Moment;
use crate::manager::{Bell, Parts, Shared, State};
use crate::policy::Policy;
use crate::telemetry::Counters;

mod background;

/// A table for so many accounts is made at once; it grows with them.
const AT_FIRST: usize = 64;

/// The sessions of many accounts, by the names that the user has for them.
pub struct Pool {
    accounts: Mutex<Cache<Name, Enrolled, UnitWeighter, DefaultHashBuilder, Eviction>>,
    evicted: Evicted,
    keys: (RandomState, RandomState),
    /// What the user calls each, where somebody has to be told.
    names: OnceLock<Mutex<HashMap<Name, Box<str>>>>,
    bell: Arc<Bell>,
    turns: Arc<Semaphore>,
    /// How many turns there are.
    most: usize,
    tally: Arc<Mutex<Counters>>,
}

/// One account of a pool.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Its session.
    pub shared: Arc<Shared>,
    /// A number that the pool's owner knows it by.
    pub note: u32,
}

/// An account's name, as a hash with keys of this process, so that nobody can look for two of one hash: the names of a hundred thousand tenants would take as much room as a fifth of all the rest, and
/// whoever asks brings the name along.
type Name = (u64, u64);

/// Those who had to leave, and their notes, until somebody asks.
type Evicted = Arc<Mutex<Vec<(Name, u32)>>>;

/// How many accounts there are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Without a token.
    pub empty: usize,
    /// With a fresh one.
    pub valid: usize,
    /// With one inside the margin.
    pub expiring: usize,
    /// With a dead one.
    pub expired: usize,
}

impl Pool {
    /// A pool of at most `capacity` sessions, of which at most `turns` renew at once.
    pub fn new(capacity: usize, turns: usize) -> Self {
        let evicted = Evicted::default();
        let options = OptionsBuilder::new()
            .estimated_items_capacity(capacity.min(AT_FIRST))
            .weight_capacity(capacity as u64)
            .build()
            .expect("both capacities are set");
        let eviction = Eviction(Arc::clone(&evicted));
        let accounts = Cache::with_options(options, UnitWeighter, DefaultHashBuilder::default(), eviction);
        Self {
            accounts: Mutex::new(accounts),
            evicted,
            keys: Default::default(),
            names: OnceLock::new(),
            bell: Arc::default(),
            turns: Arc::new(Semaphore::new(turns.min(Semaphore::MAX_PERMITS))),
            most: turns,
            tally: Arc::default(),
        }
    }

    /// `parts` for a manager of one of these accounts.
    pub fn parts(&self, parts: Parts) -> Parts {
        Parts { turns: Some(Arc::clone(&self.turns)), tally: Some(Arc::clone(&self.tally)), ..parts }
    }

    /// The account of that name, if it is known, which counts as used from here on.
    pub fn get(&self, id: &str) -> Option<Enrolled> {
        self.accounts.lock().get(&self.name(id)).cloned()
    }

    /// The note of the account of that name, if it is known. It counts as no use: renewals ahead of time ask, and whoever is only
    /// renewed makes room for those who are asked for.
    pub fn note(&self, id: &str) -> Option<u32> {
        self.peek(id).map(|enrolled| enrolled.note)
    }

    /// The account of that name, if it is known, without it counting as used.
    pub fn peek(&self, id: &str) -> Option<Enrolled> {
        self.accounts.lock().peek(&self.name(id)).cloned()
    }

    /// Makes room for an account. Whoever is used least leaves, but nobody whose session somebody holds.
    pub fn enrol(&self, id: &str, enrolled: &Enrolled) {
        let name = self.name(id);
        if let Some(names) = self.names.get() {
            names.lock().entry(name).or_insert_with(|| id.into());
        }
        self.seat(name, enrolled);
        // Nobody will tell of what others of this process have got already; and what they get from here on is looked for.
        self.bell.ring();
    }

    fn seat(&self, name: Name, enrolled: &Enrolled) {
        let mut accounts = self.accounts.lock();
        // In its place and not over it: the cache calls that an eviction.
        if let Some(mut known) = accounts.get_mut(&name) {
            *known = enrolled.clone();
            return;
        }
        // Where all the others are held, it is not the newcomer who leaves.
        let _stay = enrolled.shared.stay();
        accounts.insert(name, enrolled.clone());
    }

    /// While too many are held there are more than there is room for. Whoever is not held any more leaves now, and then there may be
    /// a few less. Answers whether there is room for those who stay.
    pub fn shrink(&self) -> bool {
        let mut accounts = self.accounts.lock();
        let capacity = accounts.capacity();
        if accounts.weight() > capacity {
            accounts.set_capacity(capacity);
        }
        accounts.weight() <= capacity
    }

    /// The notes of those who have left since the last time.
    pub fn evicted(&self) -> Vec<u32> {
        let evicted = std::mem::take(&mut *self.evicted.lock());
        if let Some(names) = self.names.get() {
            let (mut names, accounts) = (names.lock(), self.accounts.lock());
            // Some may have come back since.
            evicted
                .iter()
                .filter(|(name, _)| accounts.peek(name).is_none())
                .for_each(|(name, _)| drop(names.remove(name)));
        }
        evicted.into_iter().map(|(_, note)| note).collect()
    }

    fn name(&self, id: &str) -> Name {
        (self.keys.0.hash_one(id), self.keys.1.hash_one(id))
    }

    /// How many accounts are known.
    pub fn len(&self) -> usize {
        self.accounts.lock().len()
    }

    /// Is nobody known?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the accounts are doing.
    pub fn census(&self, policy: &Policy, now: Moment) -> Census {
        let mut census = Census::default();
        for (_, enrolled) in self.accounts.lock().iter() {
            match enrolled.shared.state(policy, now) {
                State::Empty => census.empty += 1,
                State::Valid => census.valid += 1,
                State::Expiring => census.expiring += 1,
                State::Expired => census.expired += 1,
            }
        }
        census
    }

    /// What has happened to all of them.
    pub fn counters(&self) -> Counters {
        *self.tally.lock()
    }

    /// Forgets everybody. What is under way ends by itself.
    pub fn clear(&self) {
        self.accounts.lock().clear();
        if let Some(names) = self.names.get() {
            names.lock().clear();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.bell.ring();
    }
}

struct Eviction(Evicted);

impl Lifecycle<Name, Enrolled> for Eviction {
    type RequestState = ();

    /// By a manager or its flight: that other pools know the account too, or that it has two names, keeps nobody here.
    fn is_pinned(&self, _: &Name, enrolled: &Enrolled) -> bool {
        enrolled.shared.is_held()
    }

    fn on_evict(&self, (): &mut (), name: Name, enrolled: Enrolled) {
        self.0.lock().push((name, enrolled.note));
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("accounts", &self.len()).field("turns", &self.turns).finish_non_exhaustive()
    }
}
