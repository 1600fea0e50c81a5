//! A store that several processes share: records as text in memory, fenced as `Store` says, with everything that can go
//! wrong with a disk at a switch. A test binary whose name begins with `shelved` plays over a [`KeyedStore`] on the same disk.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::identity::Identity;
use tokenkeep::store::keyed::{KeyedStore, Shelf, Shelved};
use tokenkeep::store::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};

use super::Dice;
use super::clock::ManualClock;
use super::server::{Gate, Pair};

mod lock;
mod shelf;
mod state;
mod troubles;

use state::State;

/// What a look takes that nobody waits for.
pub const GLANCE: Duration = Duration::from_millis(1);
pub const PLACE: &str = "/cache/tokenkeep/account.json";

pub struct Disk {
    clock: Arc<ManualClock>,
    /// The account that the tests look at; the disk has room for others.
    identity: Identity,
    state: Arc<Mutex<State>>,
}

impl Disk {
    pub fn new(clock: Arc<ManualClock>, identity: Identity) -> Self {
        Self { clock, identity, state: Arc::default() }
    }

    /// What was done to it, in order.
    pub fn log(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().log.clone()
    }

    pub fn forget_log(&self) {
        self.state.lock().unwrap().log.clear();
    }

    pub fn record(&self) -> Option<Record> {
        let text = self.state.lock().unwrap().records.get(self.identity.key().as_str()).cloned()?;
        Record::decode(text.expose_secret(), &self.identity).ok()
    }

    pub fn backup_record(&self) -> Option<Record> {
        let key = self.identity.key();
        let text = if shelf::IS_OURS {
            shelf::backup_in(self.state.lock().unwrap().records.get(key.as_str())?)?
        } else {
            self.state.lock().unwrap().backups.get(key.as_str()).cloned()?
        };
        Record::decode(text.expose_secret(), &self.identity).ok()
    }

    /// The store that the processes of this test use.
    pub fn store(self: &Arc<Self>) -> Arc<dyn Store> {
        if !shelf::IS_OURS {
            return Arc::clone(self) as _;
        }
        let (shelf, clock) = (Arc::clone(self) as Arc<dyn Shelf>, Arc::clone(&self.clock) as _);
        Arc::new(KeyedStore::new(PLACE.to_owned(), shelf, Vec::new(), clock, Arc::new(Dice)))
    }

    #[track_caller]
    pub fn generation(&self) -> u64 {
        self.record().expect("a record").generation
    }

    /// The access token of the record.
    pub fn access(&self) -> Option<String> {
        self.record()?.tokens?.access.map(|token| token.expose_secret().to_owned())
    }

    /// The refresh token of the record.
    pub fn refresh(&self) -> Option<String> {
        self.record()?.tokens?.refresh.map(|token| token.expose_secret().to_owned())
    }

    /// The access token of the backup.
    pub fn backup_access(&self) -> Option<String> {
        self.backup_record()?.tokens?.access.map(|token| token.expose_secret().to_owned())
    }

    /// Somebody writes a record by other means than ours.
    pub fn put(&self, record: &Record) {
        let mut text = record.encode(&self.identity);
        if shelf::IS_OURS
            && let Some(backup) = self.backup_record()
        {
            text = shelf::with_backup(&text, &backup.encode(&self.identity));
        }
        self.state.lock().unwrap().records.insert(self.identity.key().to_string(), text);
    }

    pub fn put_backup(&self, record: &Record) {
        let text = record.encode(&self.identity);
        let key = self.identity.key().to_string();
        let mut state = self.state.lock().unwrap();
        if !shelf::IS_OURS {
            state.backups.insert(key, text);
        } else if let Some(record) = state.records.get(&key) {
            let whole = shelf::with_backup(record, &text);
            state.records.insert(key, whole);
        }
    }

    /// Somebody changes the record with an editor.
    #[track_caller]
    pub fn tamper(&self, change: impl FnOnce(&mut Record)) {
        let mut record = self.record().expect("a record to tamper with");
        change(&mut record);
        self.put(&record);
    }

    /// A sibling writes the next generation.
    #[track_caller]
    pub fn overtake(&self, change: impl FnOnce(&mut Record)) {
        self.tamper(|record| {
            record.generation += 1;
            change(record);
        });
    }

