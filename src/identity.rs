//! Whose session it is: everything that changes the token, and never less (`life-cycle.md`, "Who shares what").
//!
//! A key that lacks a field hands one account's token to another (microsoft-authentication-library-for-js#8680).

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::random::Rng;

/// An account at a service, without its credential.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The kind of provider: `baserow`, `jsonLogin`.
    pub provider: String,
    /// The issuer or the base URL, as [`normalised_url`] has it.
    pub issuer: String,
    /// The account, normalised as its service does it.
    pub account: String,
    /// The scope that was asked for.
    pub scope: Option<String>,
    /// Whom the tokens are for.
    pub audience: Option<String>,
    /// As whom we ask.
    pub client_id: Option<String>,
}

/// What a session is stored under: 32 hex digits that give nothing away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Identity {
    /// The first 128 bits of a SHA-256 over all parts, each with its length before it: no two identities read the same.
    pub fn key(&self) -> Key {
        let mut sum = Sha256::new();
        let optional = [&self.scope, &self.audience, &self.client_id];
        let parts = [&self.provider, &self.issuer, &self.account].map(Some).into_iter();
        for part in parts.chain(optional.map(Option::as_ref)) {
            match part {
                Some(text) => {
                    sum.update([1]);
                    sum.update((text.len() as u64).to_le_bytes());
                    sum.update(text);
                }
                None => sum.update([0]),
            }
        }
        Key(hex(&sum.finalize()[..16]))
    }
}

/// Scheme and host in lower case, without the default port and a trailing slash.
pub fn normalised_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.trim_end_matches('/').to_owned() };
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(default_port).unwrap_or(&host);
    format!("{scheme}://{host}{}", path.strip_suffix('/').unwrap_or(path))
}

/// Tells a changed credential from the one that a session was made with. Salted, and 16 bits of a hash only, so that a stolen
/// record does not help to guess the credential (`cache-file.md`, "Form").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    salt: String,
    check: String,
}

impl Check {
    /// A check of `credential` with a new salt.
    pub fn new(credential: &SecretString, rng: &dyn Rng) -> Self {
        let mut salt = [0; 8];
        rng.fill(&mut salt);
        let salt = hex(&salt);
        let check = digest(&salt, credential);
        Self { salt, check }
    }

    /// Was it made of `credential`?
    pub fn matches(&self, credential: &SecretString) -> bool {
        digest(&self.salt, credential) == self.check
    }
}

/// `salt:check`, both in hex.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.salt, self.check)
    }
}

impl std::str::FromStr for Check {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (salt, check) = text.split_once(':').ok_or(())?;
        let is_hex = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex(salt) || !is_hex(check) {
            return Err(());
        }
        Ok(Self { salt: salt.to_owned(), check: check.to_owned() })
    }
}

fn digest(salt: &str, credential: &SecretString) -> String {
    let sum = Sha256::new().chain_update(salt).chain_update([0]).chain_update(credential.expose_secret()).finalize();
    hex(&sum[..2])
}

/// Lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
