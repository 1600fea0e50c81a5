//! What must hold after every step. The first that does not is the end of the world, said in one sentence.

use std::collections::{HashMap, HashSet};

use super::State;
use super::process::Who;

mod clocks;
mod letters;
mod locks;
mod served;
mod sessions;

pub use clocks::Sighting;
pub use letters::Letter;
pub use locks::Footing;
pub use served::Answered;

/// So long the core waits for a store, and no longer; less a moment.
const PATIENCE: u64 = 4_990;

#[derive(Default)]
pub struct Judge {
    pub verdict: Option<String>,
    pub steps: u64,
    pub count: Count,
    letters: Vec<Letter>,
    /// By process and account.
    standing: Vec<Standing>,
    /// Of each access token, what the process that received it made of its expiry.
    receipts: HashMap<usize, Receipt>,
    /// Access tokens that an API refused.
    refused: HashSet<usize>,
    /// By account: how young the youngest was that somebody invalidated, as the time of its minting.
    refused_up_to: HashMap<usize, u64>,
    /// Tokens that have been in a store.
    stored: HashSet<usize>,
}

/// What happened how often: a world in which nothing happens proves nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    pub calls: u64,
    pub answers: u64,
    pub failures: u64,
    pub logins: u64,
    pub refreshes: u64,
    /// One-time tokens that were sent again, each for one of the reasons that are allowed.
    pub sent_again: u64,
    pub invalidations: u64,
    pub deaths: u64,
    pub adoptions: u64,
    pub revocations: u64,
}

/// A process and an account, as the judge sees them.
#[derive(Default)]
struct Standing {
    life: u32,
    footing: Footing,
    /// The refresh token that lay in the store when the lock was had.
    found: Option<usize>,
    /// Since the lock was had, some reading has failed.
    is_blind: bool,
    /// The last letter that brought a grant.
    granted: Option<usize>,
    /// A save has failed since then.
    has_failed_to_save: bool,
    /// One was lost to somebody's.
    has_lost_a_save: bool,
    /// When those operations of the store began that have not ended.
    open: HashMap<u64, u64>,
    /// The access token in memory, and since when.
    held: Option<(usize, u64)>,
    generation: u32,
    /// The record was deleted or spoilt by hand: memory may follow.
    spoilt: Option<u64>,
    sightings: HashMap<usize, Vec<Sighting>>,
    /// What was invalidated here, and when.
    refused: HashMap<usize, u64>,
}

impl Standing {
    /// What it has tried came to nothing, or what lies there could not be read, and who cannot read it cannot replace it.
    fn could_not_save(&self, now: u64) -> bool {
        let is_late = self.open.values().any(|began| now - began >= PATIENCE);
        self.has_failed_to_save || self.is_blind || is_late
    }

    /// It has that to itself: it could not be saved, or gave way to somebody's.
    fn may_be_unsaved(&self, now: u64) -> bool {
        self.could_not_save(now) || self.has_lost_a_save
    }
}

struct Receipt {
    /// How much later than it does the token was taken to expire: as long as its reply travelled.
    error: i64,
    /// The wall clock minus the true time, there and then.
    offset: i64,
}

impl Judge {
    pub fn prepare(&mut self, processes: usize, accounts: usize) {
        self.standing.resize_with(processes * accounts, Standing::default);
    }
}

impl State {
    fn standing(&mut self, who: Who) -> &mut Standing {
        let index = who.process * self.plan.accounts + who.account;
        let standing = &mut self.judge.standing[index];
        if standing.life != who.life && who.life > standing.life {
            *standing = Standing { life: who.life, ..Standing::default() };
        }
        standing
    }

    /// What somebody stands on; nothing for whoever is dead.
    fn standing_of(&self, who: Who) -> Option<&Standing> {
        let standing = &self.judge.standing[who.process * self.plan.accounts + who.account];
        Some(standing).filter(|standing| standing.life == who.life)
    }

    pub fn lives(&self, who: Who) -> bool {
        let process = &self.processes[who.process];
        process.is_alive && process.life == who.life
    }

    pub fn condemn(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        self.note(|| format!("VIOLATION: {sentence}"));
        self.judge.verdict.get_or_insert(sentence);
    }
}

impl Count {
    pub fn add(&mut self, other: &Count) {
        for (mine, (_, theirs)) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *mine += theirs;
        }
    }

    fn numbers(&self) -> [(&'static str, u64); 10] {
        [
            ("calls", self.calls),
            ("answers", self.answers),
            ("failures among them", self.failures),
            ("logins sent", self.logins),
            ("refreshes sent", self.refreshes),
            ("one-time tokens sent again with good reason", self.sent_again),
            ("invalidations", self.invalidations),
            ("processes that died", self.deaths),
            ("sessions taken over from siblings", self.adoptions),
            ("families revoked", self.revocations),
        ]
    }

    fn numbers_mut(&mut self) -> [&mut u64; 10] {
        [
            &mut self.calls,
            &mut self.answers,
            &mut self.failures,
            &mut self.logins,
            &mut self.refreshes,
            &mut self.sent_again,
            &mut self.invalidations,
            &mut self.deaths,
            &mut self.adoptions,
            &mut self.revocations,
        ]
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = self.numbers().map(|(name, number)| format!("{number} {name}"));
        f.write_str(&parts.join(", "))
    }
}
