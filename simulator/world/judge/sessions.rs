//! Sessions in memory and in the store: a live one is never displaced by a failure.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokenkeep::store::Record;

use super::super::process::Who;
use super::super::{State, World};
use super::PATIENCE;

/// So long somebody may be on the way with what was read before: it waits for a lock with it.
const SPOILT: u64 = 120_000;

/// By so many milliseconds clocks of hosts may differ, and no more (`limits.skew` of the core's policy).
const SKEW: i64 = 60_000;

impl State {
    pub fn judge_reading(&mut self, who: Who, text: Option<&str>) {
        let Some(text) = text else { return };
        let backup = text.find(r#""backup":"#).map(|at| &text[at + r#""backup":"#.len()..text.len() - 1]);
        if !self.sight_record(who, text) {
            self.standing(who).is_blind = true;
        }
        backup.map(|backup| self.sight_record(who, backup));
    }

    /// Answers whether it was one.
    fn sight_record(&mut self, who: Who, text: &str) -> bool {
        let Ok(record) = Record::decode(text, &self.identities[who.account]) else { return false };
        let Some(access) = self.access_in(&record) else { return true };
        let host = &self.hosts[who.host];
        if let Some(receipt) = self.judge.receipts.get(&access) {
            let error = receipt.error + receipt.offset - host.offset;
            self.sight(who, access, error);
        }
        true
    }

    pub fn judge_blindness(&mut self, who: Who) {
        if self.lives(who) {
            let standing = self.standing(who);
            // Who cannot read what lies there cannot replace it either.
            (standing.is_blind, standing.has_failed_to_save) = (true, true);
            self.note(|| format!("{who} cannot read the store"));
        }
    }

    /// Something is asked of the store. Answers the number of the operation, which ends with [`State::judge_end`].
    pub fn judge_begin(&mut self, who: Who) -> u64 {
        self.operations += 1;
        let (number, now) = (self.operations, self.timeline.now());
        self.standing(who).open.insert(number, now);
        number
    }

    pub fn judge_end(&mut self, who: Who, number: u64) {
        if self.lives(who) {
            let now = self.timeline.now();
            let standing = self.standing(who);
            let began = standing.open.remove(&number);
            // The core has not waited for its end.
            standing.has_failed_to_save |= began.is_some_and(|began| now - began >= PATIENCE);
        }
    }

    pub fn judge_saved(&mut self, who: Who, written: bool) {
        if !written {
            self.standing(who).has_lost_a_save = true;
        }
    }

    pub fn judge_failed_save(&mut self, who: Who) {
        if self.lives(who) {
            self.standing(who).has_failed_to_save = true;
            self.note(|| format!("{who} cannot save"));
        }
    }

    pub fn judge_spoiling(&mut self, by: Who) {
        let accounts = self.plan.accounts;
        for index in 0..self.judge.standing.len() {
            let (process, account) = (index / accounts, index % accounts);
            let host = self.processes[process].host;
            if account == by.account && self.share_a_store(by, Who { host, process, life: 0, account }) {
                self.judge.standing[index].spoilt = Some(self.timeline.now());
            }
        }
    }

    /// A record takes the place of another.
    pub fn judge_writing(&mut self, who: Who, old: Option<&Record>, new: Option<&Record>, is_torn: bool) {
        if is_torn {
            self.note(|| format!("{who} its save is torn"));
            return self.judge_spoiling(who);
        }
        let Some(new) = new else { return };
        let (access, refresh) = (self.access_in(new), self.refresh_in(new));
        self.note(|| {
            let name = |number: Option<usize>| number.map_or("-".to_owned(), |number| self.server.name(number));
            let failure = new.failure.as_ref().map_or("", |failure| failure.code.as_str());
            format!("{who} saves {} {} as generation {} {failure}", name(access), name(refresh), new.generation)
        });
        if let Some(old) = old {
            if !self.goes_on(old, access, refresh) {
                self.no_live_token_goes(who, self.refresh_in(old), refresh);
            }
            self.no_live_token_goes(who, self.access_in(old), access);
        }
        self.judge.stored.extend(access.into_iter().chain(refresh));
    }

    /// Where refresh tokens work more than once, an earlier one is as good as a later one, if it has just brought the younger session:
    /// somebody renewed by it who could not read what a sibling had written.
    fn goes_on(&self, old: &Record, access: Option<usize>, refresh: Option<usize>) -> bool {
        let (Some(access), Some(refresh), Some(old)) = (access, refresh, self.refresh_in(old)) else { return false };
        let is_younger = self.server.token(access).minted > self.server.token(old).minted;
        !self.plan.rotates && is_younger && self.server.is_good(refresh, self.timeline.now())
    }

    /// A live token leaves the store only for a younger one, or because somebody refused it.
    fn no_live_token_goes(&mut self, who: Who, old: Option<usize>, new: Option<usize>) {
        let Some(old) = old else { return };
        let minted = |number: usize| self.server.token(number).minted;
        let is_access = !self.server.token(old).is_refresh;
        // Of an account's access tokens the older ones go with the one that was refused.
        let is_older = |young: &u64| is_access && *young >= minted(old);
        let refused =
            self.judge.refused.contains(&old) || self.judge.refused_up_to.get(&who.account).is_some_and(is_older);
        if Some(old) == new || !self.server.is_good(old, self.timeline.now()) || refused {
            return;
        }
        if self.clocks_agree() && new.is_none_or(|new| minted(new) < minted(old)) {
            let name = |number: usize| self.server.name(number);
            let instead = new.map_or("nothing".to_owned(), name);
            let old = name(old);
            self.condemn(format!("{who} puts {instead} into the store, in the place of {old}, which is live"));
        }
    }

    /// Which of two sessions is the newer one is told by clocks: a backup, or what a sibling could not save at once.
    fn clocks_agree(&self) -> bool {
        self.plan.skew == 0 && self.plan.steps == 0
    }

    /// Has the token expired by the wall clock of this process, or does it seem to come from the future, so that nobody knows how old it
    /// is? Somebody may have set that clock, or the one of the host that received it.
    fn is_over_for(&self, who: Who, number: usize) -> bool {
        let (now, expires) = (self.timeline.now() as i64, self.server.token(number).expires as i64);
        let offset = self.hosts[who.host].offset;
        self.judge.receipts.get(&number).is_some_and(|receipt| {
            let ahead = receipt.offset - offset;
            ahead > SKEW || now >= expires + receipt.error + ahead
        })
    }

    /// The access token in memory is another one than before.
    fn judge_memory(&mut self, who: Who, now: Option<usize>) {
        let time = self.timeline.now();
        let standing = self.standing(who);
        let before = standing.held.map(|(held, _)| held);
        if before == now {
            return;
        }
        let since = standing.held.map_or(time, |(_, since)| since);
        let is_spoilt = standing.spoilt.is_some_and(|at| at + SPOILT >= since);
        standing.held = now.map(|now| (now, time));
        self.note(|| format!("{who} holds {}", now.map_or("nothing".to_owned(), |now| self.server.name(now))));
        if now.is_some_and(|now| !self.was_granted(who, now)) {
            self.judge.count.adoptions += 1;
        }
        // A store may give what it read a while ago: it is by the clock of now that it is taken for so young.
        if let Some(number) = now.filter(|number| !self.was_granted(who, *number))
            && let Some(receipt) = self.judge.receipts.get(&number)
        {
            let error = receipt.error + receipt.offset - self.hosts[who.host].offset;
            self.sight(who, number, error);
        }
        let Some(before) = before else { return };
        let token = self.server.token(before);
        let refused_since =
            self.judge.refused_up_to.get(&who.account).is_some_and(|youngest| *youngest >= token.minted);
        if !self.server.is_good(before, time) || refused_since || is_spoilt || self.is_over_for(who, before) {
            return;
        }
        // What could not be saved gives way to what could.
        let is_unsaved = self.standing(who).may_be_unsaved(time);
        let token = self.server.token(before);
        if now.is_none_or(|now| self.clocks_agree() && !is_unsaved && self.server.token(now).minted < token.minted) {
            let name = |number: usize| self.server.name(number);
            let instead = now.map_or("nothing".to_owned(), name);
            let old = name(before);
            self.condemn(format!("{who} holds {instead} in the place of {old}, which is live"));
        }
    }
}

impl World {
    /// What a process has in memory after one of its steps.
    pub fn look_into(self: &Arc<Self>, process: usize) {
        let accounts = self.state().plan.accounts;
        for account in 0..accounts {
            let (who, manager) = {
                let state = self.state();
                let at = &state.processes[process];
                if !at.is_alive || at.is_closing {
                    return;
                }
                let who = Who { host: at.host, process, life: at.life, account };
                (who, at.managers[account][0].clone())
            };
            let look = manager.look();
            let state = &mut *self.state();
            let standing = state.standing(who);
            if std::mem::replace(&mut standing.generation, look.generation) != look.generation {
                let held = look.token.and_then(|token| state.server.number(token.expose_secret()));
                state.judge_memory(who, held);
            }
        }
    }
}
