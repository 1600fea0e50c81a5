//! What callers are answered.

use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::{self, Demand};

use super::super::State;
use super::super::medium::Keeping;
use super::super::process::Who;

/// A call, once it is answered.
pub struct Answered<'a> {
    pub who: Who,
    pub demand: Demand,
    pub asked: u64,
    pub result: Result<&'a str, &'a Failure>,
    /// What memory has at the moment, by the process's own clocks.
    pub memory: manager::State,
}

impl State {
    /// Answers which token it was.
    pub fn judge_answer(&mut self, answer: &Answered<'_>) -> Option<usize> {
        self.judge.count.answers += 1;
        match answer.result {
            Ok(text) => {
                let token = self.server.number(text);
                match token {
                    Some(token) => self.judge_token(answer, token),
                    None => self.condemn(format!("{} is served a token that nobody minted", answer.who)),
                }
                token
            }
            Err(failure) => {
                self.judge.count.failures += 1;
                self.judge_failure(answer, failure);
                None
            }
        }
    }

    fn judge_token(&mut self, answer: &Answered<'_>, number: usize) {
        let (who, now) = (answer.who, self.timeline.now());
        let (name, token) = (self.server.name(number), self.server.token(number).clone());
        self.note(|| format!("{who} is served {name}"));
        if token.account != who.account || token.is_refresh {
            return self.condemn(format!("{who} is served {name}, which is not its account's access token"));
        }
        // Whoever stood still between the renewal and this very step was told in time, and could not hear it.
        let stood_still = self.processes[who.process].stood_still.is_some_and(|end| end >= answer.asked);
        if stood_still {
            return;
        }
        let late = now as i64 - token.expires as i64;
        match self.bound(who, number) {
            Some(bound) if late > bound => {
                let sentence = format!("{who} is served {name} {late} ms past its expiry, and may be for {bound} ms");
                return self.condemn(sentence);
            }
            Some(_) => {}
            None => return self.condemn(format!("{who} is served {name}, and nobody knows where it has it from")),
        }
        if self.standing(who).refused.get(&number).is_some_and(|at| *at < answer.asked) {
            return self.condemn(format!("{who} is served {name}, which was invalidated there"));
        }
        let is_unsaved = self.plan.keeping != Keeping::Nowhere
            && self.was_granted(who, number)
            && !self.judge.stored.contains(&number)
            && !self.standing(who).may_be_unsaved(now);
        if is_unsaved {
            self.condemn(format!("{who} is served {name} before it is saved"));
        }
    }

    fn judge_failure(&mut self, answer: &Answered<'_>, failure: &Failure) {
        let who = answer.who;
        self.note(|| format!("{who} is told {}: {}", failure.code.as_str(), failure.message));
        if failure.code == Code::Closed || answer.demand != Demand::Fresh || !self.plan.policy.serve_stale {
            return;
        }
        // The fuse: whatever lives is what is being refused.
        let is_fused = failure.code == Code::CoolingDown && failure.after.is_none();
        let is_live = matches!(answer.memory, manager::State::Valid | manager::State::Expiring);
        let had_it = self.standing(who).held.filter(|(_, since)| *since <= answer.asked);
        if let (true, false, Some((held, _))) = (is_live, is_fused, had_it) {
            let name = self.server.name(held);
            self.condemn(format!("{who} is told {} and could be served {name}", failure.code.as_str()));
        }
    }

    /// An API has refused it: the store is told so, whatever memory has by now. A manager that was closed meanwhile has nothing.
    pub fn judge_word(&mut self, number: usize) {
        self.judge.refused.insert(number);
    }

    /// It was refused, and memory had it.
    pub fn judge_refusal(&mut self, who: Who, number: usize) {
        self.judge.count.invalidations += 1;
        let minted = self.server.token(number).minted;
        let youngest = self.judge.refused_up_to.entry(who.account).or_default();
        *youngest = minted.max(*youngest);
        let now = self.timeline.now();
        self.standing(who).refused.insert(number, now);
        self.note(|| format!("{who} invalidates {}", self.server.name(number)));
    }
}
