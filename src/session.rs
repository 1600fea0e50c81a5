//! What a login leaves behind; the one place that holds tokens.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::random::Jitter;

pub(crate) mod folded;

/// By less than this two clocks differ that nobody has set and no suspend has stopped: a part of the second that a token may be served
/// past its expiry.
const DRIFT: Duration = Duration::from_millis(250);

/// When something was received and how long it lives from then on, by our clocks alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// The end of the reply that brought it.
    pub received: Moment,
    /// How long it is good for.
    pub lifetime: Duration,
    /// What chance takes of its soft zone.
    pub jitter: Jitter,
}

impl Life {
    /// What is left of it.
    pub fn left(&self, now: Moment) -> Duration {
        self.lifetime.saturating_sub(now.since(self.received))
    }

    /// The same life by two clocks that agree again, where the wall clock has come to say more: as old as it was seen it stays, and no
    /// wall clock that is set back later makes it younger. The steady one is never set.
    pub fn seen_at(&self, now: Moment) -> Option<Life> {
        let steady = now.steady.saturating_sub(now.since(self.received));
        let is_apart = self.received.steady.saturating_sub(steady) > DRIFT;
        is_apart.then_some(Life { received: Moment { steady, ..self.received }, ..*self })
    }

    /// The expiry on the wall clock that was read at receipt, in epoch milliseconds.
    pub fn expires_at(&self) -> i64 {
        self.received.wall.saturating_add(i64::try_from(self.lifetime.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The token that calls are made with.
#[derive(Clone)]
pub struct AccessToken {
    /// The token itself.
    pub secret: SecretString,
    /// How long it is good for.
    pub life: Life,
}

/// How the session can be renewed without a login.
#[derive(Clone)]
pub enum Renewable {
    /// By a refresh token, which may have an expiry of its own.
    ByRefreshToken {
        /// The refresh token.
        secret: SecretString,
        /// Its life, where it says.
        life: Option<Life>,
    },
    /// By the access token itself: the server never gave a refresh token.
    ByAccessToken,
    /// Not at all: its refresh token was refused.
    No,
}

/// How a session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A full login.
    Login,
    /// A refresh of an earlier session.
    Refresh,
    /// The store, where an earlier process or a sibling had left it.
    Store,
    /// The tokens in an environment variable.
    Environment,
    /// The session before this one.
    Backup,
}

impl Source {
    /// The name under which status and events know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Login => "login",
            Source::Refresh => "refresh",
            Source::Store => "store",
            Source::Environment => "environment",
            Source::Backup => "backup",
        }
    }
}

/// Tokens for narrower audiences (a guild, a workspace), by the name of each.
pub type Scoped = BTreeMap<String, SecretString>;

/// One account's tokens. Without an access token it was invalidated; what is left can still refresh.
#[derive(Clone)]
pub struct Session {
    /// The access token, until it is invalidated.
    pub access: Option<Arc<AccessToken>>,
    /// The way to a new one.
    pub renewable: Renewable,
    /// What was handed out with it.
    pub scoped: Scoped,
    /// Where the access token came from.
    pub source: Source,
}

impl Session {
    /// Is `token` the access token of this session?
    pub fn holds(&self, token: &str) -> bool {
        self.access.as_ref().is_some_and(|access| access.secret.expose_secret() == token)
    }

    /// Is `token` one of those for narrower audiences?
    pub fn holds_scoped(&self, token: &str) -> bool {
        self.scoped.values().any(|scoped| scoped.expose_secret() == token)
    }

    /// Do both renew by one and the same refresh token?
    pub fn shares_refresh_token(&self, other: &Session) -> bool {
        match (&self.renewable, &other.renewable) {
            (Renewable::ByRefreshToken { secret: ours, .. }, Renewable::ByRefreshToken { secret: theirs, .. }) => {
                ours.expose_secret() == theirs.expose_secret()
            }
            _ => false,
        }
    }

    /// Is the access token of this one the other's, or gone?
    pub fn shares_access_token(&self, other: &Session) -> bool {
        match (&self.access, &other.access) {
            (Some(ours), Some(theirs)) => ours.secret.expose_secret() == theirs.secret.expose_secret(),
            (ours, _) => ours.is_none(),
        }
    }

    /// Every secret in it, for those who have to cut them out of a text.
    pub fn secrets(&self) -> Vec<SecretString> {
        let refresh = match &self.renewable {
            Renewable::ByRefreshToken { secret, .. } => Some(secret.clone()),
            _ => None,
        };
        let access = self.access.iter().map(|access| access.secret.clone());
        access.chain(refresh).chain(self.scoped.values().cloned()).collect()
    }
}

const REDACTED: &str = "[redacted]";

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("secret", &REDACTED).field("life", &self.life).finish()
    }
}

impl fmt::Debug for Renewable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Renewable::ByRefreshToken { life, .. } => {
                f.debug_struct("ByRefreshToken").field("secret", &REDACTED).field("life", life).finish()
            }
            Renewable::ByAccessToken => f.write_str("ByAccessToken"),
            Renewable::No => f.write_str("No"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("access", &self.access)
            .field("renewable", &self.renewable)
            .field("scoped", &self.scoped.keys())
            .field("source", &self.source)
            .finish()
    }
}
