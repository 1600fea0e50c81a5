//! Tokens that somebody else got for us: in a file, in an environment variable, in the forms that are about.

use std::fmt;

use secrecy::SecretString;

/// Tokens as they were provisioned. Times are epoch milliseconds.
#[derive(Clone, Default)]
pub struct Provisioned {
    /// The access token.
    pub access: Option<SecretString>,
    /// The refresh token.
    pub refresh: Option<SecretString>,
    /// When the access token expires, where that is said.
    pub expires_at: Option<i64>,
    /// When it was got, where that is said.
    pub saved_at: Option<i64>,
    /// Whose they are, where that is said.
    pub account: Option<String>,
    /// Which service they are for, where that is said.
    pub issuer: Option<String>,
}

impl fmt::Debug for Provisioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provisioned")
            .field("access", &self.access.as_ref().map(|_| "[redacted]"))
            .field("refresh", &self.refresh.as_ref().map(|_| "[redacted]"))
            .field("expires_at", &self.expires_at)
            .field("saved_at", &self.saved_at)
            .field("account", &self.account)
            .field("issuer", &self.issuer)
            .finish()
    }
}

/// Stand-in until the forms are read (branch `json`).
#[derive(Debug, thiserror::Error)]
#[error("these are no tokens")]
pub struct NotTokens;

impl Provisioned {
    /// Stand-in.
    pub fn read(_: &str) -> Result<Self, NotTokens> {
        Err(NotTokens)
    }

    /// Stand-in.
    pub fn export(_: &crate::store::record::Tokens, _: &crate::identity::Identity) -> SecretString {
        SecretString::from("")
    }
}
