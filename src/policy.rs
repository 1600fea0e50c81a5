//! When a token is fresh, stale or expired: pure functions of its life and the time.

use std::time::Duration;

use crate::clock::Moment;
use crate::session::Life;

mod borders;
mod limits;
mod patience;

pub use borders::{Borders, Margin};
pub use limits::Limits;
pub use patience::{Class, CoolDown, Leeway, Retry, Storm};

/// What the user chose.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How long before its expiry a token is renewed.
    pub margin: Margin,
    /// What the borders of its zones are made of.
    pub borders: Borders,
    /// Renews ahead of time, whether anybody asks or not; `None` for when somebody asks.
    pub background: Option<Background>,
    /// A lifetime for tokens that have none, and a cap for those that have.
    pub ttl: Option<Duration>,
    /// For one HTTP attempt.
    pub attempt: Duration,
    /// For a whole renewal, from the moment on at which it is our turn.
    pub deadline: Duration,
    /// When a renewal fails, answer with the last token while it has not expired.
    pub serve_stale: bool,
    /// Tries within one renewal.
    pub retry: Retry,
    /// How long failures are remembered; `None` for not at all, as the drop-in has it.
    pub cool_down: Option<CoolDown>,
    /// When an API that refuses whatever it is given is no longer worth a renewal.
    pub fuse: Storm,
    /// For how long we put up with what does not answer.
    pub limits: Limits,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            margin: Margin::Fixed(Duration::from_secs(60)),
            borders: Borders::default(),
            background: None,
            ttl: None,
            attempt: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
            serve_stale: true,
            retry: Retry::never(),
            cool_down: None,
            fuse: Storm::default(),
            limits: Limits::default(),
        }
    }
}

/// How a timer renews ahead of time.
#[derive(Debug, Clone)]
pub struct Background {
    /// It looks at both clocks at least this often: a timer sleeps with the machine, and no clock tells it that it was set.
    pub look_every: Duration,
    /// Whoever was asked to renew has this long to begin.
    pub grace: Duration,
    /// The timer of a pool looks at all accounts. With tokens that live for moments it does so more often, but no more than that.
    pub rest: Duration,
}

impl Default for Background {
    fn default() -> Self {
        Self { look_every: Duration::from_secs(10), grace: Duration::from_secs(1), rest: Duration::from_millis(250) }
    }
}

/// Where in its life a token is (`life-cycle.md`, "Ages").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Served at once.
    Fresh,
    /// Served at once, and renewed aside.
    Soft,
    /// Callers wait for a renewal; should it fail, the token may still be served.
    Hard,
    /// Dead: callers wait for a renewal and get its failure.
    Expired,
}

impl Zone {
    /// Do callers get the token at once?
    pub fn is_served(self) -> bool {
        matches!(self, Zone::Fresh | Zone::Soft)
    }

    /// Has the token not expired?
    pub fn is_live(self) -> bool {
        self != Zone::Expired
    }
}

impl Policy {
    /// How long before its expiry a token is to be renewed. A margin as long as the token lives would renew on every call.
    pub fn soft_margin(&self, life: &Life) -> Duration {
        self.borders.soft(self.margin, life)
    }

    /// How long before its expiry callers have to wait for a renewal. With a number for a margin that is when it is due, unless a
    /// timer sees to it before anybody asks. That timer is always given a head start: `life-cycle.md` ("Ages") has no part of the
    /// soft margin for it, and so none at all with a margin of a minute, but issue 5 has the last word: "While the server answers
    /// no caller ever waits".
    pub fn hard_margin(&self, life: &Life) -> Duration {
        let soft = self.soft_margin(life);
        match (self.margin, &self.background) {
            (Margin::Fixed(_), None) => soft,
            (Margin::Auto, None) => self.borders.hard(life, soft),
            (_, Some(_)) => self.borders.hard(life, soft / self.borders.ahead_part),
        }
    }

    /// How long the token may be served; zero once callers have to wait.
    pub fn fresh_for(&self, life: &Life, now: Moment) -> Duration {
        life.left(now).saturating_sub(self.hard_margin(life))
    }

    /// How long until the token is to be renewed; zero once it is.
    pub fn due_in(&self, life: &Life, now: Moment) -> Duration {
        life.left(now).saturating_sub(self.soft_margin(life))
    }

    /// The zone that the token is in.
    pub fn zone(&self, life: &Life, now: Moment) -> Zone {
        if life.left(now).is_zero() {
            Zone::Expired
        } else if self.fresh_for(life, now).is_zero() {
            Zone::Hard
        } else if self.due_in(life, now).is_zero() {
            Zone::Soft
        } else {
            Zone::Fresh
        }
    }

    /// The moment from which on the token is renewed, in epoch milliseconds.
    pub fn refresh_at(&self, life: &Life) -> i64 {
        let margin = i64::try_from(self.soft_margin(life).as_millis()).unwrap_or(i64::MAX);
        life.expires_at().saturating_sub(margin)
    }
}
