//! Requests to the server: who sends which one-time token, and who sends beside whom.

use tokenkeep::transport::LostReason;

use super::super::State;
use super::super::medium::Keeping;
use super::super::process::Who;
use super::super::server::{Grant, Plea};
use super::super::wire::plea_in_words;
use super::{Footing, Receipt};

/// A request, from its sending on.
pub struct Letter {
    who: Who,
    plea: Plea,
    footing: Footing,
    /// What the server granted, whether or not anybody heard of it.
    granted: Option<Grant>,
    /// It has been read by the sender.
    received: Option<Grant>,
    is_open: bool,
}

impl State {
    pub fn judge_sending(&mut self, who: Who, plea: Plea) -> usize {
        let footing = self.standing(who).footing;
        self.note(|| format!("{who} {} ({footing:?})", plea_in_words(self, plea)));
        self.one_at_a_time(who, footing, plea);
        if let Plea::Refresh(Some(token)) = plea
            && self.server.rotates
        {
            self.once_only(who, footing, token);
        }
        match plea {
            Plea::Login => self.judge.count.logins += 1,
            Plea::Refresh(_) => self.judge.count.refreshes += 1,
        }
        let letter = Letter { who, plea, footing, granted: None, received: None, is_open: true };
        self.judge.letters.push(letter);
        self.judge.letters.len() - 1
    }

    /// One renewal per store and account at a time.
    fn one_at_a_time(&mut self, who: Who, footing: Footing, plea: Plea) {
        if self.plan.keeping != Keeping::Nowhere && matches!(footing, Footing::None | Footing::Waiting) {
            return self.condemn(format!("{who} renews and has not waited for the lock"));
        }
        // A login spends nothing, and what comes of it is compared when it is saved.
        let may_send = self.may_send(who, footing) || (plea == Plea::Login && footing == Footing::Lapsed);
        let beside = self.judge.letters.iter().rev().take(64).find(|letter| {
            letter.is_open
                && letter.who.account == who.account
                && self.lives(letter.who)
                && self.share_a_store(letter.who, who)
                && (letter.who.remembers(who) || !(may_send || self.is_excused_by_now(letter)))
        });
        if let Some(Letter { who: other, .. }) = beside {
            let other = *other;
            self.condemn(format!("{who} renews while {other} is at it"));
        }
    }

    /// It was sent without a lock, or its lease has lapsed since.
    fn is_excused_by_now(&self, letter: &Letter) -> bool {
        let now = self.standing_of(letter.who).map(|standing| standing.footing);
        Self::is_excused(letter.footing) || now.is_some_and(Self::is_excused)
    }

    /// No one-time token is sent twice, except after a lost reply.
    fn once_only(&mut self, who: Who, footing: Footing, token: usize) {
        let earlier: Vec<usize> = (0..self.judge.letters.len())
            .filter(|index| self.judge.letters[*index].plea == Plea::Refresh(Some(token)))
            .collect();
        for index in earlier {
            self.judge.count.sent_again += 1;
            if let Some(why) = self.no_excuse(who, footing, index) {
                let (name, first) = (self.server.name(token), self.judge.letters[index].who);
                return self.condemn(format!("{who} sends {name}, which {first} has exchanged: {why}"));
            }
        }
    }

    /// Why `who` may not send again what this letter sent; nothing if it may.
    fn no_excuse(&self, who: Who, footing: Footing, index: usize) -> Option<&'static str> {
        let letter = &self.judge.letters[index];
        // The reply never came: nobody has what came of the token.
        let grant = letter.received?;
        if letter.who.remembers(who) {
            return Some("the same process has its successor");
        }
        if self.may_send(who, footing) {
            return None;
        }
        let successor = grant.refresh?;
        if self.judge.stored.contains(&successor) {
            let standing = self.standing_of(who)?;
            // It could not be read.
            if standing.is_blind {
                return None;
            }
            // By its own word the store had it, or something newer still, when the lock was had.
            let minted = |number: usize| self.server.token(number).minted;
            let was_there = standing.found.is_some_and(|found| minted(found) >= minted(successor));
            return was_there.then_some("its successor lay in the store when the lock was had");
        }
        if !self.lives(letter.who) || self.is_excused_by_now(letter) {
            return None;
        }
        let standing = self.standing_of(letter.who)?;
        match standing.granted == Some(index) && !standing.could_not_save(self.timeline.now()) {
            true => Some("its successor has not been saved, and nothing kept anybody from it"),
            false => None,
        }
    }

    pub fn judge_hearing(&mut self, letter: usize, grant: Option<Grant>) {
        self.judge.letters[letter].granted = grant;
        if let (None, Plea::Refresh(Some(token))) = (grant, self.judge.letters[letter].plea)
            && self.server.is_revoked(token)
        {
            self.judge.count.revocations += 1;
        }
    }

    pub fn judge_reply(&mut self, who: Who, letter: usize, reply: Result<Option<Grant>, LostReason>) {
        self.judge.letters[letter].is_open = false;
        let Ok(Some(grant)) = reply else {
            return self.note(|| format!("{who} hears {}", if reply.is_ok() { "no grant" } else { "nothing" }));
        };
        let (plan, now) = (&self.plan, self.timeline.now());
        let token = self.server.token(grant.access);
        let error = (plan.access_lifetime * 1000) as i64 - (token.expires as i64 - now as i64);
        let offset = self.hosts[who.host].offset;
        self.judge.letters[letter].received = Some(grant);
        self.judge.receipts.insert(grant.access, Receipt { error, offset });
        self.sight(who, grant.access, error);
        let standing = self.standing(who);
        (standing.granted, standing.has_failed_to_save) = (Some(letter), standing.is_blind);
        standing.has_lost_a_save = false;
        self.note(|| format!("{who} hears of {}", self.server.name(grant.access)));
    }

    pub fn judge_giving_up(&mut self, who: Who, letter: usize) {
        self.judge.letters[letter].is_open = false;
        self.note(|| format!("{who} waits no longer for the server"));
    }

    /// Has this process been granted that very token?
    pub(super) fn was_granted(&self, who: Who, access: usize) -> bool {
        let granted = self.standing_of(who).and_then(|standing| standing.granted);
        granted.is_some_and(|letter| self.judge.letters[letter].received.is_some_and(|grant| grant.access == access))
    }
}
