//! Any JSON endpoint that answers a POST with a token.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use self::places::Places;
use super::{Answer, Currency, Provider, Reply, Step, host_of, issuer_of, json_object};
use crate::error::Failure;
use crate::identity::{Identity, hex, normalised_url};
use crate::json::Canonical;
use crate::transport::{Body, Request};

mod answer;
mod places;
mod secrets;

pub use places::is_pointer;
pub(crate) use secrets::of_url as secrets_of_url;

/// What a token counts as good for when neither the answer, nor the token, nor `ttlSeconds` says: the hour that is usual,
/// less a margin.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(55 * 60);

/// How to log in, and where the tokens are in the answer.
#[derive(Clone, Default)]
pub struct JsonLoginOptions {
    /// Absolute, http or https.
    pub url: String,
    /// The JSON text of an object, sent as it is.
    pub body: SecretString,
    /// Sent with a login and with a refresh.
    pub headers: Vec<(String, SecretString)>,
    /// Where the token is (RFC 6901, as all pointers here). Default: `/token` or `/access_token`, whichever is there.
    pub token_pointer: Option<String>,
    /// Where the refresh token is. Default: `/refresh_token`.
    pub refresh_token_pointer: Option<String>,
    /// Where it says how many seconds the token lives. Default: `/expires_in`.
    pub expires_in_pointer: Option<String>,
    /// Where it says when the token expires, in seconds since the epoch or as RFC 3339. Default: `/expires_at`.
    pub expires_at_pointer: Option<String>,
    /// Where a refresh token is taken. Without it there is no refresh.
    pub refresh_url: Option<String>,
    /// What the token is cached under, together with `url`. Default: a keyed hash of body and headers.
    pub account: Option<String>,
}

/// One set of credentials at one login endpoint.
pub struct JsonLogin {
    options: JsonLoginOptions,
    host: String,
    identity: Identity,
    credential: SecretString,
    secrets: Vec<SecretString>,
    places: Places,
}

impl JsonLogin {
    /// The provider of these options.
    pub fn new(options: JsonLoginOptions) -> Self {
        let body = Canonical::read(options.body.expose_secret());
        let canonical = body.as_ref().map_or_else(|| options.body.clone(), Canonical::text);
        let credential = credential(&canonical, &options.headers);
        let issuer = issuer_of(&options.url);
        let account = options.account.as_deref().map(str::trim).filter(|account| !account.is_empty());
        let account = account.map_or_else(|| fingerprint(&normalised_url(&options.url), &credential), str::to_owned);
        Self {
            host: host_of(&options.url).to_owned(),
            identity: Identity { provider: "jsonLogin".to_owned(), issuer, account, ..Identity::default() },
            credential,
            secrets: secrets::of(&options, body.as_ref()),
            places: Places::new(&options),
            options,
        }
    }

    fn post(&self, url: &str, body: SecretString, secrets: Vec<SecretString>) -> Request {
        Request {
            url: url.to_owned(),
            authorization: None,
            headers: self.options.headers.clone(),
            body: Body::Json(body),
            secrets,
            gate: None,
        }
    }
}

/// Each part with its length before it: no two logins read the same. Names of headers have no case (RFC 9110 §5.1), and
/// their order says nothing.
fn credential(body: &SecretString, headers: &[(String, SecretString)]) -> SecretString {
    let mut headers: Vec<(String, &str)> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.expose_secret().trim())).collect();
    headers.sort_unstable();
    let mut text = String::new();
    let parts = headers.iter().flat_map(|(name, value)| [name.as_str(), value]);
    for part in parts.chain([body.expose_secret()]) {
        text.push_str(&part.len().to_string());
        text.push(':');
        text.push_str(part);
    }
    text.into()
}

/// A name for an account that has none. The URL with its length before it is the key. An HMAC would add nothing: it keeps
/// others from lengthening the text under a secret key, and here the key is public and half of the hash is never shown.
fn fingerprint(issuer: &str, credential: &SecretString) -> String {
    let length = (issuer.len() as u64).to_le_bytes();
    let sum =
        Sha256::new().chain_update(length).chain_update(issuer).chain_update(credential.expose_secret()).finalize();
    format!("key-{}", hex(&sum[..8]))
}

impl Provider for JsonLogin {
    fn is_named(&self) -> bool {
        self.options.account.as_deref().is_some_and(|account| !account.trim().is_empty())
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn credential(&self) -> &SecretString {
        &self.credential
    }

    fn reading(&self) -> String {
        format!("{:?} {:?}", self.places, self.options.refresh_url)
    }

    /// Nobody says whether its refresh tokens work only once. To take one for spent that is not costs a login at the worst;
    /// to spend one twice can cost the whole session (RFC 9700 §4.14.2).
    fn rotates(&self) -> bool {
        self.options.refresh_url.is_some()
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
        if step == Step::Refresh { "refreshUrl" } else { "url" }
    }

    fn default_lifetime(&self) -> Duration {
        DEFAULT_LIFETIME
    }

    fn login(&self) -> Option<Request> {
        Some(self.post(&self.options.url, self.options.body.clone(), self.secrets.clone()))
    }

    /// Never due: no answer is read as a ticket to it.
    fn second_factor(&self, _: &SecretString, _: &SecretString) -> Request {
        self.post(&self.options.url, self.options.body.clone(), self.secrets.clone())
    }

    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        let (Currency::RefreshToken(token), Some(url)) = (currency, &self.options.refresh_url) else { return None };
        let mut secrets = self.secrets.clone();
        secrets.push(token.clone());
        Some(self.post(url, json_object(&[("refresh_token", token.expose_secret())]), secrets))
    }

    fn revoke(&self, _: Currency<'_>) -> Option<Request> {
        None
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        match answer.response.status {
            200..=299 => answer::success(self, answer),
            _ => Err(answer::failure(self, answer)),
        }
    }
}

/// Without the URLs: keys travel in queries.
impl fmt::Debug for JsonLoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLoginOptions")
            .field("host", &host_of(&self.url))
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for JsonLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLogin")
            .field("host", &self.host)
            .field("account", &self.identity.account)
            .finish_non_exhaustive()
    }
}
