//! Baserow's logins, every version of them. Facts: `baserow-contract.md`, whose sections the comments cite.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Answer, Currency, FoldedProvider, Provider, Reply, Step, host_of, json_object};
use crate::error::Failure;
use crate::identity::{Identity, normalised_url};
use crate::letters::lower;
use crate::transport::{Body, Request};

mod answer;
mod folded;

pub(crate) use folded::Folded;

/// What a token without `exp` counts as good for (use-case 1). Servers up to 1.12 gave an hour.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(55 * 60);

/// One user of one Baserow.
#[derive(Debug)]
pub struct Baserow {
    base_url: String,
    host: String,
    email: String,
    password: SecretString,
    identity: Identity,
}

impl Baserow {
    /// `base_url` includes `/api`; one trailing slash is ignored.
    pub fn new(base_url: &str, email: impl Into<String>, password: SecretString) -> Self {
        let email = email.into();
        let account = lower(email.trim());
        Self::known_as(account, base_url, email, password)
    }

    /// `account` is the address as Baserow normalises it (NFKC, trimmed, lower case), by whoever has the Unicode tables.
    pub fn known_as(account: String, base_url: &str, email: String, password: SecretString) -> Self {
        Self::at(account, base_url.strip_suffix('/').unwrap_or(base_url), email, password)
    }

    /// `base_url` is taken as it is.
    fn at(account: String, base_url: &str, email: String, password: SecretString) -> Self {
        let base_url = base_url.to_owned();
        let host = host_of(&base_url).to_owned();
        let issuer = normalised_url(&base_url);
        let identity = Identity { provider: "baserow".to_owned(), issuer, account, ..Identity::default() };
        Self { base_url, host, email, password, identity }
    }

    /// Every path ends in a slash: without it Baserow answers 404 and never redirects (section 0, item 7).
    fn post(&self, path: &str, fields: &[(&str, &str)], secrets: Vec<SecretString>) -> Request {
        let url = format!("{}/{path}/", self.base_url);
        Request {
            url,
            authorization: None,
            headers: Vec::new(),
            body: Body::Json(json_object(fields)),
            secrets,
            gate: None,
        }
    }
}

impl Provider for Baserow {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn credential(&self) -> &SecretString {
        &self.password
    }

    fn folded(&self) -> Option<FoldedProvider<'_>> {
        Some(Folded::of(self).into())
    }

    fn account(&self) -> &str {
        &self.email
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn failure_prefix(&self) -> &'static str {
        "BRIDGE_BASEROW_AUTH_FAILED"
    }

    fn default_lifetime(&self) -> Duration {
        DEFAULT_LIFETIME
    }

    /// Both names with one value: up to 1.12 only `username` is known, since 1.13 it is deprecated (section 8).
    fn login(&self) -> Option<Request> {
        let password = self.password.expose_secret();
        let fields = [("email", self.email.as_str()), ("username", &self.email), ("password", password)];
        Some(self.post("user/token-auth", &fields, vec![self.password.clone()]))
    }

    /// The ticket goes as `Bearer`, not as `JWT` (section 7). Unlike a login this step does not normalise the address.
    fn second_factor(&self, ticket: &SecretString, code: &SecretString) -> Request {
        let fields = [("type", "totp"), ("email", self.identity.account.as_str()), ("code", code.expose_secret())];
        let secrets = vec![ticket.clone(), code.clone(), self.password.clone()];
        let request = self.post("two-factor-auth/verify", &fields, secrets);
        Request { authorization: Some(format!("Bearer {}", ticket.expose_secret()).into()), ..request }
    }

    /// Up to 1.12 the access token renews itself; since then only the refresh token does (sections 2 and 8).
    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        let (name, token) = match currency {
            Currency::RefreshToken(token) => ("refresh_token", token),
            Currency::AccessToken(token) => ("token", token),
        };
        let fields = [(name, token.expose_secret())];
        Some(self.post("user/token-refresh", &fields, vec![token.clone(), self.password.clone()]))
    }

    /// Access tokens cannot be revoked (section 3).
    fn revoke(&self, currency: Currency<'_>) -> Option<Request> {
        let Currency::RefreshToken(refresh_token) = currency else { return None };
        let fields = [("refresh_token", refresh_token.expose_secret())];
        Some(self.post("user/token-blacklist", &fields, vec![refresh_token.clone(), self.password.clone()]))
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        match (answer.response.status, answer.step) {
            (200..=299, Step::Revoke) => Ok(Reply::Done),
            (200..=299, _) => answer::success(self, answer),
            // Already revoked, dead anyway, or a server older than 1.21, which has nothing to revoke (sections 3 and 8).
            (401 | 404, Step::Revoke) => Ok(Reply::Done),
            (400, Step::Revoke) if answer::has_code(answer) => Ok(Reply::Done),
            (_, _) => Err(answer::failure(self, answer)),
        }
    }
}
