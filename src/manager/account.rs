//! Who a manager is for at the moment: the provider can be replaced while the manager lives.

use std::sync::Arc;

use super::SecondFactor;
use crate::provider::Provider;

/// A provider, with what only this provider's user can add to it.
#[derive(Clone)]
pub struct Account {
    /// What to send.
    pub provider: Arc<dyn Provider>,
    /// Who knows the code for the second factor.
    pub second_factor: Option<Arc<dyn SecondFactor>>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (account, host) = (self.provider.account(), self.provider.host());
        f.debug_struct("Account").field("account", &account).field("host", &host).finish_non_exhaustive()
    }
}
