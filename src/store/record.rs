//! What is kept of a session beyond the process: one JSON object (`cache-file.md`, "Form").

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::identity::{Check, Identity};
use crate::json::{exposed, shape};
use crate::session::Scoped;

mod time;

pub use time::{from_rfc3339, rfc3339};

/// The form that this version writes and reads.
pub(super) const VERSION: u64 = 1;

/// No clock gave a greater one, and there is always a next.
const LAST_GENERATION: u64 = u64::MAX / 2;

/// One account's record: a session, a failure that siblings share, or both.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Epoch milliseconds at first, then one more at each save: a record that was deleted and made anew is still newer.
    pub generation: u64,
    /// The tokens, where there are any.
    pub tokens: Option<Tokens>,
    /// What the credential of `tokens` was; `None` for imported ones, which the first to come adopts.
    pub check: Option<Check>,
    /// The last failure, while it is shared.
    pub failure: Option<SharedFailure>,
}

impl Record {
    /// Is `token` the access token of its session, or one of those that were handed out with it?
    pub fn holds(&self, token: &SecretString) -> bool {
        let Some(Tokens { access, scoped, .. }) = &self.tokens else { return false };
        access.iter().chain(scoped.values()).any(|stored| stored.expose_secret() == token.expose_secret())
    }
}

/// A session as it is stored. Times are epoch milliseconds.
#[derive(Clone)]
pub struct Tokens {
    /// The access token; `None` once it was invalidated.
    pub access: Option<SecretString>,
    /// The refresh token.
    pub refresh: Option<SecretString>,
    /// Tokens for narrower audiences.
    pub scoped: Scoped,
    /// When the access token expires.
    pub expires_at: i64,
    /// When the session was received.
    pub saved_at: i64,
}

/// A failure that siblings adopt while it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFailure {
    /// What kind it was.
    pub code: Code,
    /// The HTTP status that went with it.
    pub status: u16,
    /// When it was, in epoch milliseconds.
    pub at: i64,
    /// Until when nobody tries again, in epoch milliseconds.
    pub until: i64,
    /// The server named the time itself.
    pub told: bool,
    /// Whose failure it was: a wrong password is not the failure of the right one.
    pub check: Option<Check>,
}

impl SharedFailure {
    /// Was it refused, rather than not answered?
    pub fn is_rejection(&self) -> bool {
        matches!(self.code, Code::InvalidCredentials | Code::TwoFactorRequired)
    }
}

/// Why a text is not this account's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no record.
    #[error("it is not a tokenkeep record")]
    Corrupt,
    /// Another version of tokenkeep wrote it.
    #[error("it was written by another version of tokenkeep")]
    UnknownVersion,
    /// It is somebody else's.
    #[error("it is another account's")]
    OtherAccount,
    /// It is encrypted, with a key that we do not have.
    #[error("it is encrypted with another key, or not at all")]
    WrongKey,
}

/// The JSON object. No token passes through a plain `String`.
#[derive(Serialize, Deserialize)]
struct Form {
    version: u64,
    provider: String,
    issuer: String,
    account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed::text")]
    token: Option<SecretString>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed::text")]
    refresh_token: Option<SecretString>,
    #[serde(default, skip_serializing_if = "Scoped::is_empty", serialize_with = "exposed::table")]
    scoped: Scoped,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    saved_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<FailureForm>,
    generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential_check: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct FailureForm {
    code: String,
    status: u16,
    at: String,
    until: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    told: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential_check: Option<String>,
}

impl Record {
    /// The record as the text of a JSON object.
    pub fn encode(&self, identity: &Identity) -> SecretString {
        let tokens = self.tokens.as_ref();
        let saved_at = tokens.map(|tokens| tokens.saved_at).or(self.failure.as_ref().map(|failure| failure.at));
        let identity = identity.clone();
        let form = Form {
            version: VERSION,
            provider: identity.provider,
            issuer: identity.issuer,
            account: identity.account,
            scope: identity.scope,
            audience: identity.audience,
            client_id: identity.client_id,
            token: tokens.and_then(|tokens| tokens.access.clone()),
            refresh_token: tokens.and_then(|tokens| tokens.refresh.clone()),
            scoped: tokens.map(|tokens| tokens.scoped.clone()).unwrap_or_default(),
            expires_at: tokens.map(|tokens| rfc3339(tokens.expires_at)),
            saved_at: rfc3339(saved_at.unwrap_or_default()),
            failure: self.failure.as_ref().map(FailureForm::from),
            generation: self.generation,
            credential_check: self.check.as_ref().map(Check::to_string),
        };
        let text = serde_json::to_string(&form);
        debug_assert!(text.is_ok(), "texts and numbers are always JSON");
        text.unwrap_or_default().into()
    }

