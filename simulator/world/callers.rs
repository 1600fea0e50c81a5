//! Those who ask for tokens, use them, and say so when an API refuses one.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokenkeep::clock::{Clock, Moment};
use tokenkeep::manager::{Demand, Manager, Parts, Registry, Shared};
use tokenkeep::store::Store;
use tokenkeep::store::keyed::KeyedStore;
use tokenkeep::store::memory::Freshness;

use super::World;
use super::dice::Chance;
use super::host::HostClock;
use super::judge::Answered;
use super::medium::{Hand, Keeping};
use super::plan::Plan;
use super::process::{Process, Spawner, Who};
use super::provider::Service;
use super::timeline::SECOND;
use super::wire::Wire;

/// So many managers of one account are in each process, at one session.
const MANAGERS: usize = 2;

struct Nobody;

impl Freshness for Nobody {
    fn moved(&self, _: u32) {}
}

impl World {
    /// A process starts, with nothing in its memory.
    pub fn begin(self: &Arc<Self>, process: usize) {
        let (host, life, accounts) = {
            let state = &mut *self.state();
            let at: &mut Process = &mut state.processes[process];
            at.life += 1;
            (at.is_alive, at.is_stalled, at.is_closing) = (true, false, false);
            (at.host, at.life, state.plan.accounts)
        };
        let registry = Registry::default();
        let mut all = Vec::new();
        let mut sessions = Vec::new();
        for account in 0..accounts {
            let who = Who { host, process, life, account };
            let shared = registry.shared(Arc::new(Service::new(account, self.state().plan.rotates)), "");
            let parts = Arc::new(self.parts(who));
            let managers: Vec<_> = (0..MANAGERS)
                .map(|_| Manager::new(Arc::clone(&parts), Arc::clone(&shared), None, Arc::new(Nobody)))
                .collect();
            managers.iter().for_each(|manager| manager.tend(Manager::renew_aside));
            all.push(managers);
            sessions.push(shared);
        }
        let mut state = self.state();
        state.note(|| format!("h{host}/p{process}.{life} starts"));
        state.processes[process].managers = all;
        state.processes[process].sessions = sessions;
        drop(state);
        (0..accounts).for_each(|account| self.ask_again(Who { host, process, life, account }));
    }

    /// A process ends as one should: nothing new, and what is under way to its end.
    pub fn finish(self: &Arc<Self>, process: usize) {
        let (life, managers) = {
            let state = &mut *self.state();
            let at = &mut state.processes[process];
            at.is_closing = true;
            (at.life, at.managers.iter().flatten().cloned().collect::<Vec<_>>())
        };
        for manager in managers {
            let closing = manager.close();
            self.launch(process, life, Box::pin(closing));
        }
    }

    fn parts(self: &Arc<Self>, who: Who) -> Parts {
        let clock = Arc::new(HostClock { world: Arc::clone(self), host: who.host });
        let rng = Arc::new(Chance::of(self.state().dice.fork()));
        let Plan { keeping, policy, .. } = self.state().plan.clone();
        let hand = Arc::new(Hand { world: Arc::clone(self), who });
        let store =
            KeyedStore::new("the store".to_owned(), hand, Vec::new(), Arc::clone(&clock) as _, Arc::clone(&rng) as _);
        Parts {
            transport: Arc::new(Wire { world: Arc::clone(self), who }),
            clock,
            rng,
            store: (keeping != Keeping::Nowhere).then(|| Arc::new(store) as Arc<dyn Store>),
            fallback: None,
            spawn: Arc::new(Spawner { world: Arc::clone(self), process: who.process, life: who.life }),
            turns: None,
            tally: None,
            policy,
        }
    }

    /// The next call of this account in this process, after a while.
    fn ask_again(self: &Arc<Self>, who: Who) {
        let state = &mut *self.state();
        let wait = state.dice.spread(400, state.plan.leisure);
        state.timeline.after(wait, move |world| {
            let (is_still, at_once) = {
                let state = &mut *world.state();
                let at = &state.processes[who.process];
                let is_still = at.life == who.life && at.is_alive && !state.is_calm;
                (is_still, if state.dice.chance(250) { 4 } else { 1 })
            };
            if is_still {
                (0..at_once).for_each(|_| world.call(who));
                world.ask_again(who);
            }
        });
    }