    /// A sibling writes a session that it received now, with these tokens, for so many seconds.
    #[track_caller]
    pub fn renewed_by_a_sibling(&self, access: Option<&str>, refresh: Option<&str>, lifetime: u64) {
        let now = self.clock.wall();
        self.overtake(|record| {
            let tokens = record.tokens.as_mut().unwrap();
            (tokens.access, tokens.refresh) = (access.map(SecretString::from), refresh.map(SecretString::from));
            (tokens.saved_at, tokens.expires_at) = (now, now + i64::try_from(lifetime).unwrap() * 1000);
        });
    }

    /// The same with both tokens of `theirs`.
    #[track_caller]
    pub fn renewed_to(&self, theirs: &Pair, lifetime: u64) {
        self.renewed_by_a_sibling(Some(&theirs.access), Some(&theirs.refresh), lifetime);
    }

    /// Somebody deletes the record by hand.
    pub fn remove(&self) {
        self.state.lock().unwrap().records.remove(self.identity.key().as_str());
    }

    /// What lies there is no record any more.
    pub fn corrupt(&self) {
        let key = self.identity.key().to_string();
        let mut state = self.state.lock().unwrap();
        // The backup has no text of its own on a shelf.
        let torn = state.records.get(&key).filter(|_| shelf::IS_OURS).map(shelf::without_record);
        state.records.insert(key, torn.unwrap_or_else(|| SecretString::from("{ torn")));
    }

    fn note(&self, what: &'static str) {
        self.state.lock().unwrap().log.push(what);
    }
}

async fn opened(gate: Option<Gate>) {
    if let Some(gate) = gate {
        gate.opened().await;
    }
}

impl Store for Disk {
    fn location(&self, _: &Identity) -> String {
        PLACE.to_owned()
    }

    fn glance(&self, identity: &Identity) -> Option<Record> {
        let state = self.state.lock().unwrap();
        if !state.answers_at_once {
            return None;
        }
        // It takes its time, if not long.
        self.clock.advance(GLANCE);
        state.read(&identity.key(), identity).ok().flatten()
    }

    fn load(&self, identity: &Identity) -> Boxed<Loaded> {
        let (state, identity) = (Arc::clone(&self.state), identity.clone());
        let gate = state.lock().unwrap().held_reads.pop_front();
        self.note("load");
        Box::pin(async move {
            opened(gate).await;
            let (read, in_passing, pause) = {
                let mut state = state.lock().unwrap();
                let key = identity.key();
                (state.read(&key, &identity), state.is_in_passing(key.as_str()), state.after_a_read(key.as_str()))
            };
            opened(pause).await;
            match read {
                Ok(record) => Loaded { record, in_passing, ..Loaded::default() },
                // As with files: what is of no use stays until a session takes its place.
                Err(trouble) => Loaded { trouble: Some(trouble), ..Loaded::default() },
            }
        })
    }

    fn backup(&self, identity: &Identity) -> Boxed<Option<Record>> {
        self.note("backup");
        let state = self.state.lock().unwrap();
        let text = state.backups.get(identity.key().as_str()).filter(|_| !state.is_unreadable);
        let record = text.and_then(|text| Record::decode(text.expose_secret(), identity).ok());
        Box::pin(async move { record })
    }

    fn save(
        &self,
        identity: &Identity,
        record: Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Boxed<Result<Saved, Trouble>> {
        let (state, identity) = (Arc::clone(&self.state), identity.clone());
        let gate = state.lock().unwrap().before_a_save();
        Box::pin(async move {
            opened(gate).await;
            state.lock().unwrap().save(&identity, &record, expected, previous)
        })
    }

    fn clear(&self, identity: &Identity, expected: u64) -> Boxed<Result<bool, Trouble>> {
        self.note("clear");
        let (state, identity) = (Arc::clone(&self.state), identity.clone());
        let gate = state.lock().unwrap().held_clears.pop_front();
        Box::pin(async move {
            opened(gate).await;
            state.lock().unwrap().clear(&identity, expected)
        })
    }

    fn lock(&self, identity: &Identity, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        self.locked(identity.key().to_string(), patience)
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
