//! A shelf in memory that does as its script says, and a store on it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::identity::Identity;
use tokenkeep::store::keyed::{KeyedStore, Shelf, Shelved, shelf_key};
use tokenkeep::store::record::Tokens;
use tokenkeep::store::sealed::EncryptionKey;
use tokenkeep::store::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};

use crate::stage::Dice;
use crate::stage::clock::ManualClock;
use crate::stage::executor::{Call, Executor};
use crate::stage::server::Gate;

pub const BACKUP: Previous = Previous::Backup { with_refresh_token: true };

/// What a shelf may do instead of its work.
pub enum Whim {
    Fails(&'static str),
    FailsAfter(Gate, &'static str),
    NeverEnds,
    /// Answers that it did not, and did not.
    Refuses,
}

#[derive(Default)]
pub struct Board {
    /// Each text with the generation that it was saved as.
    pub texts: HashMap<String, (u64, SecretString)>,
    pub asked: Vec<String>,
    whims: VecDeque<Whim>,
    leases: Arc<()>,
}

#[derive(Clone, Default)]
pub struct Sticks(pub Arc<Mutex<Board>>);

impl Sticks {
    fn ask(&self, what: String) -> Option<Whim> {
        let mut board = self.0.lock().unwrap();
        board.asked.push(what);
        board.whims.pop_front()
    }
}

async fn or<T>(whim: Option<Whim>, refusal: Option<T>, work: impl FnOnce() -> T) -> Result<T, Trouble> {
    match (whim, refusal) {
        (Some(Whim::Fails(why)), _) => Err(Trouble(why.to_owned())),
        (Some(Whim::FailsAfter(gate, why)), _) => {
            gate.opened().await;
            Err(Trouble(why.to_owned()))
        }
        (Some(Whim::NeverEnds), _) => future::pending().await,
        (Some(Whim::Refuses), Some(refusal)) => Ok(refusal),
        _ => Ok(work()),
    }
}

impl Shelf for Sticks {
    fn load(&self, key: &str) -> Boxed<Result<Option<Shelved>, Trouble>> {
        let (sticks, key, whim) = (self.clone(), key.to_owned(), self.ask("load".to_owned()));
        Box::pin(or(whim, None, move || sticks.0.lock().unwrap().texts.get(&key).map(|(_, text)| text.clone().into())))
    }

    fn save(
        &self,
        key: &str,
        text: SecretString,
        expected: Option<u64>,
        generation: u64,
    ) -> Boxed<Result<bool, Trouble>> {
        let whim = self.ask(format!("save {expected:?} {generation}"));
        let (sticks, key) = (self.clone(), key.to_owned());
        Box::pin(or(whim, Some(false), move || {
            let mut board = sticks.0.lock().unwrap();
            let fits = board.texts.get(&key).map(|(generation, _)| *generation) == expected;
            if fits {
                board.texts.insert(key, (generation, text));
            }
            fits
        }))
    }

    fn clear(&self, key: &str, expected: u64) -> Boxed<Result<bool, Trouble>> {
        let (sticks, key, whim) = (self.clone(), key.to_owned(), self.ask(format!("clear {expected}")));
        Box::pin(or(whim, Some(false), move || {
            let mut board = sticks.0.lock().unwrap();
            let fits = board.texts.get(&key).is_some_and(|(generation, _)| *generation == expected);
            if fits {
                board.texts.remove(&key);
            }
            fits
        }))
    }

    fn lock(&self, _: &str, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        let whim = self.ask(format!("lock {}", patience.as_secs()));
        let leases = Arc::clone(&self.0.lock().unwrap().leases);
        Box::pin(async move {
            let lease: Result<Lease, Trouble> = or(whim, None, move || Box::new(leases) as Lease).await;
            lease.map_err(NoLock::Unavailable)
        })
    }
}

impl fmt::Debug for Sticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sticks")
    }
}

/// One process at a desk: a store, an account, a clock.
pub struct Desk {
    pub sticks: Sticks,
    pub store: Arc<KeyedStore>,
    pub clock: Arc<ManualClock>,
    pub identity: Identity,
    pub key: String,
    pub executor: Executor,
}

impl Desk {
    pub fn new() -> Self {
        Self::with_keys(Vec::new())
    }

