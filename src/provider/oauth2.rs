//! OAuth 2.0 (RFC 6749) for programs: client credentials, or a refresh token that somebody provisioned.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use self::client::Client;
use self::discovery::Directory;
use super::{Answer, Claim, Currency, Provider, Reply, Start, Step, Unclaimed, host_of, issuer_of};
use crate::error::{Code, Failure};
use crate::identity::{Identity, hex, normalised_url};
use crate::transport::Request;

mod answer;
mod client;
mod discovery;
mod ledger;
mod options;
mod refusal;

pub use ledger::Ledger;
pub use options::{ClientAuth, GrantType, OAuth2Options};

/// What a token counts as good for when neither the answer, nor the token, nor `ttlSeconds` says: the hour that is usual,
/// less a margin.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(55 * 60);

/// One client at one authorization server.
pub struct OAuth2 {
    options: OAuth2Options,
    client: Client,
    directory: Option<Directory>,
    host: String,
    identity: Identity,
    credential: SecretString,
}

impl OAuth2 {
    /// The provider of these options.
    pub fn new(options: OAuth2Options) -> Self {
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let whom = options.issuer.as_deref().or(options.token_url.as_deref()).unwrap_or_default();
        let identity = Identity {
            provider: "oauth2".to_owned(),
            issuer: issuer_of(whom),
            account: given(&options.account).unwrap_or_else(|| options.client_id.clone()),
            scope: given(&options.scope),
            audience: given(&options.audience),
            client_id: Some(options.client_id.clone()),
        };
        Self {
            client: Client::new(&options),
            directory: options.issuer.as_deref().map(Directory::new),
            host: host_of(options.token_url.as_deref().unwrap_or(whom)).to_owned(),
            identity,
            credential: options.credential(),
            options,
        }
    }

    fn token_url(&self) -> Option<String> {
        self.options.token_url.clone().or_else(|| Some(self.directory.as_ref()?.endpoints()?.token))
    }

    fn revocation_url(&self) -> Option<String> {
        self.options.revocation_url.clone().or_else(|| self.directory.as_ref()?.endpoints()?.revocation)
    }

    /// A request for tokens, once it is known where they are had.
    fn ask(&self, with: &[(&str, &str)], secrets: &[&SecretString]) -> Option<Request> {
        let mut fields = vec![("grant_type", self.options.grant.as_str())];
        fields.extend_from_slice(with);
        fields.extend(self.identity.scope.as_deref().map(|scope| ("scope", scope)));
        fields.extend(self.identity.audience.as_deref().map(|audience| ("audience", audience)));
        Some(self.client.post(&self.token_url()?, fields, secrets))
    }
}

impl Provider for OAuth2 {
    fn is_named(&self) -> bool {
        self.options.account.as_deref().is_some_and(|account| !account.trim().is_empty())
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn credential(&self) -> &SecretString {
        &self.credential
    }

    /// Where the token comes from, by which grant, and how the client shows itself. Of the URLs a hash: keys travel in them.
    fn reading(&self) -> String {
        let OAuth2Options { grant, client_auth, token_url, revocation_url, .. } = &self.options;
        let urls = [token_url, revocation_url]
            .map(|url| url.as_deref().map(|url| hex(&Sha256::digest(normalised_url(url))[..16])));
        format!("{grant:?} {client_auth:?} {urls:?}")
    }

    /// Nobody says whether a server rotates, and to spend a token twice that it does rotate can cost every token that came of it
    /// (RFC 9700 §4.14.2).
    fn rotates(&self) -> bool {
        self.options.grant == GrantType::RefreshToken
    }

    fn account(&self) -> &str {
        &self.identity.account
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn failure_prefix(&self) -> &'static str {
        "TOKEN_LOGIN_FAILED"
    }

    fn address(&self, step: Step) -> &'static str {
        match step {
            Step::Discovery => "issuer",
            Step::Revoke if self.options.revocation_url.is_some() => "revocationUrl",
            _ if self.options.token_url.is_some() => "tokenUrl",
            _ => "issuer",
        }
    }

    fn default_lifetime(&self) -> Duration {
        DEFAULT_LIFETIME
    }

    fn start(&self) -> Start<'_> {
        match self.options.grant {
            GrantType::ClientCredentials => Start::Login,
            GrantType::RefreshToken => Start::Seed(self.options.refresh_token.as_ref()),
        }
    }

    fn claim(&self, token: &SecretString) -> Result<Claim, Unclaimed> {
        self.options.ledger.claim(&self.identity.issuer, token)
    }

    fn note_spent(&self, token: &SecretString) {
        self.options.ledger.note(&self.identity.issuer, token);
    }

    fn has_spent(&self, token: &SecretString) -> bool {
        self.options.ledger.has(&self.identity.issuer, token)
    }

    fn discovery(&self, step: Step) -> Option<Request> {
        let configured = if step == Step::Revoke { &self.options.revocation_url } else { &self.options.token_url };
        self.directory.as_ref().filter(|_| configured.is_none())?.request()
    }

    fn login(&self) -> Option<Request> {
        self.ask(&[], &[]).filter(|_| self.options.grant == GrantType::ClientCredentials)
    }

    /// Never due: no answer is read as a ticket to it.
    fn second_factor(&self, _: &SecretString, _: &SecretString) -> Request {
        self.client.post(&self.token_url().unwrap_or_default(), Vec::new(), &[])
    }

    fn takes(&self, currency: Currency<'_>) -> bool {
        self.options.grant == GrantType::RefreshToken && matches!(currency, Currency::RefreshToken(_))
    }

    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        match currency {
            Currency::RefreshToken(token) if self.takes(currency) => {
                self.ask(&[("refresh_token", token.expose_secret())], &[token])
            }
            Currency::RefreshToken(_) | Currency::AccessToken(_) => None,
        }
    }

    /// RFC 7009 §2.1. With the refresh token goes everything that came of it.
    fn revoke(&self, currency: Currency<'_>) -> Option<Request> {
        let (hint, token) = match currency {
            Currency::RefreshToken(token) => ("refresh_token", token),
            Currency::AccessToken(token) => ("access_token", token),
        };
        let fields = vec![("token", token.expose_secret()), ("token_type_hint", hint)];
        Some(self.client.post(&self.revocation_url()?, fields, &[token]))
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        match (answer.step, &self.directory) {
            (Step::Discovery, Some(directory)) => directory.read(self, answer),
            (Step::Revoke, _) => answer::revoked(self, answer),
            _ => answer::granted(self, answer),
        }
    }

    fn unprovisioned(&self) -> Failure {
        let what = match self.options.refresh_token {
            Some(_) => "is not possible, because the refresh token was refused or has been used up,",
            None => "is not possible, because there is no refresh token that is not refused or used up,",
        };
        self.failure(Code::InvalidCredentials, Step::Refresh, what, answer::PROVISION)
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuth2").field(&self.options).finish()
    }
}
