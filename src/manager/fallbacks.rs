//! What is left when refresh and login have failed: tokens from the environment, then the session before this one
//! (`life-cycle.md`, step 7). The current token is the zone's business and comes last.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::found::Found;
use super::journey::Journey;
use super::renewal::Got;
use super::{Demand, Inner};
use crate::error::Failure;
use crate::identity::normalised_url;
use crate::letters::lower;
use crate::policy::Zone;
use crate::provider::{Currency, Provider, host_of};
use crate::provisioned::Provisioned;
use crate::session::{Renewable, Session, Source};
use crate::store::record::Tokens;

impl Inner {
    pub(super) async fn last_resort(
        &self,
        provider: &dyn Provider,
        demand: Demand,
        found: &Found,
        failure: &Failure,
        journey: &Journey,
    ) -> Option<Got> {
        if let Some(got) = self.environments_session(provider, found, failure, journey).await {
            return Some(got);
        }
        // An old token is no answer to somebody who wants a new one.
        if !demand.takes_what_is_there() {
            return None;
        }
        let got = self.backup_that_helps(provider, found).await?;
        self.tell_backup(provider, Some(failure));
        Some(got)
    }

    /// In place of a record that could not be read: the one before it, if it is fresh. Else its refresh token is better than
    /// none.
    pub(super) async fn previous_session(&self, provider: &dyn Provider, demand: Demand, found: &Found) -> Option<Got> {
        if self.shared.memory.load().session.is_some() {
            return None;
        }
        let backup = self.backup(provider).await?;
        if demand.takes_what_is_there() && self.zone(&backup).is_some_and(Zone::is_served) {
            self.tell_backup(provider, None);
            return Some(Got::Stored(backup, found.generation()));
        }
        self.hold(backup, found.generation());
        None
    }

    async fn environments_session(
        &self,
        provider: &dyn Provider,
        found: &Found,
        failure: &Failure,
        journey: &Journey,
    ) -> Option<Got> {
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
        if self.zone(&session).is_some_and(Zone::is_live) {
            if !self.outlives_current(&session) {
                return None;
            }
            self.tell_fallback(provider, &place, failure);
            return Some(self.lent(provider, session, found));
        }
        let Some(currency) = self.currency(provider, &session) else {
            self.tell_unusable_fallback(
                provider,
                &place,
                "the access token there is dead, and so is the refresh token, if any",
            );
            return None;
        };
        // Where refresh tokens work once, it may be an ancestor of ours: to spend it would cost us ours.
        if let Some(why) = self.why_not_spent(provider, found) {
            self.tell_unusable_fallback(provider, &place, why);
            return None;
        }
        if matches!(currency, Currency::RefreshToken(token) if provider.has_spent(token)) {
            self.tell_unusable_fallback(provider, &place, "its refresh token has been used up");
            return None;
        }
        match self.refresh(provider, currency, None, &session, journey).await {
            Ok(session) => {
                self.tell_fallback(provider, &place, failure);
                Some(Got::New(session))
            }
            Err(failure) => {
                if let (true, Renewable::ByRefreshToken { secret, .. }) = (failure.refuses_token(), &session.renewable)
                {
                    self.shared.annex().keeping.kept.lock().dead.bury(secret);
                }
                self.tell_unusable_fallback(provider, &place, &failure.to_string());
                None
            }
        }
    }

    /// As it is by now, whoever's it is.
    pub(super) fn environments_refresh_token(&self) -> Option<SecretString> {
        let (text, place) = self.parts.fallback.as_ref()?.tokens()?;
        Provisioned::read(text.expose_secret(), &place).ok()?.refresh
    }

    fn why_not_spent(&self, provider: &dyn Provider, found: &Found) -> Option<&'static str> {
        if !provider.rotates() {
            None
        } else if self.can_go_on(provider) {
            Some(
                "its access token has expired, and its refresh token is not needed before the session's own is refused",
            )
        } else if found.unreadable {
            Some(
                "its access token has expired, and its refresh token may be the ancestor of one that could not be read",
            )
        } else {
            None
        }
    }

    /// The environment's session, which nobody has paid for. Where a refresh token that works once could not be read, it neither
    /// takes the place of that nor is it renewed: its own may be the ancestor.
    fn lent(&self, provider: &dyn Provider, session: Session, found: &Found) -> Got {
        if !(found.unreadable && provider.rotates()) {
            return Got::New(self.with_a_way_on(provider, session, found));
        }
        let access_only = Session { renewable: Renewable::No, ..session };
        Got::Lent(self.with_a_way_on(provider, access_only, found))
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

    async fn backup_that_helps(&self, provider: &dyn Provider, found: &Found) -> Option<Got> {
        let backup = self.backup(provider).await?;
        if !self.outlives_current(&backup) {
            return None;
        }
        let session = self.with_a_way_on(provider, backup, found);
        // The way on may be what the store has not taken yet, and what it came of still lies there: that is not to be taken back.
        Some(match self.shared.annex().keeping.kept.lock().unsaved {
            true => Got::Lent(session),
            false => Got::Stored(session, found.generation()),
        })
    }

    /// A token that dies before the current one helps nobody.
    fn outlives_current(&self, session: &Session) -> bool {
        let left = |session: &Session| {
            let now = self.parts.clock.now();
            session.access.as_ref().map_or(Duration::ZERO, |access| access.life.left(now))
        };
        left(session) > self.shared.memory.load().session.map_or(Duration::ZERO, |current| left(&current))
    }

    /// A failure never replaces a session: what tides us over lends its access token, and the way to a new one stays what it is.
    pub(super) fn with_a_way_on(&self, provider: &dyn Provider, session: Session, found: &Found) -> Session {
        let current = self.shared.memory.load().session;
        match current.as_deref() {
            Some(current @ Session { renewable: renewable @ Renewable::ByRefreshToken { .. }, .. })
                if self.currency(provider, current).is_some() =>
            {
                Session { renewable: renewable.clone(), ..session }
            }
            // Else the record that it makes would say that the provisioned token is spent.
            _ if self.currency(provider, &session).is_none() => match self.seed(provider, found) {
                Some(seed) => Session { renewable: seed.renewable, ..session },
                None => session,
            },
            _ => session,
        }
    }

    async fn backup(&self, provider: &dyn Provider) -> Option<Session> {
        let found = self.find_backup(&*self.store()?, provider).await;
        Some(self.restored(found.tokens(provider)?, Source::Backup))
    }
}

/// Why these tokens are somebody else's, where they say whose they are.
pub(super) fn not_ours(provisioned: &Provisioned, provider: &dyn Provider) -> Option<String> {
    let identity = provider.identity();
    let plain = |account: &str| lower(account.trim());
    if let Some(account) = &provisioned.account
        && provider.is_named()
        && plain(account) != plain(&identity.account)
    {
        return Some(format!("they are those of {account}"));
    }
    if let Some(issuer) = &provisioned.issuer
        && normalised_url(issuer) != identity.issuer
    {
        // Without the rest: a key may travel in it.
        return Some(format!("they are for {}", host_of(issuer)));
    }
    None
}