    pub fn with_keys(keys: Vec<EncryptionKey>) -> Self {
        Self::at(Sticks::default(), keys)
    }

    pub fn at(sticks: Sticks, keys: Vec<EncryptionKey>) -> Self {
        let (clock, identity) = (Arc::new(ManualClock::new()), identity());
        let shelf = Arc::new(sticks.clone());
        let store = KeyedStore::new("the board".to_owned(), shelf, keys, Arc::clone(&clock) as _, Arc::new(Dice));
        let key = shelf_key(&identity);
        Self { sticks, store: Arc::new(store), clock, identity, key, executor: Executor::default() }
    }

    /// With a record of generation 1 whose access token is `one`.
    pub fn with_session() -> Self {
        let desk = Self::new();
        desk.put(1, "one", None);
        desk.forget();
        desk
    }

    pub fn start<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Call<T> {
        let call = self.executor.start(future);
        self.executor.run();
        call
    }

    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        self.executor.run();
    }

    pub fn will(&self, whim: Whim) {
        self.sticks.0.lock().unwrap().whims.push_back(whim);
    }

    /// What the shelf was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.sticks.0.lock().unwrap().asked)
    }

    pub fn forget(&self) {
        drop(self.asked());
    }

    /// Somebody puts a text there by other means.
    pub fn plant(&self, generation: u64, text: &str) {
        self.sticks.0.lock().unwrap().texts.insert(self.key.clone(), (generation, text.into()));
    }

    #[track_caller]
    pub fn text(&self) -> String {
        self.sticks.0.lock().unwrap().texts[&self.key].1.expose_secret().to_owned()
    }

    pub fn load(&self) -> Loaded {
        self.start(self.store.load(&self.identity)).answer()
    }

    #[track_caller]
    pub fn loaded(&self) -> Record {
        let loaded = self.load();
        assert_eq!(loaded.trouble, None);
        loaded.record.expect("a record")
    }

    #[track_caller]
    pub fn trouble(&self) -> String {
        let loaded = self.load();
        assert!(loaded.record.is_none());
        loaded.trouble.expect("a trouble").0
    }

    pub fn backup(&self) -> Option<Record> {
        self.start(self.store.backup(&self.identity)).answer()
    }

    pub fn save(&self, record: Record, expected: Option<u64>, previous: Previous) -> Result<Saved, Trouble> {
        self.start(self.store.save(&self.identity, record, expected, previous)).answer()
    }

    #[track_caller]
    pub fn put(&self, generation: u64, access: &str, expected: Option<u64>) {
        self.put_with(record(generation, Some(access)), expected, BACKUP);
    }

    #[track_caller]
    pub fn put_with(&self, record: Record, expected: Option<u64>, previous: Previous) {
        let saved = self.save(record, expected, previous);
        assert!(matches!(saved, Ok(Saved::Done)), "{saved:?}");
    }

    pub fn clear(&self, expected: u64) -> Result<bool, Trouble> {
        self.start(self.store.clear(&self.identity, expected)).answer()
    }

    pub fn lock(&self) -> Result<Lease, NoLock> {
        self.start(self.store.lock(&self.identity, Duration::from_secs(10))).answer()
    }

    /// How many leases of the shelf are held.
    pub fn held(&self) -> usize {
        Arc::strong_count(&self.sticks.0.lock().unwrap().leases) - 1
    }
}

pub fn identity() -> Identity {
    Identity {
        provider: "baserow".to_owned(),
        issuer: "https://baserow.example.com/api".to_owned(),
        account: "alice@example.com".to_owned(),
        ..Identity::default()
    }
}

pub fn record(generation: u64, access: Option<&str>) -> Record {
    let tokens = Tokens {
        access: access.map(SecretString::from),
        refresh: Some(format!("refresh-{generation}").into()),
        scoped: Default::default(),
        expires_at: 1_795_000_600_000,
        saved_at: 1_795_000_000_000,
    };
    Record { generation, tokens: Some(tokens), ..Record::default() }
}

pub fn access(record: &Record) -> Option<String> {
    record.tokens.as_ref()?.access.as_ref().map(|token| token.expose_secret().to_owned())
}

pub fn refresh(record: &Record) -> Option<String> {
    record.tokens.as_ref()?.refresh.as_ref().map(|token| token.expose_secret().to_owned())
}
