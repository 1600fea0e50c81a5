//! What a process can know of a token's expiry by its own clocks, and by how much it is wrong.

use super::super::State;
use super::super::process::Who;

/// A moment at which a process learnt of a token.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    at: u64,
    wall: i64,
    steady: u64,
    /// How much later than it does it was taken to expire, there and then.
    error: i64,
}

impl Sighting {
    /// Does it tell as much as a later one?
    fn tells(&self, later: &Sighting) -> bool {
        let passed = later.at - self.at;
        self.error == later.error && self.steady + passed == later.steady && self.wall + passed as i64 == later.wall
    }
}

impl State {
    pub(super) fn sight(&mut self, who: Who, token: usize, error: i64) {
        let (at, host) = (self.timeline.now(), &self.hosts[who.host]);
        let sighting = Sighting { at, wall: host.wall(at), steady: host.steady(at), error };
        let sightings = self.standing(who).sightings.entry(token).or_default();
        // Whoever looks ten times at the same clocks knows no more than after the first: room is for what they said otherwise.
        if sightings.last().is_some_and(|last| last.tells(&sighting)) {
            return;
        }
        // The latest are those that count.
        if sightings.len() >= 16 {
            sightings.remove(1);
        }
        sightings.push(sighting);
    }

    /// How long past its expiry this process may take the token for a live one (`life-cycle.md`, "Ages"): a second, and whatever no
    /// clock of its own can tell it.
    pub(super) fn bound(&self, who: Who, token: usize) -> Option<i64> {
        const SECOND: i64 = 1000;
        let (now, host) = (self.timeline.now(), &self.hosts[who.host]);
        let standing = self.standing_of(who)?;
        let sightings = standing.sightings.get(&token)?;
        let error = |sighting: &Sighting| {
            let steady = (host.steady(now) - sighting.steady) as i64;
            let counted = steady.max(host.wall(now) - sighting.wall);
            sighting.error + ((now - sighting.at) as i64 - counted).max(0)
        };
        // What was known when it came into memory is not forgotten while it is there. A look before that was only a look.
        let known = standing.held.filter(|(held, _)| *held == token).map(|(_, since)| since);
        let error = match known {
            Some(since) => {
                let first = sightings.iter().rposition(|sighting| sighting.at <= since).unwrap_or(0);
                sightings[first..].iter().map(error).min()?
            }
            None => sightings.iter().map(error).max()?,
        };
        Some(SECOND + error.max(0))
    }
}
