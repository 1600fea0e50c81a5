//! The seam to a service's login: what to send, and what an answer means. Providers do no I/O.

use std::fmt::Debug;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serializer;
use sha2::{Digest, Sha256};

use crate::error::{Code, Failure};
use crate::identity::{Identity, hex, normalised_url};
use crate::redaction::excerpt;
use crate::session::{Scoped, Session};
use crate::transport::{Lost, LostReason, Request, Response};

pub mod baserow;
mod folded;
pub mod host;
pub mod json_login;
pub mod oauth2;

pub use folded::FoldedProvider;

/// What an exchange with the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A full login.
    Login,
    /// The second factor of a login.
    SecondFactor,
    /// A refresh.
    Refresh,
    /// The revocation of a session.
    Revoke,
    /// The search for the endpoints, before any of these.
    Discovery,
}

impl Step {
    /// The step in words, as the subject of a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Login => "login",
            Step::SecondFactor => "two-factor verification",
            Step::Refresh => "refresh",
            Step::Revoke => "logout",
            Step::Discovery => "discovery",
        }
    }
}

/// What a refresh is paid with, and what a revocation ends.
#[derive(Debug, Clone, Copy)]
pub enum Currency<'a> {
    /// A refresh token.
    RefreshToken(&'a SecretString),
    /// The access token, for servers that never gave a refresh token.
    AccessToken(&'a SecretString),
}

/// How an account comes by tokens when it has none, or none that can be refreshed.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// By a login.
    Login,
    /// By a refresh with the token that somebody provisioned, if there is one. It may work only once, so it is sent only while
    /// nobody is known to have spent it.
    Seed(Option<&'a SecretString>),
}

/// Holds a refresh token that is being sent, until it is dropped.
pub type Claim = Box<dyn Send>;

/// Why a refresh token cannot be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclaimed {
    /// This process has exchanged it for another one.
    Spent,
    /// Another session of this process is sending it.
    Busy,
}

/// Tokens, as a server grants them.
#[derive(Clone)]
pub struct Grant {
    /// The access token.
    pub token: SecretString,
    /// The refresh token, where there is a new one.
    pub refresh_token: Option<SecretString>,
    /// The lifetime that the answer states.
    pub lifetime: Option<Duration>,
    /// Tokens for narrower audiences; those that the session has stay where nothing is said of them.
    pub scoped: Option<Scoped>,
}

impl Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant")
            .field("token", &"[redacted]")
            .field("refresh_token", &self.refresh_token.as_ref().map(|_| "[redacted]"))
            .field("lifetime", &self.lifetime)
            .field("scoped", &self.scoped.as_ref().map(|scoped| scoped.keys().collect::<Vec<_>>()))
            .finish()
    }
}

/// What a good answer says.
#[derive(Debug)]
pub enum Reply {
    /// Here are the tokens.
    Granted(Grant),
    /// The password was right; now the second factor. The ticket admits to that step only.
    SecondFactor(SecretString),
    /// Done; there is nothing to take home.
    Done,
}

/// An answer, with what is needed to judge it.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What was asked.
    pub step: Step,
    /// What came back.
    pub response: &'a Response,
    /// Our wall clock at receipt, in epoch milliseconds.
    pub received_at: i64,
    /// Everything that a message must not show.
    pub secrets: &'a [SecretString],
}

impl Answer<'_> {
    /// A short, clean piece of the body.
    pub fn excerpt(&self, text: &str) -> String {
        excerpt(text, self.secrets)
    }
}