    fn call(self: &Arc<Self>, who: Who) {
        let (demand, leaves) = {
            let state = &mut *self.state();
            let is_quiet = state.plan.is_quiet;
            let demand = match state.dice.below(100) {
                _ if is_quiet => Demand::Fresh,
                0 => Demand::LoggedIn,
                1..4 => Demand::Renewed,
                _ => Demand::Fresh,
            };
            (demand, !is_quiet && state.dice.chance(30))
        };
        let Some(asking) = self.asking(who, demand) else { return };
        let task = {
            let world = Arc::clone(self);
            let asking = async move {
                asking.of(world).await;
            };
            self.launch(who.process, who.life, Box::pin(asking))
        };
        if leaves && let Some(task) = task {
            let wait = self.state().dice.spread(1, SECOND);
            self.state().timeline.after(wait, move |_| task.leave());
        }
    }

    fn asking(&self, who: Who, demand: Demand) -> Option<Asking> {
        let state = &mut *self.state();
        state.judge.count.calls += 1;
        let index = state.dice.index(MANAGERS);
        let at = &state.processes[who.process];
        // Suspended or standing still nobody asks anything.
        if !at.is_alive || at.is_stalled || state.hosts[who.host].is_asleep() {
            return None;
        }
        let (manager, shared) = (at.managers[who.account][index].clone(), Arc::clone(&at.sessions[who.account]));
        Some(Asking { who, demand, manager, shared, asked: state.timeline.now() })
    }

    /// Asks until there is a token. For the time after the faults: whoever asks gets one.
    pub fn insist(self: &Arc<Self>, who: Who) {
        let Some(asking) = self.asking(who, Demand::Fresh) else {
            return self.state().condemn(format!("{who} cannot even ask"));
        };
        let world = Arc::clone(self);
        let clock = HostClock { world: Arc::clone(self), host: who.host };
        let future = async move {
            let Asking { manager, shared, .. } = asking;
            loop {
                let asked = world.state().timeline.now();
                let again =
                    Asking { who, demand: Demand::Fresh, manager: manager.clone(), shared: Arc::clone(&shared), asked };
                if again.of(Arc::clone(&world)).await {
                    world.state().unserved.retain(|waiting| *waiting != who);
                    return;
                }
                clock.sleep(Duration::from_secs(1)).await;
            }
        };
        self.launch(who.process, who.life, Box::pin(future));
    }
}

/// A call on its way.
struct Asking {
    who: Who,
    demand: Demand,
    manager: Manager,
    shared: Arc<Shared>,
    asked: u64,
}

impl Asking {
    /// Answers whether there was a token.
    async fn of(self, world: Arc<World>) -> bool {
        let Asking { who, demand, manager, shared, asked } = self;
        let result = manager.get_token(demand).await;
        let now: Moment = HostClock { world: Arc::clone(&world), host: who.host }.now();
        let (number, refuses) = {
            let state = &mut *world.state();
            let policy = state.plan.policy.clone();
            let answer = Answered {
                who,
                demand,
                asked,
                result: result.as_ref().map(|token| token.expose_secret()),
                memory: shared.state(&policy, now),
            };
            let number = state.judge_answer(&answer);
            let is_refused = number.is_some_and(|number| !state.server.is_good(number, state.timeline.now()));
            // An API says so to most who use a dead token, and to some who do not.
            (number, (is_refused && !state.is_calm && state.dice.chance(700)) || state.mishap(|plan| plan.refusals))
        };
        if let (true, Ok(token), Some(number)) = (refuses, &result, number) {
            world.state().judge_word(number);
            // Only what it still is can be dropped; somebody may have renewed.
            if manager.invalidate(Some(token.expose_secret())) {
                world.state().judge_refusal(who, number);
            }
            manager.invalidate_stored(Some(token.clone())).await;
        }
        result.is_ok()
    }
}
