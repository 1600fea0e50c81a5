//! A world of hosts, processes and accounts over the real core, in virtual time and out of one seed. Whatever the core asks for
//! (time, randomness, the network, the store, somebody to run its flights) is the world's, and the world does its worst.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard};

use tokenkeep::identity::Identity;
use tokenkeep::provider::Provider;

mod callers;
mod dice;
mod faults;
mod host;
mod journal;
mod judge;
mod medium;
mod plan;
mod process;
mod promise;
mod provider;
mod queue;
mod server;
mod timeline;
mod turn;
mod wire;

pub use self::dice::Dice;
use self::host::Host;
pub use self::judge::Count;
use self::judge::Judge;
use self::medium::Medium;
use self::plan::Plan;
use self::process::{Process, Ready, Who};
use self::server::Server;
use self::timeline::{MINUTE, SECOND, Timeline};
use self::turn::Holding;
use self::wire::Ailment;

/// After the faults every caller has a token by then: the longest wait for a lock that somebody dead holds (a lease), a renewal of
/// its own, and the cool-down of the failure before, all of that by clocks that differ.
const PATIENCE: u64 = 10 * MINUTE;

pub struct World {
    state: Mutex<State>,
    ready: Arc<Ready>,
}

struct State {
    plan: Plan,
    dice: Dice,
    timeline: Timeline,
    hosts: Vec<Host>,
    processes: Vec<Process>,
    identities: Vec<Identity>,
    server: Server,
    /// What the server suffers from.
    ailing: Option<Ailment>,
    /// One for each host, or one for all.
    media: Vec<Medium>,
    /// Whose step it is.
    at_work: String,
    /// Locks that were given out so far.
    holds: u64,
    holdings: Vec<Holding>,
    /// What was asked of stores so far.
    operations: u64,
    judge: Judge,
    is_calm: bool,
    /// Who has asked after the faults and has no token yet.
    unserved: Vec<Who>,
    trace: Option<RefCell<Vec<String>>>,
}

/// What became of a world.
#[derive(Debug)]
pub struct Report {
    /// What did not hold, in one sentence.
    pub verdict: Option<String>,
    pub count: Count,
    pub steps: u64,
    /// How long after the faults everybody had a token, in milliseconds.
    pub recovery: u64,
    /// What happened, a line for each event, where that was asked for.
    pub trace: Vec<String>,
}

/// The world of a seed, from its beginning to its end.
pub fn play(seed: u64, with_trace: bool) -> Report {
    let mut dice = Dice::new(seed);
    let plan = Plan::draw(&mut dice);
    let world = World::new(plan, dice, with_trace.then(RefCell::default));
    let journal = with_trace.then(|| journal::Journal::of(&world));
    let recovery = world.run();
    drop(journal);
    world.end(recovery)
}

/// A world in which nothing goes wrong, for so many minutes: `hosts`, the processes of each, and the accounts of each of these.
#[allow(dead_code, reason = "the example plays seeds; its test plays this")]
pub fn play_quietly(seed: u64, [hosts, processes, accounts]: [usize; 3], in_files: bool, minutes: u64) -> Report {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::draw(&mut dice).quiet();
    (plan.hosts, plan.processes, plan.accounts, plan.calm_at) = (hosts, processes, accounts, minutes * MINUTE);
    plan.keeping = if in_files { medium::Keeping::Files } else { medium::Keeping::Nowhere };
    let world = World::new(plan, dice, None);
    let recovery = world.run();
    world.end(recovery)
}

