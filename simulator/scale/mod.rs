//! A fleet over a day. The whole core for each of a hundred million sessions is out of reach, so this is a model of it: every
//! decision is made by the core's own `Policy`, and what goes on around it is reduced to what decides how much a server is asked.
//! A session is one of a process where nothing is shared, one of a host where a file store is, and one of the fleet where a Redis
//! is: the first who asks past the border renews, and all others have what that brought. Sessions know nothing of each other, so
//! a part of them stands for all.
//! `tests/simulator.rs` holds it against the real core.

use std::time::Duration;

use tokenkeep::clock::Moment;
use tokenkeep::policy::{Background, Borders, Margin, Policy};
use tokenkeep::random::{Jitter, Rng};
use tokenkeep::session::Life;

use crate::world::Dice;

/// How sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Each process for itself, and a refresh that the server always refuses: the class that this package replaces.
    AsBefore,
    /// Each process for itself.
    InMemory,
    /// All processes of a host together.
    InFiles,
    /// All processes of all hosts together.
    InRedis,
}

#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    pub hosts: u64,
    pub processes: u64,
    pub accounts: u64,
    pub lifetime: Duration,
    /// A process asks for an account's token so often, on average.
    pub asks_every: Duration,
    /// All processes start within this time.
    pub rollout: Duration,
    pub span: Duration,
    /// At most so many sessions are played; each then stands for more than itself.
    pub sessions: u64,
}

/// Requests of a whole fleet.
#[derive(Debug, Default)]
pub struct Load {
    pub logins: u64,
    pub refreshes: u64,
    /// Requests per second in the busiest ten seconds.
    pub peak: u64,
    /// The same after the first hour: the start of the fleet is over then.
    pub later_peak: u64,
}

/// The policies that are compared.
pub fn fixed() -> Policy {
    Policy { margin: Margin::Fixed(Duration::from_secs(60)), ..Policy::default() }
}

pub fn ahead_of_time(with_jitter: bool) -> Policy {
    let defaults = Borders::default();
    // So small a part of a zone is none.
    let jitter_part = if with_jitter { defaults.jitter_part } else { u32::MAX };
    let borders = Borders { jitter_part, ..defaults };
    Policy { margin: Margin::Auto, borders, background: Some(Background::default()), ..Policy::default() }
}

struct Throws<'a>(std::cell::RefCell<&'a mut Dice>);

// One thread throws.
impl Throws<'_> {
    fn jitter(&self) -> Jitter {
        struct Bytes([u8; 8]);
        impl Rng for Bytes {
            fn fill(&self, bytes: &mut [u8]) {
                let length = bytes.len();
                bytes.copy_from_slice(&self.0[..length]);
            }
        }
        Jitter::draw(&Bytes(self.0.borrow_mut().next().to_le_bytes()))
    }

    /// Until the next of those who come on average once in `every`.
    fn wait(&self, every: f64) -> f64 {
        let share = (self.0.borrow_mut().below(1 << 53) + 1) as f64 / (1u64 << 53) as f64;
        -every * share.ln()
    }
}

/// A day of a fleet.
pub fn play(fleet: &Fleet, kept: Kept, policy: &Policy, seed: u64) -> Load {
    let together = match kept {
        Kept::AsBefore | Kept::InMemory => 1,
        Kept::InFiles => fleet.processes,
        Kept::InRedis => fleet.processes * fleet.hosts,
    };
    let all = fleet.hosts * fleet.processes * fleet.accounts / together;
    let played = all.min(fleet.sessions);
    let weight = all / played;
    let (every, span) = (fleet.asks_every.as_secs_f64() / together as f64, fleet.span.as_secs_f64());
    let mut seconds = vec![0_u32; fleet.span.as_secs() as usize + 1];
    let (mut logins, mut refreshes) = (0, 0);
    let mut dice = Dice::new(seed);
    let dice = Throws(std::cell::RefCell::new(&mut dice));
    for _ in 0..played {
        let start = dice.0.borrow_mut().below(1_000_000) as f64 / 1e6 * fleet.rollout.as_secs_f64() / together as f64;
        let mut now = start + dice.wait(every);
        let mut is_new = true;
        while now < span {
            let requests = match (is_new, kept) {
                (true, _) => (1, 0),
                // It sends the access token, which is answered with 401, and then logs in.
                (false, Kept::AsBefore) => (1, 1),
                (false, _) => (0, 1),
            };
            is_new = false;
            (logins, refreshes) = (logins + requests.0, refreshes + requests.1);
            seconds[now as usize] += (requests.0 + requests.1) as u32;
            let moment = Moment { wall: (now * 1000.0) as i64, steady: Duration::from_secs_f64(now) };
            let life = Life { received: moment, lifetime: fleet.lifetime, jitter: dice.jitter() };
            now += policy.due_in(&life, moment).as_secs_f64();
            // A timer is on time; else it is whoever asks next.
            now += if policy.background.is_some() { 0.0 } else { dice.wait(every) };
        }
    }
    // Of a part of the sessions a single second would say more about the part than about the whole.
    let window = |ten: &[u32]| ten.iter().copied().map(u64::from).sum::<u64>() * weight / 10;
    let peak = |from: usize| seconds[from.min(seconds.len())..].chunks(10).map(window).max().unwrap_or(0);
    Load { logins: logins * weight, refreshes: refreshes * weight, peak: peak(0), later_peak: peak(3600) }
}
