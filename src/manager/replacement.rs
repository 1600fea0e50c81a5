//! Other credentials from now on: a rotated key, a changed password.

use tracing::info;

use super::{Account, Manager, Outcome};
use crate::error::Failure;
use crate::flight::Boarding;
use crate::telemetry::TARGET;

impl Manager {
    /// Forgets the old session, in the store too, before the new credentials are used for the first time. It takes the place of
    /// a flight, so that no renewal with the old ones can end after it.
    pub async fn replace_provider(&self, account: Account) -> Result<(), Failure> {
        let inner = &self.inner;
        let pilot = loop {
            match inner.flights.board() {
                Boarding::Closed => return Err(inner.closed()),
                Boarding::Join(wait) => drop(wait.await),
                Boarding::Lead(pilot, _) => break pilot,
            }
        };
        let old = inner.account();
        let provider = &*old.provider;
        inner.memory.clear(|_| true);
        if let Some(store) = inner.store() {
            let found = inner.find(&*store, provider).await;
            if let (Some(generation), Some(_)) = (found.generation(), found.tokens(provider))
                && let Err(trouble) = store.clear(provider.identity(), generation).await
            {
                inner.tell_trouble(provider, &trouble);
            }
        }
        *inner.keeping.kept.lock() = Default::default();
        inner.warm_up();
        *inner.account.lock() = account;
        let (account, host) = (provider.account(), provider.host());
        info!(target: TARGET, account, host, "the credentials were replaced, and the session made with the old ones is gone");
        pilot.land(Outcome::nothing_done());
        Ok(())
    }
}
