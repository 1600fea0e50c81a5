//! Where the zones of a token's life begin (`life-cycle.md`, "Ages").

use std::time::Duration;

use crate::session::Life;

/// How long before its expiry a token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Margin {
    /// That long, as far as its life allows. There is no soft zone then.
    Fixed(Duration),
    /// As long as suits its lifetime, with a soft zone.
    Auto,
}

impl From<Duration> for Margin {
    fn from(margin: Duration) -> Self {
        Self::Fixed(margin)
    }
}

/// What the borders are made of.
#[derive(Debug, Clone)]
pub struct Borders {
    /// A token that lives no longer than this is short-lived.
    pub short: Duration,
    /// One that lives as long as this is long-lived.
    pub long: Duration,
    /// How long before its expiry the soft zone begins: of a short-lived token, of one in between, and of a long-lived one.
    pub soft: [Duration; 3],
    /// The soft zone begins in this last part of a life at the earliest, and so does a margin: a half is 2.
    pub soft_part: u32,
    /// Chance takes up to this part of a soft zone, so that a fleet which logged in together does not come back together.
    pub jitter_part: u32,
    /// How long before its expiry callers have to wait.
    pub hard: Duration,
    /// The hard zone is at most this part of a life.
    pub hard_part: u32,
    /// Where a timer renews, the hard zone is at most this part of the soft margin: the rest is the timer's.
    pub ahead_part: u32,
}

impl Default for Borders {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            short: minutes(20),
            long: minutes(90),
            soft: [minutes(5), minutes(15), minutes(60)],
            soft_part: 2,
            jitter_part: 10,
            hard: minutes(1),
            hard_part: 4,
            ahead_part: 2,
        }
    }
}

impl Borders {
    /// How long before its expiry a token is to be renewed.
    pub(super) fn soft(&self, margin: Margin, life: &Life) -> Duration {
        let longest = life.lifetime / self.soft_part;
        match margin {
            Margin::Fixed(margin) => margin.min(longest),
            Margin::Auto => {
                let [short, between, long] = self.soft;
                let soft = match life.lifetime {
                    lifetime if lifetime <= self.short => short,
                    lifetime if lifetime < self.long => between,
                    _ => long,
                };
                let soft = soft.min(longest);
                soft - life.jitter.of(soft / self.jitter_part)
            }
        }
    }

    /// How long before its expiry callers have to wait, where there is somebody who renews it before that; `most` at most.
    pub(super) fn hard(&self, life: &Life, most: Duration) -> Duration {
        self.hard.min(life.lifetime / self.hard_part).min(most)
    }
}
