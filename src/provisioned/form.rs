//! The forms in which tokens are about, and what is in which field of which.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Provisioned;
use crate::json::{Scalar, Time};
use crate::provider::usable_token;

/// Every field of every form. Others are nobody's business.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    version: Scalar,
    sealed: Scalar,
    token: Scalar,
    access_token: Scalar,
    refresh_token: Scalar,
    expires_at: Scalar,
    saved_at: Scalar,
    account: Scalar,
    email: Scalar,
    issuer: Scalar,
}

/// What is wrong with which field, as the end of a sentence.
pub(super) struct Wrong(pub(super) String);

/// A form that is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Our own (`cache-file.md`, "Form").
    Own,
    /// That of the Kosmi relay's old cache file (use-case 2).
    Kosmi,
    /// That of OneMount's runners (use-case 3).
    OneMount,
}

impl Form {
    /// Tells the forms apart by the fields that only one of them has.
    pub(super) fn of(fields: &Fields) -> Result<Self, &'static str> {
        let is_there = |field: &Scalar| !matches!(field, Scalar::Absent);
        if is_there(&fields.version) || is_there(&fields.sealed) {
            return Ok(Form::Own);
        }
        if is_there(&fields.access_token) {
            return Ok(Form::OneMount);
        }
        if is_there(&fields.token) {
            return Ok(Form::Kosmi);
        }
        if is_there(&fields.refresh_token) {
            return Ok(Form::OneMount);
        }
        Err("there is neither token nor access_token nor refresh_token in it")
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Form::Own => "tokenkeep's own form",
            Form::Kosmi => "the form of the Kosmi relay",
            Form::OneMount => "the form of OneMount",
        }
    }

    pub(super) fn read(self, fields: Fields) -> Result<Provisioned, Wrong> {
        if self == Form::Own {
            of_our_version(&fields)?;
        }
        let (access, name) = match self {
            Form::Own | Form::Kosmi => (fields.token, "token"),
            Form::OneMount => (fields.access_token, "access_token"),
        };
        let account = match self {
            Form::Kosmi => words("email", &fields.email)?,
            Form::Own | Form::OneMount => words("account", &fields.account)?,
        };
        let access = token(name, access)?;
        let refresh = token("refresh_token", fields.refresh_token)?;
        if access.is_none() && refresh.is_none() {
            return Err(Wrong(format!("there is neither {name} nor refresh_token in it")));
        }
        let expires_at = time("expires_at", &fields.expires_at)?.filter(|_| access.is_some());
        let saved_at = time("saved_at", &fields.saved_at)?;
        let issuer = words("issuer", &fields.issuer)?;
        Ok(Provisioned { access, refresh, expires_at, saved_at, account, issuer }.expiring_by_itself())
    }
}

fn of_our_version(fields: &Fields) -> Result<(), Wrong> {
    if !matches!(fields.sealed, Scalar::Absent) {
        return Err(Wrong("it is sealed with an encryption key: export it where that key is".to_owned()));
    }
    match fields.version.number() {
        Some(1.0) => Ok(()),
        _ => Err(Wrong("version is not 1: another version of tokenkeep wrote it".to_owned())),
    }
}

fn token(name: &str, field: Scalar) -> Result<Option<SecretString>, Wrong> {
    match field {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => match usable_token(text.expose_secret()) {
            Some(token) => Ok(Some(token)),
            None => Err(Wrong(format!("{name} has characters that cannot be sent in a header"))),
        },
        Scalar::Number(_) | Scalar::Other => Err(Wrong(format!("{name} is no string"))),
    }
}

fn words(name: &str, field: &Scalar) -> Result<Option<String>, Wrong> {
    match field {
        Scalar::Absent => Ok(None),
        // It will be shown on terminals.
        Scalar::Text(text) if text.expose_secret().contains(char::is_control) => {
            Err(Wrong(format!("{name} has control characters")))
        }
        Scalar::Text(text) => Ok(Some(text.expose_secret().to_owned())),
        Scalar::Number(_) | Scalar::Other => Err(Wrong(format!("{name} is no string"))),
    }
}

/// Zero is how Go writes a number that was never set.
fn time(name: &str, field: &Scalar) -> Result<Option<i64>, Wrong> {
    match field.time() {
        Time::Unsaid | Time::At(0) => Ok(None),
        Time::At(millis) if millis > 0 => Ok(Some(millis)),
        Time::At(_) | Time::Unreadable => {
            Err(Wrong(format!("{name} is no time: neither RFC 3339 nor seconds or milliseconds since 1970")))
        }
    }
}
