//! The managers that all this happens to, and what is held against them after every step.

use std::sync::Arc;
use std::time::Duration;

use proptest_state_machine::StateMachineTest;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::{Demand, Manager, Parts, Registry, Spawn};
use tokenkeep::policy::{CoolDown, Margin, Policy};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};

use super::server::{Server, Wire};
use super::world::{ME, Mood, NEIGHBOUR, SIBLING, Step, Who, World};
use crate::stage::clock::ManualClock;
use crate::stage::disk::Disk;
use crate::stage::executor::{Call, Executor};
use crate::stage::{RollingDice, Watch};

/// A flight by its deadline, the lock that it may wait for, a store that does not answer, and a second flight for those whom
/// the first one does not answer.
const LONGEST_WAIT: i64 = 2 * (35_000 + 30_000 + 4 * 5_000);

/// A server's word counts for an hour at most.
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(3600);

pub struct House {
    clock: Arc<ManualClock>,
    server: Arc<Server>,
    disk: Arc<Disk>,
    executor: Arc<Executor>,
    policy: Policy,
    provider: Arc<dyn Provider>,
    registries: [Registry; 2],
    managers: Vec<Manager>,
    waiting: Vec<Caller>,
    /// The store could not be written at some time: what siblings know of spent tokens may be old.
    disk_failed: bool,
    /// What the API has refused, by the process that was told so.
    refused: [Vec<String>; 2],
    /// The highest generation that the store has had.
    generation: u64,
}

struct Caller {
    who: Who,
    force: bool,
    /// Their manager was closed while they waited.
    left_behind: bool,
    since: i64,
    /// What had been refused when they asked is nothing that they may get.
    refused: Vec<String>,
    call: Call<Result<String, Failure>>,
}

impl House {
    fn new(world: &World) -> Self {
        let clock = Arc::new(ManualClock::new());
        let server = Arc::new(Server::new(Arc::clone(&clock), world.rotates, world.lifetime));
        let provider: Arc<dyn Provider> = match world.rotates {
            true => Arc::new(JsonLogin::new(JsonLoginOptions {
                url: "https://colony.example.com/login".to_owned(),
                refresh_url: Some("https://colony.example.com/renew".to_owned()),
                account: Some("colony-1".to_owned()),
                body: r#"{"key":"k"}"#.into(),
                ..JsonLoginOptions::default()
            })),
            false => Arc::new(Baserow::new("https://b.example.com/api", "a@example.com", SecretString::from("p"))),
        };
        let disk = Arc::new(Disk::new(Arc::clone(&clock), provider.identity().clone()));
        let policy = Policy {
            margin: if world.auto { Margin::Auto } else { Margin::Fixed(Duration::from_secs(60)) },
            cool_down: (!world.drop_in).then(CoolDown::default),
            ..Policy::default()
        };
        let mut house = Self {
            clock,
            server,
            disk,
            executor: Arc::default(),
            policy,
            provider,
            registries: Default::default(),
            managers: Vec::new(),
            waiting: Vec::new(),
            disk_failed: false,
            refused: Default::default(),
            generation: 0,
        };
        house.managers = (ME..=SIBLING).map(|who| house.manager(who, world.stored)).collect();
        house
    }

    fn manager(&self, who: Who, stored: bool) -> Manager {
        let parts = Parts {
            transport: Arc::new(Wire(Arc::clone(&self.server))),
            clock: Arc::clone(&self.clock) as _,
            rng: Arc::new(RollingDice::default()),
            store: stored.then(|| self.disk.store()),
            fallback: None,
            spawn: Arc::clone(&self.executor) as Arc<dyn Spawn>,
            turns: None,
            tally: None,
            policy: self.policy.clone(),
        };
        let registry = &self.registries[process(who)];
        Manager::new(parts, registry.shared(Arc::clone(&self.provider), ""), None, Arc::new(Watch::default()))
    }

    fn ask(&self, who: Who, force: bool) -> Call<Result<String, Failure>> {
        let manager = self.managers[who].clone();
        let demand = if force { Demand::Renewed } else { Demand::Fresh };
        let call = self
            .executor
            .start(async move { manager.get_token(demand).await.map(|token| token.expose_secret().to_owned()) });
        self.executor.run();
        call
    }

    fn held(&self, who: Who) -> Option<String> {
        self.managers[who].look().token.map(|token| token.expose_secret().to_owned())
    }

    fn advance(&mut self, duration: Duration) {
        let mut left = duration;
        while let Some(step) = self.clock.next_alarm().filter(|step| *step <= left) {
            self.clock.advance(step);
            self.executor.run();
            self.hear_answers();
            left -= step;
        }
        self.clock.advance(left);
        self.executor.run();
        self.hear_answers();
    }

    /// Whoever has been answered, with what: at that very moment.
    fn hear_answers(&mut self) {
        let now = self.clock.true_millis();
        for caller in std::mem::take(&mut self.waiting) {
            if caller.call.is_waiting() {
                let waited = now - caller.since;
                assert!(waited <= LONGEST_WAIT, "a caller waits for {waited} ms");
                self.waiting.push(caller);
                continue;
            }
            match caller.call.answer() {
                Ok(token) => {
                    let left = self.server.left(&token);
                    assert!(left > 0, "{} was served a token that ended {} ms ago", caller.who, -left);
                    let was_refused = caller.refused.contains(&token) && !self.disk_failed;
                    assert!(!was_refused, "{} was served what had been refused", caller.who);
                }
                // A flight that was under way is finished for them, but who still wants a new token then finds nobody to fly.
                Err(failure) if failure.code == Code::Closed => {
                    assert!(caller.force && caller.left_behind, "{failure}")
                }
                Err(_) => {}
            }
        }
    }

