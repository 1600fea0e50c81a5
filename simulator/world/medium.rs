//! What the processes share: texts under keys with a lock for each, on a host's own disk or somewhere on the network. The core's
//! `KeyedStore` makes a store of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::store::keyed::{Shelf, Shelved};
use tokenkeep::store::{Lease, NoLock, Record, Trouble};

use super::host::Cut;
use super::process::Who;
use super::promise::Promise;
use super::queue::{self, Lock};
use super::timeline::SECOND;
use super::turn::regained;
use super::{State, World};

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Nowhere: each process has its own.
    Nowhere,
    /// On each host's own disk. A lock ends with its holder.
    Files,
    /// In one place for all hosts. A lock ends when its time is up.
    Shared,
}

#[derive(Default)]
pub struct Medium {
    /// By account.
    places: Vec<Place>,
}

#[derive(Default)]
pub struct Place {
    pub lying: Option<Lying>,
    pub lock: Lock,
    /// The highest generation that was ever here.
    highest: u64,
    /// A record was made anew under a generation that was not higher.
    has_regressed: bool,
}

/// A text, and its generation in a column beside it.
#[derive(Clone)]
pub struct Lying {
    text: String,
    generation: Option<u64>,
}

/// How an operation goes.
pub enum Way {
    /// So long until it is done, and so long until that is known.
    Open(u64, u64),
    /// It fails at once.
    Closed,
    /// Nothing is ever heard of it.
    Silent,
}

impl Medium {
    pub fn new(accounts: usize) -> Self {
        Self { places: (0..accounts).map(|_| Place::default()).collect() }
    }

    pub fn place(&mut self, account: usize) -> &mut Place {
        &mut self.places[account]
    }
}

impl State {
    pub fn place(&mut self, who: Who) -> &mut Place {
        let medium = if self.plan.keeping == Keeping::Shared { 0 } else { who.host };
        self.media[medium].place(who.account)
    }

    /// Has a record that was deleted or torn been made anew under a generation that was none? It is the time of whoever makes it:
    /// with a clock that is behind, and without a memory of the record before, that is no later one.
    pub fn has_regressed(&mut self, who: Who) -> bool {
        self.place(who).has_regressed
    }

    /// The record that lies there, if it is one.
    pub fn record(&mut self, who: Who) -> Option<Record> {
        let text = self.place(who).lying.as_ref()?.text.clone();
        Record::decode(&text, &self.identities[who.account]).ok()
    }

    pub fn way(&mut self, who: Who) -> Way {
        match self.hosts[who.host].from_store {
            Some(Cut::Refused) => return Way::Closed,
            Some(Cut::Silent) => return Way::Silent,
            None => {}
        }
        let most = if self.plan.keeping == Keeping::Shared { 40 } else { 4 };
        // Beyond the five seconds that the core waits.
        let most = if self.mishap(|plan| plan.slow_stores) { 12 * SECOND } else { most };
        Way::Open(self.dice.spread(1, most), self.dice.spread(1, most / 2))
    }

    /// Somebody with an editor, or a disk with an end.
    pub fn spoil(&mut self, who: Who, removed: bool) {
        let place = self.place(who);
        if removed {
            place.lying = None;
        } else if let Some(lying) = &mut place.lying {
            lying.text.truncate(lying.text.len() / 2);
            lying.generation = None;
        }
        self.judge_spoiling(who);
    }
}

/// A process's hand on the medium.
pub struct Hand {
    pub world: Arc<World>,
    pub who: Who,
}

impl Shelf for Hand {
    fn load(&self, _: &str) -> Boxed<Result<Option<Shelved>, Trouble>> {
        let (world, who) = (Arc::clone(&self.world), self.who);
        Box::pin(async move {
            let number = world.state().judge_begin(who);
            let mut reading = Reading { world: Arc::clone(&world), who, number, has_read: false };
            loop {
                let in_passing = regained(&world, who).await?;
                let text = read(&world, who).await?;
                // With nothing there nobody has done anything yet.
                if text.is_none() && in_passing {
                    continue;
                }
                reading.has_read = true;
                world.state().judge_reading(who, text.as_deref());
                return Ok(text.map(|text| Shelved { text: text.into(), in_passing }));
            }
        })
    }