    /// The record in `text`, if it is one of `identity`.
    pub fn decode(text: &str, identity: &Identity) -> Result<Self, Unreadable> {
        let form: Form = parse(text)?;
        let written_for = Identity {
            provider: form.provider,
            issuer: form.issuer,
            account: form.account,
            scope: form.scope,
            audience: form.audience,
            client_id: form.client_id,
        };
        if written_for != *identity {
            return Err(Unreadable::OtherAccount);
        }
        // Nothing could ever be newer: whoever counts on from there ends at the limit of the number.
        if form.generation > LAST_GENERATION {
            return Err(Unreadable::Corrupt);
        }
        let time = |text: &str| from_rfc3339(text).ok_or(Unreadable::Corrupt);
        let some = |token: &SecretString| !token.expose_secret().is_empty();
        let (access, refresh) = (form.token.filter(some), form.refresh_token.filter(some));
        let tokens = match (access, refresh) {
            (None, None) => None,
            (access, refresh) => {
                let saved_at = time(&form.saved_at)?;
                let expires_at = match (&form.expires_at, &access) {
                    (Some(text), _) => time(text)?,
                    (None, None) => saved_at,
                    (None, Some(_)) => return Err(Unreadable::Corrupt),
                };
                Some(Tokens { access, refresh, scoped: form.scoped, expires_at, saved_at })
            }
        };
        // A failure that cannot be read is only forgotten: what it would have forbidden is tried.
        let failure = form.failure.and_then(FailureForm::read);
        Ok(Self { generation: form.generation, tokens, check: check(form.credential_check)?, failure })
    }
}

/// What says which version wrote it.
pub(super) trait Versioned: DeserializeOwned {
    fn version(&self) -> u64;
}

impl Versioned for Form {
    fn version(&self) -> u64 {
        self.version
    }
}

/// Reads a JSON object of our version. Of a list serde would take the fields in their order.
pub(super) fn parse<T: Versioned>(text: &str) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    if !text.trim_start().starts_with('{') {
        return Err(Unreadable::Corrupt);
    }
    // Once where it is ours: every start of a process reads. Another version may have other fields.
    let version = match shape::read::<T>(text) {
        Ok(object) if object.version() == VERSION => return Ok(object),
        Ok(object) => object.version(),
        Err(_) => shape::read::<Version>(text).map_err(|_| Unreadable::Corrupt)?.version,
    };
    Err(if version == VERSION { Unreadable::Corrupt } else { Unreadable::UnknownVersion })
}

fn check(text: Option<String>) -> Result<Option<Check>, Unreadable> {
    text.map(|text| text.parse().map_err(|()| Unreadable::Corrupt)).transpose()
}

impl From<&SharedFailure> for FailureForm {
    fn from(failure: &SharedFailure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            status: failure.status,
            at: rfc3339(failure.at),
            until: rfc3339(failure.until),
            told: failure.told,
            credential_check: failure.check.as_ref().map(Check::to_string),
        }
    }
}

impl FailureForm {
    fn read(self) -> Option<SharedFailure> {
        Some(SharedFailure {
            code: Code::of(&self.code)?,
            status: self.status,
            at: from_rfc3339(&self.at)?,
            until: from_rfc3339(&self.until)?,
            told: self.told,
            check: check(self.credential_check).ok()?,
        })
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("access", &self.access.as_ref().map(|_| "[redacted]"))
            .field("refresh", &self.refresh.as_ref().map(|_| "[redacted]"))
            .field("scoped", &self.scoped.keys())
            .field("expires_at", &self.expires_at)
            .field("saved_at", &self.saved_at)
            .finish()
    }
}
