//! What is left when refresh and login have failed: tokens from the environment, then the session before this one
//! (`life-cycle.md`, step 7). The current token is the zone's business and comes last.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::Inner;
use super::journey::Journey;
use super::keeping::Found;
use super::renewal::Got;
use crate::error::Failure;
use crate::identity::normalised_url;
use crate::policy::Zone;
use crate::provider::Provider;
use crate::provisioned::Provisioned;
use crate::session::{Renewable, Session, Source};
use crate::store::record::Tokens;

impl Inner {
    pub(super) async fn last_resort(
        &self,
        provider: &dyn Provider,
        found: &Found,
        failure: &Failure,
        journey: &Journey,
    ) -> Option<Got> {
        if let Some(session) = self.from_environment(provider, failure, journey).await {
            return Some(Got::New(session));
        }
        let got = self.from_backup(provider, found).await?;
        self.tell_backup(provider, Some(failure));
        Some(got)
    }

    /// In place of a record that could not be read: the one before it, if it is fresh. Else its refresh token is better than
    /// none.
    pub(super) async fn previous_session(&self, provider: &dyn Provider, found: &Found) -> Option<Got> {
        if self.memory.load().session.is_some() {
            return None;
        }
        let backup = self.backup(provider).await?;
        if self.zone(&backup) == Some(Zone::Fresh) {
            self.tell_backup(provider, None);
            return Some(Got::Stored(backup, found.generation()));
        }
        self.hold(backup, found.generation());
        None
    }

    async fn from_environment(&self, provider: &dyn Provider, failure: &Failure, journey: &Journey) -> Option<Session> {
        let (text, place) = self.parts.fallback.as_ref()?.tokens()?;
        let provisioned = match Provisioned::read(text.expose_secret(), &place) {
            Ok(provisioned) => provisioned,
            Err(why) => {
                self.tell_unusable_fallback(provider, &place, why.why());
                return None;
            }
        };
        if let Some(whose) = not_ours(&provisioned, provider) {
            self.tell_unusable_fallback(provider, &place, &whose);
            return None;
        }
        let session = self.provisioned_session(provider, provisioned, Source::Environment);
        if matches!(self.zone(&session), Some(Zone::Fresh | Zone::Hard)) {
            self.tell_fallback(provider, &place, failure);
            return Some(session);
        }
        let request = self.unspent(&session).then(|| self.refresh_request(provider, &session)).flatten();
        let Some(request) = request else {
            self.tell_unusable_fallback(
                provider,
                &place,
                "the access token there is dead, and so is the refresh token, if any",
            );
            return None;
        };
        match self.refresh(provider, request, Some(&session), journey).await {
            Ok(session) => {
                self.tell_fallback(provider, &place, failure);
                Some(session)
            }
            Err(failure) => {
                self.tell_unusable_fallback(provider, &place, &failure.to_string());
                None
            }
        }
    }

    /// Whatever was provisioned, as a session: with the provider's default where nothing says how long it lives.
    pub(super) fn provisioned_session(
        &self,
        provider: &dyn Provider,
        provisioned: Provisioned,
        source: Source,
    ) -> Session {
        let now = self.parts.clock.now().wall;
        let saved_at = provisioned.saved_at.unwrap_or(now).min(now);
        let default = i64::try_from(provider.default_lifetime().as_millis()).unwrap_or(i64::MAX);
        let expires_at = provisioned.expires_at.unwrap_or_else(|| now.saturating_add(default));
        let (access, refresh) = (provisioned.access, provisioned.refresh);
        self.restored(&Tokens { access, refresh, scoped: Default::default(), expires_at, saved_at }, source)
    }

    /// Is there a refresh token that the server has not refused already?
    fn unspent(&self, session: &Session) -> bool {
        let Renewable::ByRefreshToken { secret, .. } = &session.renewable else { return false };
        let spent = self.keeping.kept.lock().spent.clone();
        spent.is_none_or(|spent| spent.expose_secret() != secret.expose_secret())
    }

    async fn from_backup(&self, provider: &dyn Provider, found: &Found) -> Option<Got> {
        let backup = self.backup(provider).await?;
        let left = |session: &Session| {
            let now = self.parts.clock.now();
            session.access.as_ref().map_or(Duration::ZERO, |access| access.life.left(now))
        };
        let current = self.memory.load().session.map_or(Duration::ZERO, |session| left(&session));
        // A backup that dies before the current token helps nobody.
        (left(&backup) > current).then(|| Got::Stored(backup, found.generation()))
    }

    async fn backup(&self, provider: &dyn Provider) -> Option<Session> {
        let record = self.store()?.backup(provider.identity()).await?;
        let found = Found { record: Some(record), unreadable: false };
        Some(self.restored(found.tokens(provider)?, Source::Backup))
    }
}

/// Why these tokens are somebody else's, where they say whose they are.
pub(super) fn not_ours(provisioned: &Provisioned, provider: &dyn Provider) -> Option<String> {
    let identity = provider.identity();
    let plain = |account: &str| account.trim().to_lowercase();
    if let Some(account) = &provisioned.account
        && plain(account) != plain(&identity.account)
    {
        return Some(format!("they are those of {account}"));
    }
    if let Some(issuer) = &provisioned.issuer
        && normalised_url(issuer) != identity.issuer
    {
        return Some(format!("they are for {issuer}"));
    }
    None
}