    fn save(
        &self,
        _: &str,
        text: SecretString,
        expected: Option<u64>,
        generation: u64,
    ) -> Boxed<Result<bool, Trouble>> {
        let (world, who) = (Arc::clone(&self.world), self.who);
        Box::pin(async move {
            let promise = Promise::new();
            let answer = promise.clone();
            let text = text.expose_secret().to_owned();
            let number = world.state().judge_begin(who);
            let mut writing = Writing { world: Arc::clone(&world), who, number, has_written: false };
            {
                let mut state = world.state();
                let fails = state.mishap(|plan| plan.failing_saves);
                match state.way(who) {
                    Way::Silent => {}
                    Way::Open(..) if fails => state.timeline.after(2, move |_| answer.keep(Err(trouble("save")))),
                    Way::Closed => state.timeline.after(2, move |_| answer.keep(Err(trouble("save")))),
                    Way::Open(there, back) => state.timeline.after(there, move |world| {
                        world.state().write(who, text, expected, generation, back, answer);
                    }),
                }
            }
            let written = promise.kept().await;
            if let Ok(written) = written {
                writing.has_written = true;
                world.state().judge_saved(who, written);
            }
            written
        })
    }

    fn clear(&self, _: &str, expected: u64) -> Boxed<Result<bool, Trouble>> {
        let (world, who) = (Arc::clone(&self.world), self.who);
        Box::pin(async move {
            let mut state = world.state();
            let place = state.place(who);
            let is_it = place.lying.as_ref().and_then(|lying| lying.generation) == Some(expected);
            if is_it {
                place.lying = None;
                state.judge_spoiling(who);
            }
            Ok(is_it)
        })
    }

    fn lock(&self, _: &str, _: Duration) -> Boxed<Result<Lease, NoLock>> {
        Box::pin(queue::lock(Arc::clone(&self.world), self.who))
    }
}

/// What lies there.
async fn read(world: &Arc<World>, who: Who) -> Result<Option<String>, Trouble> {
    let promise = Promise::new();
    let answer = promise.clone();
    {
        let mut state = world.state();
        match state.way(who) {
            Way::Silent => {}
            Way::Closed => state.timeline.after(2, move |_| answer.keep(Err(trouble("load")))),
            Way::Open(there, back) => state.timeline.after(there, move |world| {
                let mut state = world.state();
                let text = state.place(who).lying.as_ref().map(|lying| lying.text.clone());
                state.timeline.after(back, move |_| answer.keep(Ok(text)));
            }),
        }
    }
    promise.kept().await
}

impl State {
    /// Compares and replaces, or does not get as far.
    fn write(
        &mut self,
        who: Who,
        text: String,
        expected: Option<u64>,
        generation: u64,
        back: u64,
        answer: Promise<Result<bool, Trouble>>,
    ) {
        let process = &self.processes[who.process];
        let lives = process.is_alive && process.life == who.life;
        // What a dead process wanted of its own disk is not done; what it has sent is on its way.
        if !lives && self.plan.keeping == Keeping::Files {
            return;
        }
        let before = self.place(who).lying.as_ref().and_then(|lying| lying.generation);
        if before != expected {
            self.note(|| format!("{who} its save of generation {generation} is lost to {before:?}"));
            return self.timeline.after(back, move |_| answer.keep(Ok(false)));
        }
        let is_torn = self.mishap(|plan| plan.torn_saves);
        let old = self.record(who);
        let text = if is_torn { text[..text.len() / 2].to_owned() } else { text };
        let has_regressed = self.has_regressed(who);
        let place = self.place(who);
        place.has_regressed |= expected.is_none() && generation <= place.highest;
        place.highest = place.highest.max(generation);
        // A torn text has lost its generation as well.
        self.place(who).lying = Some(Lying { text, generation: (!is_torn).then_some(generation) });
        let new = self.record(who);
        self.judge_writing(who, old.as_ref().filter(|_| !has_regressed), new.as_ref(), is_torn);
        self.tell_waiting(who);
        // Torn, or done and not confirmed.
        if is_torn || self.mishap(|plan| plan.unconfirmed_saves) {
            return self.timeline.after(back, move |_| answer.keep(Err(trouble("save"))));
        }
        self.timeline.after(back, move |_| answer.keep(Ok(true)));
    }
}

struct Reading {
    world: Arc<World>,
    who: Who,
    number: u64,
    has_read: bool,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.world.state().judge_end(self.who, self.number);
        if !self.has_read {
            self.world.state().judge_blindness(self.who);
        }
    }
}

struct Writing {
    world: Arc<World>,
    who: Who,
    number: u64,
    has_written: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.world.state().judge_end(self.who, self.number);
        if !self.has_written {
            self.world.state().judge_failed_save(self.who);
        }
    }
}

pub fn trouble(what: &str) -> Trouble {
    Trouble(format!("{what}() failed (Input/output error)"))
}

impl fmt::Debug for Hand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hand")
    }
}
