//! A look at the store before a flight is spawned. A process that starts with a good session on disk needs no thread and no
//! lock for its first token, and reading a kilobyte costs its caller less than waking somebody who does it.

use super::found::Found;
use super::{Demand, Inner, Outcome};
use crate::session::Source;

impl Inner {
    /// A session that lies in the store and is good enough, if it can be had without waiting. Whatever else is there is a flight's business.
    pub(super) fn glance(&self, demand: Demand) -> Option<Outcome> {
        if !demand.takes_what_is_there() {
            return None;
        }
        let started = self.parts.clock.now();
        let account = self.account();
        let provider = &*account.provider;
        let store = self.parts.store.as_ref()?;
        let found = Found::winner(store.glance(provider.identity()).map(Box::new));
        let than = self.kept_generation();
        let session = self.newer_session(&found, provider, than, demand).filter(|_| !found.is_unclaimed())?;
        let token = session.access.clone()?;
        let generation = self.hold(session, found.generation());
        self.warm_up();
        let now = self.parts.clock.now();
        let duration = now.since(started);
        self.record(now.wall, Source::Store, duration, None);
        self.tell_success(provider, &token, Source::Store, now, duration);
        Some(Outcome { how: Some(Source::Store), at: now.wall, duration, ..Outcome::adopted(token, generation) })
    }
}
