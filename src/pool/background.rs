//! Renewal ahead of time for many accounts (`refresh: 'background'`): one timer for all of them, which looks who is due.

use std::sync::Arc;
use std::time::Duration;

use super::Pool;
use crate::clock::{Clock, Moment};
use crate::manager::{Ringing, Spawn};
use crate::policy::Policy;
use crate::store::memory::Freshness;

/// So many are asked for at once; the others are still due at the next look.
const AT_ONCE: usize = 1000;

/// Who is due, and what the next look has to be in time for.
struct Round {
    due: Vec<Box<str>>,
    /// The shortest time that any token is due before callers would have to wait; nothing where there is none.
    notice: Option<Duration>,
}

impl Pool {
    /// For the manager of an account: `watch`, and whoever tends the pool, are told of changes of its session.
    pub fn watched(&self, watch: Arc<dyn Freshness>) -> Arc<dyn Freshness> {
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
            loop {
                let Some(pool) = pool.upgrade() else { return };
                let round = pool.round(&policy, clock.now());
                drop(pool);
                if !round.due.is_empty() {
                    ask(round.due);
                }
                match round.notice {
                    // How often to look is not known before there is somebody to look at.
                    None => bell.rung().await,
                    Some(notice) => clock.sleep((notice / 4).max(background.rest).min(background.look_every)).await,
                }
            }
        }));
    }

    fn round(&self, policy: &Policy, now: Moment) -> Round {
        let mut round = Round { due: Vec::new(), notice: None };
        let mut due = Vec::new();
        for (name, enrolled) in self.accounts.lock().iter() {
            let Some((is_due, notice)) = enrolled.shared.due(policy, now) else { continue };
            round.notice = Some(round.notice.map_or(notice, |least| least.min(notice)));
            if is_due && due.len() < AT_ONCE {
                due.push(*name);
            }
        }
        if let Some(names) = self.names.get() {
            let names = names.lock();
            round.due = due.iter().filter_map(|name| names.get(name).cloned()).collect();
        }
        round
    }
}
