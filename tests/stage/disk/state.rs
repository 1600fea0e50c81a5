//! What lies on a disk, and how it changes: fenced as `Store` says.

use std::collections::{HashMap, VecDeque};
use std::task::Waker;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::identity::{Identity, Key};
use tokenkeep::store::record::Tokens;
use tokenkeep::store::{Previous, Record, Saved, Trouble};

use super::super::server::Gate;
use super::PLACE;

#[derive(Default)]
pub(super) struct State {
    /// By the digits of their keys.
    pub(super) records: HashMap<String, SecretString>,
    pub(super) backups: HashMap<String, SecretString>,
    pub(super) holders: HashMap<String, Vec<Waker>>,
    /// How often whoever waits for a lock was told to look.
    pub(super) news: usize,
    pub(super) held_reads: VecDeque<Gate>,
    /// What is read under a lock is heard of when it opens.
    pub(super) held_answer: Option<Gate>,
    /// How many looks under a lock find that it has lapsed.
    pub(super) in_passing: usize,
    pub(super) held_saves: VecDeque<Gate>,
    pub(super) held_clears: VecDeque<Gate>,
    pub(super) is_unreadable: bool,
    pub(super) is_unwritable: bool,
    /// What every save that begins now waits for.
    pub(super) stuck: Option<Gate>,
    pub(super) has_no_locks: bool,
    pub(super) answers_at_once: bool,
    pub(super) log: Vec<&'static str>,
}

impl State {
    pub(super) fn after_a_read(&mut self, key: &str) -> Option<Gate> {
        self.holders.contains_key(key).then(|| self.held_answer.take()).flatten()
    }

    pub(super) fn is_in_passing(&mut self, key: &str) -> bool {
        let lapsed = self.holders.contains_key(key) && self.in_passing > 0;
        self.in_passing -= usize::from(lapsed);
        lapsed
    }

    pub(super) fn before_a_save(&mut self) -> Option<Gate> {
        self.held_saves.pop_front().or_else(|| self.stuck.clone())
    }

    pub(super) fn read(&self, key: &Key, identity: &Identity) -> Result<Option<Record>, Trouble> {
        if self.is_unreadable {
            return Err(Trouble(format!("{PLACE} could not be read: Input/output error (os error 5)")));
        }
        let Some(text) = self.records.get(key.as_str()) else { return Ok(None) };
        let record = Record::decode(text.expose_secret(), identity);
        record.map(Some).map_err(|why| Trouble(format!("{PLACE} cannot be used: {why}")))
    }

    pub(super) fn check_writing(&self) -> Result<(), Trouble> {
        if self.is_unwritable {
            return Err(Trouble(format!("{PLACE} could not be written: Read-only file system (os error 30)")));
        }
        Ok(())
    }

    pub(super) fn save(
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

    pub(super) fn clear(&mut self, identity: &Identity, expected: u64) -> Result<bool, Trouble> {
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
