//! Who a flight is for: what its manager stood at when it began.

use std::sync::Arc;

use super::SecondFactor;
use crate::provider::Provider;

/// A provider, with what only this provider's user can add to it.
#[derive(Clone)]
pub(super) struct Account {
    /// What to send.
    pub(super) provider: Arc<dyn Provider>,
    /// Who knows the code for the second factor.
    pub(super) second_factor: Option<Arc<dyn SecondFactor>>,
}