impl World {
    fn new(plan: Plan, mut dice: Dice, trace: Option<RefCell<Vec<String>>>) -> Arc<Self> {
        let skewed = |dice: &mut Dice| dice.between(0, 2 * plan.skew as u64) as i64 - plan.skew;
        let hosts: Vec<Host> = (0..plan.hosts).map(|_| Host::with_clock(skewed(&mut dice))).collect();
        let processes: Vec<Process> =
            (0..plan.hosts * plan.processes).map(|index| Process::on(index / plan.processes)).collect();
        let identities = (0..plan.accounts)
            .map(|account| provider::Service::new(account, plan.rotates).identity().clone())
            .collect();
        let mut judge = Judge::default();
        judge.prepare(processes.len(), plan.accounts);
        let state = State {
            dice,
            timeline: Timeline::default(),
            media: (0..plan.hosts).map(|_| Medium::new(plan.accounts)).collect(),
            hosts,
            processes,
            identities,
            server: Server::new(plan.server_skew, plan.rotates, plan.access_lifetime, plan.refresh_lifetime),
            ailing: None,
            at_work: String::new(),
            holds: 0,
            holdings: Vec::new(),
            operations: 0,
            judge,
            is_calm: false,
            unserved: Vec::new(),
            trace,
            plan,
        };
        Arc::new(Self { state: Mutex::new(state), ready: Arc::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the world")
    }

    fn run(self: &Arc<Self>) -> u64 {
        let processes = {
            let state = &mut *self.state();
            let plan = format!("{:?}", state.plan);
            state.note(|| plan);
            state.processes.len()
        };
        (0..processes).for_each(|process| self.begin(process));
        self.plan_faults();
        let calm_at = self.state().plan.calm_at;
        self.run_until(calm_at);
        if self.state().judge.verdict.is_some() {
            return 0;
        }
        self.calm_down();
        // Whoever is about to be started again is, before anybody insists.
        self.run_until(calm_at + 30 * SECOND);
        self.insist_everywhere();
        self.run_until(calm_at + 30 * SECOND + PATIENCE);
        let state = &mut *self.state();
        if let Some(who) = state.unserved.first().copied() {
            state.condemn(format!("{who} has no token {} s after the faults are over", PATIENCE / SECOND));
        }
        state.timeline.now().saturating_sub(calm_at)
    }

    /// Whatever happens until then, unless something does not hold or nobody is left to be served.
    fn run_until(self: &Arc<Self>, end: u64) {
        loop {
            while self.step() {
                if self.state().judge.verdict.is_some() {
                    return;
                }
            }
            let deed = {
                let state = &mut *self.state();
                let is_served = state.is_calm && end > state.plan.calm_at + 30 * SECOND && state.unserved.is_empty();
                if is_served || state.judge.verdict.is_some() {
                    return;
                }
                state.timeline.next(end)
            };
            match deed {
                Some(deed) => deed(self),
                None => return,
            }
        }
    }

    fn insist_everywhere(self: &Arc<Self>) {
        if self.state().judge.verdict.is_some() {
            return;
        }
        let accounts = self.state().plan.accounts;
        let everybody: Vec<Who> = {
            let state = self.state();
            let processes = state.processes.iter().enumerate().filter(|(_, process)| process.is_alive);
            let each = |(index, process): (usize, &Process)| {
                let (host, life) = (process.host, process.life);
                (0..accounts).map(move |account| Who { host, process: index, life, account })
            };
            processes.flat_map(each).collect()
        };
        self.state().unserved = everybody.clone();
        everybody.into_iter().for_each(|who| self.insist(who));
    }

    /// Lets go of everything: the world and those who live in it hold each other.
    fn end(self: Arc<Self>, recovery: u64) -> Report {
        let report = {
            let state = &mut *self.state();
            let judge = &state.judge;
            Report {
                verdict: judge.verdict.clone(),
                count: judge.count,
                steps: judge.steps,
                recovery,
                trace: state.trace.as_ref().map(RefCell::take).unwrap_or_default(),
            }
        };
        let processes = self.state().processes.len();
        (0..processes).for_each(|process| self.crash(process));
        let left = self.state().timeline.clear();
        drop(left);
        let frozen: Vec<_> = self.state().hosts.iter_mut().map(|host| std::mem::take(&mut host.frozen)).collect();
        drop(frozen);
        self.ready.clear();
        report
    }
}

impl State {
    /// A line of the trace, made only where there is one.
    fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let now = self.timeline.now() as f64 / 1000.0;
            trace.borrow_mut().push(format!("{now:>9.3}  {}", line()));
        }
    }
}
