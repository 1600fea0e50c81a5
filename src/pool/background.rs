//! Renewal ahead of time for many accounts (`refresh: 'background'`): one timer for all of them, which looks who is due.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_lite::future;

use super::{Name, Pool};
use crate::clock::{Clock, Moment};
use crate::manager::{Bell, Ringing, Spawn};
use crate::policy::{Background, Policy};
use crate::store::memory::Freshness;

/// For each turn so many renewals are under way or asked for: enough that none is idle until the next look, and few enough that a caller
/// who waits for a turn has not the whole pool before it.
const PER_TURN: usize = 4;

/// Who is due, and when to look again.
struct Round {
    due: Vec<Box<str>>,
    /// Nothing where nobody is known.
    look_in: Option<Duration>,
}

/// Those who were asked for and have not begun yet, and since when.
type Asked = HashMap<Name, Moment>;

impl Pool {
    /// For whoever sees changes of an account's session: `watch`, and whoever tends the pool, are told of them.
    pub fn watched(&self, watch: Arc<dyn Freshness>) -> Arc<dyn Freshness> {
        if self.names.get().is_none() {
            return watch;
        }
        Arc::new(Ringing { watch, bell: Arc::clone(&self.bell) })
    }

    /// From now on, and before anybody is enrolled, `ask` is called with the names of those whose sessions are to be renewed, if the policy wants that done ahead of
    /// time. Until the pool is dropped.
    pub fn tend(
        self: &Arc<Self>,
        policy: &Policy,
        clock: Arc<dyn Clock>,
        spawn: &dyn Spawn,
        ask: impl Fn(Vec<Box<str>>) + Send + Sync + 'static,
    ) {
        let Some(background) = policy.background.clone() else { return };
        self.names.get_or_init(Default::default);
        let (pool, bell, policy) = (Arc::downgrade(self), Arc::clone(&self.bell), policy.clone());
        spawn.spawn(Box::pin(async move {
            let mut asked = Asked::new();
            loop {
                let round = {
                    let Some(pool) = pool.upgrade() else { return };
                    pool.round(&policy, &background, clock.now(), &mut asked)
                };
                if !round.due.is_empty() {
                    ask(round.due);
                }
                match round.look_in {
                    None => bell.rung().await,
                    Some(look_in) => pause(&pool, &bell, &*clock, background.rest, look_in).await,
                }
            }
        }));
    }

    fn round(&self, policy: &Policy, background: &Background, now: Moment, asked: &mut Asked) -> Round {
        let most = self.most.saturating_mul(PER_TURN);
        let (mut flying, mut due, mut look_in) = (0, Vec::new(), None);
        let mut waiting = Asked::new();
        for (name, enrolled) in self.accounts.lock().iter() {
            let seen = enrolled.shared.due(policy, now);
            let in_time = seen.notice.map_or(background.look_every, |notice| notice / 4);
            look_in = Some(look_in.map_or(in_time, |least: Duration| least.min(in_time)));
            flying += usize::from(seen.flies);
            if !seen.is_due {
                continue;
            }
            match asked.get(name) {
                Some(at) if now.since(*at) < background.grace => drop(waiting.insert(*name, *at)),
                // One more than can be asked for says that there are more.
                _ if due.len() <= most => due.push(*name),
                _ => {}
            }
        }
        let room = most.saturating_sub(flying).saturating_sub(waiting.len());
        let is_full = due.len() > room;
        due.truncate(room);
        // Whoever has begun, or has left, is waited for no more.
        *asked = waiting;
        asked.extend(due.iter().map(|name| (*name, now)));
        let look_in = look_in.map(|look_in| match is_full {
            true => background.rest,
            false => look_in.max(background.rest).min(background.look_every),
        });
        let names = self.names.get().map(|names| names.lock());
        let due = names.map(|names| due.iter().filter_map(|name| names.get(name).cloned()).collect());
        Round { due: due.unwrap_or_default(), look_in }
    }
}

/// Until it is time for the next look, or a session has changed. Many of them change at once, and a look is one at everybody: there is a
/// `rest` before it, unless the pool is gone.
async fn pause(pool: &Weak<Pool>, bell: &Bell, clock: &dyn Clock, rest: Duration, look_in: Duration) {
    let mut has_rung = false;
    let gone = async {
        while pool.strong_count() > 0 {
            bell.rung().await;
            has_rung = true;
        }
    };
    future::or(gone, clock.sleep(rest)).await;
    if !has_rung && look_in > rest {
        future::or(bell.rung(), clock.sleep(look_in - rest)).await;
    }
}
