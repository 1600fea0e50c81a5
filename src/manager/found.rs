//! What a look at the store brought, and whose it is.

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Moment;
use crate::provider::Provider;
use crate::session::Session;
use crate::store::Record;
use crate::store::record::{SharedFailure, Tokens};

/// What was found in the store.
#[derive(Clone, Default)]
pub(super) struct Found {
    /// The record, whoever's credential it was made with.
    pub(super) record: Option<Record>,
    /// It could not be read.
    pub(super) unreadable: bool,
    /// When the look began: what it brought may be as old as that. `None` where nobody looked.
    pub(super) since: Option<Moment>,
    /// Our turn is over, and somebody else at work: it may be adopted, but its refresh token must not be sent.
    pub(super) in_passing: bool,
}

impl Found {
    /// What a write was lost to.
    pub(super) fn winner(record: Option<Box<Record>>) -> Self {
        Self { record: record.map(|record| *record), ..Self::default() }
    }

    pub(super) fn generation(&self) -> Option<u64> {
        self.record.as_ref().map(|record| record.generation)
    }

    /// The tokens, if they are those of our credential. A record without a check is whoever's comes first.
    pub(super) fn tokens(&self, provider: &dyn Provider) -> Option<&Tokens> {
        self.record.as_ref()?.tokens.as_ref().filter(|_| self.is_ours(provider))
    }

    /// No other credential made it.
    pub(super) fn is_ours(&self, provider: &dyn Provider) -> bool {
        let check = self.record.as_ref().and_then(|record| record.check.as_ref());
        check.is_none_or(|check| check.matches(provider.credential()))
    }

    /// Its tokens, those that it has or those that it had, came of our credential.
    pub(super) fn is_made_by(&self, provider: &dyn Provider) -> bool {
        let check = self.record.as_ref().and_then(|record| record.check.as_ref());
        check.is_some_and(|check| check.matches(provider.credential()))
    }

    /// The failure, if it is that of our credential.
    pub(super) fn failure(&self, provider: &dyn Provider) -> Option<&SharedFailure> {
        let failure = self.record.as_ref()?.failure.as_ref()?;
        let ours = failure.check.as_ref().is_none_or(|check| check.matches(provider.credential()));
        Some(failure).filter(|_| ours)
    }

    /// The access token, whoever's it is.
    pub(super) fn access(&self) -> Option<&SecretString> {
        self.record.as_ref()?.tokens.as_ref()?.access.as_ref()
    }

    /// Is its access token that of `session`?
    pub(super) fn holds(&self, session: &Session) -> bool {
        self.access().is_some_and(|access| session.holds(access.expose_secret()))
    }

    /// It was imported, and nobody has adopted it yet.
    pub(super) fn is_unclaimed(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.check.is_none() && record.tokens.is_some())
    }
}
