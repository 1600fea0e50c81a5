//! What a world is like, drawn from its seed. Each leaves out some kinds of trouble: where everything fails all the time, little is
//! ever reached (Groce et al., "Swarm Testing").

use std::time::Duration;

use tokenkeep::policy::{Background, CoolDown, Margin, Policy, Retry};

use super::dice::Dice;
use super::medium::Keeping;
use super::timeline::{MINUTE, SECOND};

#[derive(Debug, Clone)]
pub struct Plan {
    pub hosts: usize,
    /// On each host.
    pub processes: usize,
    pub accounts: usize,
    pub keeping: Keeping,
    pub rotates: bool,
    /// In seconds, as the next.
    pub access_lifetime: u64,
    pub refresh_lifetime: u64,
    /// When the faults stop.
    pub calm_at: u64,
    /// How long a caller waits between two questions, at most.
    pub leisure: u64,
    /// The most by which a host's wall clock is wrong at the beginning.
    pub skew: i64,
    pub server_skew: i64,
    pub dates: bool,
    pub policy: Policy,
    /// Nobody wants anything but a token.
    pub is_quiet: bool,
    /// In a thousand: requests, replies, saves and answers that go wrong.
    pub lost_requests: u64,
    pub lost_replies: u64,
    pub late_replies: u64,
    pub failing_saves: u64,
    pub torn_saves: u64,
    pub unconfirmed_saves: u64,
    pub slow_stores: u64,
    pub refusals: u64,
    /// Milliseconds from one to the next, on average; 0 for never.
    pub crashes: u64,
    pub restarts: u64,
    pub stalls: u64,
    pub suspends: u64,
    pub steps: u64,
    pub server_cuts: u64,
    pub store_cuts: u64,
    pub outages: u64,
    pub spoilings: u64,
}

impl Plan {
    pub fn draw(dice: &mut Dice) -> Self {
        let keeping = dice.pick(&[Keeping::Files, Keeping::Files, Keeping::Shared, Keeping::Shared, Keeping::Nowhere]);
        let calm_at = dice.between(4, 8) * MINUTE;
        let lifetime = dice.spread(30, 300);
        let mut often = |least: u64, most: u64| if dice.chance(450) { dice.spread(least, most) } else { 0 };
        let trouble = [
            often(5, 80),
            often(5, 80),
            often(5, 80),
            often(5, 150),
            often(5, 80),
            often(5, 100),
            often(5, 60),
            often(5, 60),
        ];
        let mut every = |least: u64, most: u64| often(least * SECOND, most * SECOND);
        let [crashes, restarts, stalls, suspends] = [every(15, 200), every(60, 400), every(30, 300), every(60, 500)];
        let [steps, server_cuts, store_cuts] = [every(60, 500), every(60, 400), every(60, 400)];
        let [outages, spoilings] = [every(40, 400), every(60, 400)];
        Self {
            hosts: dice.between(1, 3) as usize,
            processes: dice.between(1, 3) as usize,
            accounts: dice.between(1, 2) as usize,
            keeping,
            rotates: dice.chance(750),
            access_lifetime: lifetime,
            refresh_lifetime: if dice.chance(800) { 7 * 86_400 } else { lifetime * 3 },
            calm_at,
            leisure: dice.spread(10, 60) * SECOND,
            skew: if dice.chance(500) { dice.spread(100, 90_000) as i64 } else { 0 },
            server_skew: dice.between(0, 120_000) as i64 - 60_000,
            dates: dice.chance(500),
            policy: policy(dice),
            is_quiet: false,
            lost_requests: trouble[0],
            lost_replies: trouble[1],
            late_replies: trouble[2],
            failing_saves: trouble[3],
            torn_saves: trouble[4],
            unconfirmed_saves: trouble[5],
            slow_stores: trouble[6],
            refusals: trouble[7],
            crashes,
            restarts,
            stalls,
            suspends,
            steps,
            server_cuts,
            store_cuts,
            outages,
            spoilings,
        }
    }
}

impl Plan {
    /// The same without any trouble, with tokens of ten minutes and the drop-in's margin.
    pub fn quiet(self) -> Self {
        Self {
            access_lifetime: 600,
            refresh_lifetime: 7 * 86_400,
            leisure: 20 * SECOND,
            skew: 0,
            policy: Policy::default(),
            is_quiet: true,
            lost_requests: 0,
            lost_replies: 0,
            late_replies: 0,
            failing_saves: 0,
            torn_saves: 0,
            unconfirmed_saves: 0,
            slow_stores: 0,
            refusals: 0,
            crashes: 0,
            restarts: 0,
            stalls: 0,
            suspends: 0,
            steps: 0,
            server_cuts: 0,
            store_cuts: 0,
            outages: 0,
            spoilings: 0,
            rotates: false,
            ..self
        }
    }
}

fn policy(dice: &mut Dice) -> Policy {
    Policy {
        margin: if dice.chance(300) { Margin::Auto } else { Margin::Fixed(Duration::from_secs(dice.spread(5, 120))) },
        serve_stale: dice.chance(850),
        retry: Retry { attempts: dice.between(1, 3) as u32, ..Retry::default() },
        cool_down: dice.chance(600).then(CoolDown::default),
        background: dice.chance(300).then(Background::default),
        ..Policy::default()
    }
}