/// A service that gives out tokens.
pub trait Provider: Send + Sync {
    /// Whose sessions they are: what they are stored under.
    fn identity(&self) -> &Identity;
    /// Everything secret that a login is made of. A session made with another one is not ours.
    fn credential(&self) -> &SecretString;
    /// What else decides which token comes of an answer: two that read answers in different ways share no session in memory.
    fn reading(&self) -> String {
        String::new()
    }
    /// Itself in few bytes, where it can be made anew of them without a difference.
    fn folded(&self) -> Option<FoldedProvider<'_>> {
        None
    }
    /// Do its refresh tokens work only once?
    fn rotates(&self) -> bool {
        false
    }
    /// Is the account of the identity a name that others know it by, too?
    fn is_named(&self) -> bool {
        true
    }
    /// Whose tokens they are, as a person would say it.
    fn account(&self) -> &str;
    /// The server, as a person would say it: `api.example.com`, with the port where it matters.
    fn host(&self) -> &str;
    /// The first words of every failure's message.
    fn failure_prefix(&self) -> &'static str;
    /// What the user calls the address that `step` goes to.
    fn address(&self, _step: Step) -> &'static str {
        "base URL"
    }
    /// Is a token made by the very reply that brings it? Otherwise only its `exp` says anything, and not its `iat`.
    fn mints(&self) -> bool {
        true
    }
    /// What its tokens live when nothing says how long.
    fn default_lifetime(&self) -> Duration;
    /// How it begins.
    fn start(&self) -> Start<'_> {
        Start::Login
    }
    /// Claims a refresh token before it is sent: while the claim is held, no other session of this process sends it.
    fn claim(&self, _token: &SecretString) -> Result<Claim, Unclaimed> {
        Ok(Box::new(()))
    }
    /// A provisioned token was exchanged for another one.
    fn note_spent(&self, _token: &SecretString) {}
    /// Is this token a provisioned one that this process has exchanged, by whichever manager?
    fn has_spent(&self, _token: &SecretString) -> bool {
        false
    }
    /// What finds the endpoints that `step` needs, until they are known. It is sent first, and what it brings is read by
    /// [`Provider::read`]; then the next one, if another is needed.
    fn discovery(&self, _step: Step) -> Option<Request> {
        None
    }
    /// A full login, where there is such a thing.
    fn login(&self) -> Option<Request>;
    /// The second factor of a login.
    fn second_factor(&self, ticket: &SecretString, code: &SecretString) -> Request;
    /// A refresh, where that currency is taken.
    fn refresh(&self, currency: Currency<'_>) -> Option<Request>;
    /// Is that currency taken? Asked before the endpoints are known.
    fn takes(&self, currency: Currency<'_>) -> bool {
        self.refresh(currency).is_some()
    }
    /// The end of the session with that token, where the server has such a thing.
    fn revoke(&self, currency: Currency<'_>) -> Option<Request>;
    /// The request of `step`, for a provider that needs to know more of the session than the token that pays.
    fn about(&self, _step: Step, request: Request, _session: Option<&Session>) -> Request {
        request
    }
    /// What an answer means.
    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure>;

    /// A failure of `step`, in this provider's words: what failed, for whom, where, and what to do next.
    fn failure(&self, code: Code, step: Step, what: &str, advice: &str) -> Failure {
        let (prefix, account, host) = (self.failure_prefix(), self.account(), self.host());
        let full_stop = if advice.is_empty() { "" } else { ". " };
        Failure::new(code, format!("{prefix}: {} {what} for {account} at {host}{full_stop}{advice}", step.as_str()))
    }

    /// There is nothing left to begin with: a provisioned token is missing, was refused, or is spent.
    fn unprovisioned(&self) -> Failure {
        self.failure(Code::InvalidCredentials, Step::Login, "is not possible", "Provide new tokens")
    }

    /// A success without a token in it.
    fn no_token(&self, answer: &Answer<'_>, why: &str, advice: &str) -> Failure {
        let (prefix, step, status) = (self.failure_prefix(), answer.step.as_str(), answer.response.status);
        let (account, host) = (self.account(), self.host());
        let message = format!(
            "{prefix}: response missing token field: {step} returned {status} for {account} at {host}, but {why}. {advice}"
        );
        Failure::new(Code::BadResponse, message)
    }

    /// No answer came to `step`.
    fn lost(&self, step: Step, lost: Lost) -> Failure {
        let address = self.address(step);
        let (code, advice) = match lost.reason {
            LostReason::Network => (Code::Network, format!("Is the server up, and the {address} right?")),
            LostReason::Timeout => (Code::Timeout, "Is the server overloaded? timeoutMs sets the limit".to_owned()),
            LostReason::TooLarge => (Code::BadResponse, format!("Is the {address} right?")),
            LostReason::Gone => (Code::Closed, String::new()),
        };
        let what = match lost.reason {
            LostReason::Network | LostReason::Gone => format!("got no answer ({})", lost.summary),
            LostReason::Timeout => format!("timed out ({})", lost.summary),
            LostReason::TooLarge => format!("got an answer that is no token ({})", lost.summary),
        };
        self.failure(code, step, &what, lost.hint.unwrap_or(&advice)).caused_by(lost.causes).thrown_as(lost.thrown)
    }
}

/// Host and port of `url`, without a user's name and password (RFC 3986 §3.2).
pub(crate) fn host_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// The URL as a part of an identity, with a hash in the place of its query: that changes the token, and keys travel there.
pub(crate) fn issuer_of(url: &str) -> String {
    let url = normalised_url(url);
    match url.split_once('?') {
        Some((before, query)) => format!("{before}?{}", hex(&Sha256::digest(query)[..8])),
        None => url,
    }
}

/// Tickets travel in the query of a redirect's target.
pub(crate) fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

/// A token is sent in a header: nothing but visible ASCII and spaces may be in it (RFC 9110 §5.5).
pub(crate) fn usable_token(text: &str) -> Option<SecretString> {
    let text = text.trim();
    let sendable = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    sendable.then(|| SecretString::from(text))
}

/// Written straight into its own text: no secret passes through a `Value`.
pub(crate) fn json_object(fields: &[(&str, &str)]) -> SecretString {
    let mut text = Vec::new();
    let written = serde_json::Serializer::new(&mut text).collect_map(fields.iter().copied());
    debug_assert!(written.is_ok(), "strings are always JSON");
    String::from_utf8(text).unwrap_or_default().into()
}
