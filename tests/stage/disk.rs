//! A store that several processes share: records as text in memory, fenced as `Store` says, with everything that can go
//! wrong with a disk at a switch. A test binary whose name begins with `shelved` plays over a [`KeyedStore`] on the same disk.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::clock::Clock;
use tokenkeep::identity::{Identity, Key};
use tokenkeep::store::keyed::{KeyedStore, Shelf, Shelved};
use tokenkeep::store::record::Tokens;
use tokenkeep::store::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};

use super::Dice;
use super::clock::ManualClock;
use super::server::Gate;

mod shelf;

/// What a look takes that nobody waits for.
pub const GLANCE: Duration = Duration::from_millis(1);
pub const PLACE: &str = "/cache/tokenkeep/account.json";

pub struct Disk {
    clock: Arc<ManualClock>,
    /// The account that the tests look at; the disk has room for others.
    identity: Identity,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By the digits of their keys.
    records: HashMap<String, SecretString>,
    backups: HashMap<String, SecretString>,
    holders: HashMap<String, Vec<Waker>>,
    /// How often whoever waits for a lock was told to look.
    news: usize,
    held_reads: VecDeque<Gate>,
    /// What is read under a lock is heard of when it opens.
    held_answer: Option<Gate>,
    /// How many looks under a lock find that it has lapsed.
    in_passing: usize,
    held_saves: VecDeque<Gate>,
    held_clears: VecDeque<Gate>,
    is_unreadable: bool,
    is_unwritable: bool,
    /// What every save that begins now waits for.
    stuck: Option<Gate>,
    has_no_locks: bool,
    answers_at_once: bool,
    log: Vec<&'static str>,
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

    pub fn cannot_be_read(&self, so_it_is: bool) {
        self.state.lock().unwrap().is_unreadable = so_it_is;
    }

    pub fn cannot_be_written(&self, so_it_is: bool) {
        self.state.lock().unwrap().is_unwritable = so_it_is;
    }

    /// From here on no save ends before it is otherwise again.
    pub fn is_stuck(&self, so_it_is: bool) {
        let before = std::mem::replace(&mut self.state.lock().unwrap().stuck, so_it_is.then(Gate::default));
        if let Some(gate) = before {
            gate.open();
        }
    }

    pub fn has_no_locks(&self, so_it_is: bool) {
        self.state.lock().unwrap().has_no_locks = so_it_is;
    }

    /// Like a file, it can be read by whoever will not wait.
    pub fn can_be_glanced_at(&self, so_it_is: bool) {
        self.state.lock().unwrap().answers_at_once = so_it_is;
    }

    /// The next save does not end before its gate is opened.
    pub fn will_hold_a_save(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_saves.push_back(gate.clone());
        gate
    }

    /// The next reading does not end before its gate is opened.
    pub fn will_hold_a_read(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_reads.push_back(gate.clone());
        gate
    }

    /// Whoever reads next under its lock is paused between that look and whatever comes of it.
    pub fn will_pause_its_holder(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_answer = Some(gate.clone());
        gate
    }

    /// Whoever looks so many times under its lock finds that it has lapsed, and somebody else at work.
    pub fn lock_has_lapsed_for(&self, looks: usize) {
        self.state.lock().unwrap().in_passing = looks;
    }

    /// The next clearing does not end before its gate is opened.
    pub fn will_hold_a_clear(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_clears.push_back(gate.clone());
        gate
    }

    pub fn is_locked(&self) -> bool {
        self.state.lock().unwrap().holders.contains_key(self.identity.key().as_str())
    }

    /// Another process takes the lock.
    pub fn seize(&self) -> Lease {
        let key = self.identity.key().to_string();
        let before = self.state.lock().unwrap().holders.insert(key.clone(), Vec::new());
        assert!(before.is_none(), "somebody else holds the lock");
        Box::new(Held { state: Arc::clone(&self.state), key })
    }

