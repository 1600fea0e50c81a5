//! A login of the user's own: a headless browser, a vendor's SDK, a vault.
//!
//! Its requests are errands for the host, in JSON, and a transport of the host's runs them: so all that holds for a login
//! over HTTP (its retries, its limits, the save before anybody is told) holds for one that only the user knows.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Answer, Currency, Provider, Reply, Step, host_of};
use crate::error::Failure;
use crate::identity::{Identity, normalised_url};
use crate::json::exposed;
use crate::session::{Renewable, Scoped, Session};
use crate::transport::{Body, Request};

mod answer;
mod thrown;

pub use thrown::Thrown;

/// Where errands go: this, and the number of the callbacks.
pub const HOST_SCHEME: &str = "host:";

/// Where no issuer is named.
const NAMELESS: &str = "custom()";

/// The hour that is usual, less a margin, when neither the answer, nor the token, nor `ttlSeconds` says.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(55 * 60);

/// What the user said of the login.
#[derive(Clone, Default)]
pub struct HostLoginOptions {
    /// The number by which the host finds the callbacks. Sessions are shared in memory only by those who name the same.
    pub callbacks: u32,
    /// Where the host keeps them.
    pub home: String,
    /// Whose tokens they are.
    pub account: String,
    /// Who issues them; may be empty.
    pub issuer: String,
    /// What the login uses. Empty where the user does not say.
    pub credential: SecretString,
    /// Is there a callback that refreshes?
    pub refreshes: bool,
    /// Is there one that revokes?
    pub revokes: bool,
}

/// One account behind the user's own functions.
pub struct HostLogin {
    options: HostLoginOptions,
    identity: Identity,
}

impl HostLogin {
    /// The provider of these options.
    pub fn new(options: HostLoginOptions) -> Self {
        let issuer = match options.issuer.contains("://") {
            true => normalised_url(&options.issuer),
            false => options.issuer.clone(),
        };
        let account = options.account.clone();
        let identity = Identity { provider: "custom".to_owned(), issuer, account, ..Identity::default() };
        Self { options, identity }
    }

    fn errand(&self, step: Step, session: Option<&Session>) -> Request {
        let errand = Errand {
            step: match step {
                Step::Refresh => "refresh",
                Step::Revoke => "revoke",
                _ => "login",
            },
            session: session.and_then(TokenSet::of),
        };
        let credential = Some(&self.options.credential).filter(|credential| !credential.expose_secret().is_empty());
        Request {
            url: format!("{HOST_SCHEME}{}", self.options.callbacks),
            authorization: None,
            headers: Vec::new(),
            // Strings and numbers are always JSON.
            body: Body::Json(serde_json::to_string(&errand).unwrap_or_default().into()),
            secrets: credential.cloned().into_iter().chain(session.map(Session::secrets).unwrap_or_default()).collect(),
            gate: None,
        }
    }
}

/// What the host is asked to do.
#[derive(Serialize)]
struct Errand<'a> {
    step: &'static str,
    /// The session that it is about, or the one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<TokenSet<'a>>,
}

/// A session, as the public API has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenSet<'a> {
    /// Empty when it was invalidated.
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Scoped::is_empty", serialize_with = "exposed::table")]
    scoped: &'a Scoped,
}

impl<'a> TokenSet<'a> {
    /// `None` when nothing is left of it.
    fn of(session: &'a Session) -> Option<Self> {
        let refresh_token = match &session.renewable {
            Renewable::ByRefreshToken { secret, .. } => Some(secret.expose_secret()),
            Renewable::ByAccessToken | Renewable::No => None,
        };
        let access = session.access.as_deref();
        (access.is_some() || refresh_token.is_some()).then(|| Self {
            token: access.map_or("", |access| access.secret.expose_secret()),
            refresh_token,
            expires_at: access.map(|access| access.life.expires_at()),
            scoped: &session.scoped,
        })
    }
}

impl Provider for HostLogin {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn credential(&self) -> &SecretString {
        &self.options.credential
    }

    /// Callbacks stay with their thread, and so does what they bring, but for the store.
    /// Two functions that log in may log in to two services, whatever the account is called.
    fn reading(&self) -> String {
        format!("{} {}", self.options.home, self.options.callbacks)
    }

    /// As with any login that nobody describes: to take a refresh token for spent that is not costs a login at the worst.
    fn rotates(&self) -> bool {
        self.options.refreshes
    }

    /// What the login brings may have been made long before: a vault hands out what lies in it.
    fn mints(&self) -> bool {
        false
    }

    fn account(&self) -> &str {
        &self.identity.account
    }

    fn host(&self) -> &str {
        if self.identity.issuer.is_empty() { NAMELESS } else { host_of(&self.identity.issuer) }
    }

    fn failure_prefix(&self) -> &'static str {
        "TOKEN_LOGIN_FAILED"
    }

    fn default_lifetime(&self) -> Duration {
        DEFAULT_LIFETIME
    }

    fn login(&self) -> Option<Request> {
        Some(self.errand(Step::Login, None))
    }

    /// Never due: a second factor is the user's own to deal with.
    fn second_factor(&self, _: &SecretString, _: &SecretString) -> Request {
        self.errand(Step::Login, None)
    }

    fn refresh(&self, _: Currency<'_>) -> Option<Request> {
        self.options.refreshes.then(|| self.errand(Step::Refresh, None))
    }

    fn revoke(&self, _: Currency<'_>) -> Option<Request> {
        self.options.revokes.then(|| self.errand(Step::Revoke, None))
    }

    /// The callbacks get the whole session, and not only the token that pays.
    fn about(&self, step: Step, _: Request, session: Option<&Session>) -> Request {
        self.errand(step, session)
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        match (answer.response.status, answer.step) {
            (200, Step::Revoke) => Ok(Reply::Done),
            (200, _) => answer::granted(self, answer),
            _ => Err(thrown::failure(self, answer)),
        }
    }
}

impl fmt::Debug for HostLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLogin").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for HostLoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLoginOptions")
            .field("account", &self.account)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