    fn act(&mut self, step: Step, stored: bool) {
        // No two answers come in the same millisecond, by which sessions in a store are told apart.
        self.advance(Duration::from_millis(1));
        match step {
            Step::Ask { who, force } => {
                let (refused, since) = (self.refused[process(who)].clone(), self.clock.true_millis());
                let call = self.ask(who, force);
                self.waiting.push(Caller { who, force, left_behind: false, since, refused, call });
            }
            Step::Server(mood) => self.server.turn(mood),
            Step::Hold => self.server.hold(),
            Step::Release => self.server.release(),
            Step::Advance { millis } => self.advance(Duration::from_millis(millis)),
            // Those who wait sleep, too.
            Step::Suspend { seconds } => {
                self.clock.suspend(Duration::from_secs(seconds));
                self.waiting.iter_mut().for_each(|caller| caller.since += seconds as i64 * 1000);
            }
            Step::SetClock { seconds } => self.clock.step_wall(seconds * 1000),
            Step::Invalidate { who } => {
                if let Some(token) = self.held(who) {
                    self.server.refuse(&token);
                    self.managers[who].invalidate(Some(&token));
                    let stored = self.managers[who].invalidate_stored(Some(SecretString::from(token.clone())));
                    drop(self.executor.start(stored));
                    self.refused[process(who)].push(token);
                }
            }
            Step::Disk { writable } => {
                self.disk.cannot_be_written(!writable);
                self.disk_failed |= !writable && stored;
            }
            Step::Restart { who } => {
                // Those who still wait have their answer from the flight, which outlives its manager.
                drop(self.executor.start(self.managers[who].close()));
                self.waiting.iter_mut().filter(|caller| caller.who == who).for_each(|caller| caller.left_behind = true);
                self.managers[who] = self.manager(who, stored);
            }
        }
        self.executor.run();
        self.hear_answers();
        if let Some(record) = self.disk.record() {
            assert!(record.generation >= self.generation, "the store went back to an older generation");
            self.generation = record.generation;
        }
    }
}

fn process(who: Who) -> usize {
    usize::from(who == SIBLING)
}

impl StateMachineTest for House {
    type SystemUnderTest = House;
    type Reference = World;

    fn init_test(world: &World) -> House {
        House::new(world)
    }

    fn apply(mut house: House, world: &World, step: Step) -> House {
        let before: Vec<Option<String>> = (ME..=SIBLING).map(|who| house.held(who)).collect();
        let (heard, grants) = (house.server.heard(), house.server.grants());
        let takes_away = matches!(step, Step::Invalidate { .. } | Step::Restart { .. });
        let asked = match step {
            Step::Ask { who, force: false } => Some(who),
            _ => None,
        };
        let is_fresh = asked.is_some_and(|who| {
            let look = house.managers[who].look();
            look.token.is_some() && !look.fresh_for.is_zero() && !look.due
        });
        house.act(step.clone(), world.stored);

        // A failure takes no living session away: only a grant, or a sibling's, takes its place.
        for (who, token) in before.iter().enumerate().filter(|_| !takes_away) {
            let Some(token) =
                token.as_ref().filter(|token| house.server.left(token) > 0 && !house.server.is_refused(token))
            else {
                continue;
            };
            let now = house.held(who);
            let Some(now) = now else { panic!("{who} had a living token, and has none after {step:?}") };
            // What could not be saved gives way to what could, as in the simulator.
            assert!(
                now == *token || house.disk_failed || house.server.left(&now) >= house.server.left(token),
                "{who} had a living token, and has an older one after {step:?}"
            );
        }
        if is_fresh {
            assert_eq!((house.server.heard(), house.server.grants()), (heard, grants), "a fresh token was renewed");
        }
        house
    }

    fn check_invariants(house: &House, _: &World) {
        // One renewal at a time, also among those who share nothing but the store.
        assert!(house.server.most_under_way() <= 1, "{} requests at a time", house.server.most_under_way());
        if !house.disk_failed {
            let twice = house.server.sent_twice();
            assert!(twice.is_empty(), "{} one-time tokens were sent twice", twice.len());
        }
    }

    /// Once all is well, everybody has a token, after what cool-down there may be.
    fn teardown(mut house: House, _: World) {
        house.server.turn(Mood::Well);
        house.server.release();
        house.disk.cannot_be_written(false);
        house.executor.run();
        house.advance(Duration::from_millis(LONGEST_WAIT as u64));
        assert!(house.waiting.is_empty(), "{} callers still wait", house.waiting.len());
        for who in [ME, NEIGHBOUR, SIBLING] {
            for round in 0.. {
                let call = house.ask(who, false);
                house.advance(Duration::from_secs(60));
                match call.answer() {
                    Ok(token) => {
                        // By now a minute has passed, and the token with it.
                        assert!(house.server.left(&token) > -60_000, "{who} was served an old token");
                        break;
                    }
                    Err(failure) => {
                        assert!(round < 3, "{who} has no token although all is well: {failure}");
                        let wait = failure.retry_after.unwrap_or(Duration::from_secs(60));
                        assert!(wait <= LONGEST_COOL_DOWN, "{who} is to wait for {wait:?}");
                        house.advance(wait);
                    }
                }
            }
        }
    }
}
