//! OAuth 2.0 (RFC 6749) for programs: client credentials, or a refresh token that somebody provisioned.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use self::client::Client;
use self::discovery::Directory;
use super::{Answer, Currency, Provider, Reply, Start, Step, host_of, issuer_of};
use crate::error::{Code, Failure};
use crate::identity::Identity;
use crate::transport::Request;

mod answer;
mod client;
mod discovery;
mod refusal;

/// What a token counts as good for when neither the answer, nor the token, nor `ttlSeconds` says: the hour that is usual,
/// less a margin.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(55 * 60);

/// What is exchanged for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GrantType {
    /// The client's own credentials (section 4.4).
    #[default]
    ClientCredentials,
    /// A refresh token (section 6). There is no login: the first one comes from outside.
    RefreshToken,
}

impl GrantType {
    /// The value of `grant_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            GrantType::ClientCredentials => "client_credentials",
            GrantType::RefreshToken => "refresh_token",
        }
    }
}

/// How the client says who it is (section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// In the Authorization header.
    Basic,
    /// In the body. A client without a secret can only do this.
    #[default]
    Post,
}

/// Who asks whom for what.
#[derive(Clone, Default)]
pub struct OAuth2Options {
    /// The token endpoint. Without it the issuer's metadata names it.
    pub token_url: Option<String>,
    /// The issuer. One of the two is there.
    pub issuer: Option<String>,
    /// As whom we ask.
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// How the client authenticates.
    pub client_auth: ClientAuth,
    /// Where tokens are revoked (RFC 7009). Without it the issuer's metadata may name it.
    pub revocation_url: Option<String>,
    /// What is exchanged.
    pub grant: GrantType,
    /// The first refresh token.
    pub refresh_token: Option<SecretString>,
    /// What for, separated by spaces (section 3.3).
    pub scope: Option<String>,
    /// For whom, where the server wants to know.
    pub audience: Option<String>,
    /// What the token is cached under, together with the rest. Default: the client's id.
    pub account: Option<String>,
}

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
            credential: credential(&options),
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

/// Each part with its length before it: no two clients read the same.
fn credential(options: &OAuth2Options) -> SecretString {
    let parts = [&options.client_secret, &options.refresh_token];
    let parts = parts.map(|part| match part {
        Some(part) => format!("{}:{}", part.expose_secret().len(), part.expose_secret()),
        None => "-".to_owned(),
    });
    parts.concat().into()
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

/// Without the URLs: keys travel in queries.
impl fmt::Debug for OAuth2Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2Options")
            .field("host", &host_of(self.token_url.as_deref().or(self.issuer.as_deref()).unwrap_or_default()))
            .field("client_id", &self.client_id)
            .field("grant", &self.grant)
            .field("scope", &self.scope)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuth2").field(&self.options).finish()
    }
}
