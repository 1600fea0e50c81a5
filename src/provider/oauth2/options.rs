//! Who asks whom for what, as the user chose it.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::Ledger;
use crate::provider::host_of;

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
    /// What this process has spent: one for all its managers, those to come included.
    pub ledger: Arc<Ledger>,
}

impl OAuth2Options {
    /// Each part with its length before it: no two clients read the same.
    pub(super) fn credential(&self) -> SecretString {
        let parts = [&self.client_secret, &self.refresh_token];
        let parts = parts.map(|part| match part {
            Some(part) => format!("{}:{}", part.expose_secret().len(), part.expose_secret()),
            None => "-".to_owned(),
        });
        parts.concat().into()
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
