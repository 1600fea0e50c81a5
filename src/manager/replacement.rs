//! Other credentials from now on: a rotated key, a changed password.

use std::fmt;
use std::sync::Arc;

use tracing::info;

use super::inner::Inner;
use super::keeping::Kept;
use super::{Manager, SecondFactor, Shared};
use crate::error::Failure;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::store::Store;
use crate::telemetry::TARGET;

/// How often the clearing is tried against siblings who write at the same time.
const ROUNDS: usize = 3;

/// Whose tokens a manager keeps from now on.
pub struct Other {
    /// Their session.
    pub shared: Arc<Shared>,
    /// Who knows the code of its second factor.
    pub second_factor: Option<Arc<dyn SecondFactor>>,
    /// How patient one is with this provider.
    pub policy: Policy,
}

impl Manager {
    /// Forgets the old session, in the store too, before the new credentials are used for the first time.
    pub async fn replace_provider(&self, other: Other) -> Result<(), Failure> {
        let alone = self.alone().await?;
        let inner = &alone.inner;
        let old = inner.account();
        let provider = &*old.provider;
        inner.shared.memory.clear(|_| true);
        if let Some(store) = inner.store() {
            inner.clear_whatever_is_ours(&*store, provider).await;
        }
        {
            let mut kept = inner.shared.annex().keeping.kept.lock();
            // What was refused stays refused: others may still be at this session, and with credentials like the old ones so are we.
            *kept = Kept { dead: std::mem::take(&mut kept.dead), ..Kept::default() };
        }
        inner.warm_up();
        if !self.place.move_to(other) {
            return Err(inner.closed());
        }
        let (account, host) = (provider.account(), provider.host());
        info!(name: TARGET, target: TARGET, account, host, "the credentials were replaced, and the session made with the old ones is gone");
        Ok(())
    }
}

impl Inner {
    /// Whatever siblings write of the same credential in the meantime.
    async fn clear_whatever_is_ours(&self, store: &dyn Store, provider: &dyn Provider) {
        for _ in 0..ROUNDS {
            let found = self.find(store, provider).await;
            let Some(generation) = found.generation().filter(|_| found.is_ours(provider)) else { return };
            if self.clear(store, provider, generation).await != Some(false) {
                return;
            }
        }
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other").field("shared", &self.shared).finish_non_exhaustive()
    }
}