    /// Whoever waits for the lock hears that somebody has saved.
    pub fn tells_of_news(&self) {
        let waiting: Vec<Waker> = {
            let mut state = self.state.lock().unwrap();
            state.news += 1;
            state.holders.values_mut().flat_map(std::mem::take).collect()
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    fn note(&self, what: &'static str) {
        self.state.lock().unwrap().log.push(what);
    }
}

impl State {
    fn after_a_read(&mut self, key: &str) -> Option<Gate> {
        self.holders.contains_key(key).then(|| self.held_answer.take()).flatten()
    }

    fn is_in_passing(&mut self, key: &str) -> bool {
        let lapsed = self.holders.contains_key(key) && self.in_passing > 0;
        self.in_passing -= usize::from(lapsed);
        lapsed
    }

    fn before_a_save(&mut self) -> Option<Gate> {
        self.held_saves.pop_front().or_else(|| self.stuck.clone())
    }

    fn read(&self, key: &Key, identity: &Identity) -> Result<Option<Record>, Trouble> {
        if self.is_unreadable {
            return Err(Trouble(format!("{PLACE} could not be read: Input/output error (os error 5)")));
        }
        let Some(text) = self.records.get(key.as_str()) else { return Ok(None) };
        let record = Record::decode(text.expose_secret(), identity);
        record.map(Some).map_err(|why| Trouble(format!("{PLACE} cannot be used: {why}")))
    }

    fn check_writing(&self) -> Result<(), Trouble> {
        if self.is_unwritable {
            return Err(Trouble(format!("{PLACE} could not be written: Read-only file system (os error 30)")));
        }
        Ok(())
    }

    fn save(
        &mut self,
        identity: &Identity,
        record: &Record,
        expected: Option<u64>,
        previous: Previous,
    ) -> Result<Saved, Trouble> {
        self.log.push("save");
        self.check_writing()?;
        let key = identity.key();
        let stored = self.read(&key, identity).ok().flatten();
        if stored.as_ref().map(|stored| stored.generation) != expected {
            self.log.push("lost");
            return Ok(Saved::Lost(stored.map(Box::new)));
        }
        match previous {
            Previous::Keep => {}
            Previous::Backup { with_refresh_token } => self.back_up(&key, identity, stored, with_refresh_token),
            Previous::Forget(dead) => {
                let backup =
                    self.backups.get(key.as_str()).and_then(|text| Record::decode(text.expose_secret(), identity).ok());
                let access = backup.and_then(|backup| backup.tokens).and_then(|tokens| tokens.access);
                let is_dead = |dead: &SecretString| {
                    access.as_ref().is_some_and(|access| access.expose_secret() == dead.expose_secret())
                };
                if dead.as_ref().is_none_or(is_dead) {
                    self.backups.remove(key.as_str());
                }
            }
        }
        self.records.insert(key.to_string(), record.encode(identity));
        Ok(Saved::Done)
    }

    fn clear(&mut self, identity: &Identity, expected: u64) -> Result<bool, Trouble> {
        self.check_writing()?;
        let key = identity.key();
        if self.read(&key, identity).ok().flatten().is_none_or(|stored| stored.generation != expected) {
            return Ok(false);
        }
        self.records.remove(key.as_str());
        self.backups.remove(key.as_str());
        Ok(true)
    }

    fn back_up(&mut self, key: &Key, identity: &Identity, stored: Option<Record>, with_refresh_token: bool) {
        let Some(Record { generation, tokens: Some(tokens), check, .. }) = stored else { return };
        if tokens.access.is_some() {
            let refresh = tokens.refresh.filter(|_| with_refresh_token);
            let record = Record { generation, tokens: Some(Tokens { refresh, ..tokens }), check, failure: None };
            self.backups.insert(key.to_string(), record.encode(identity));
        }
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

impl Disk {
    fn locked(&self, key: String, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        let state = Arc::clone(&self.state);
        if state.lock().unwrap().has_no_locks {
            let trouble = Trouble(format!("{PLACE} cannot be locked: No locks available (os error 37)"));
            return Box::pin(async move { Err(NoLock::Unavailable(trouble)) });
        }
        let heard = state.lock().unwrap().news;
        let free = future::poll_fn(move |context| {
            let mut state_now = state.lock().unwrap();
            let has_news = state_now.news != heard;
            if let Some(waiting) = state_now.holders.get_mut(&key) {
                if has_news {
                    return Poll::Ready(Err(NoLock::Moved));
                }
                waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            state_now.holders.insert(key.clone(), Vec::new());
            state_now.log.push("lock");
            let lease: Lease = Box::new(Held { state: Arc::clone(&state), key: key.clone() });
            Poll::Ready(Ok(lease))
        });
        let over = self.clock.sleep(patience);
        Box::pin(future::or(free, async move {
            over.await;
            Err(NoLock::Timeout)
        }))
    }
}

/// Frees the lock, in whatever way it goes.
struct Held {
    state: Arc<Mutex<State>>,
    key: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.state.lock().unwrap();
            state.log.push("unlock");
            state.holders.remove(&self.key)
        };
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
