//! Records that only the holder of a key can read (`cache-file.md`, "Form").

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::record::{Unreadable, VERSION, Versioned, parse};
use crate::identity::Key;
use crate::random::Rng;

/// XChaCha's nonce is long enough to be drawn at random for every save.
const NONCE_LENGTH: usize = 24;

/// The 32 bytes that records are sealed with.
pub struct EncryptionKey(SecretBox<[u8; 32]>);

impl EncryptionKey {
    /// A key of these bytes.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self(SecretBox::new(Box::new(bytes)));
        bytes.zeroize();
        key
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey([redacted])")
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    version: u64,
    nonce: String,
    sealed: String,
}

/// Enough of a text to see what it is.
#[derive(Deserialize)]
struct Head {
    version: u64,
    sealed: Option<IgnoredAny>,
}

impl Versioned for Head {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for Envelope {
    fn version(&self) -> u64 {
        self.version
    }
}

/// Seals a record's text to the account whose file key is `account`: in another account's file it does not open.
pub fn seal(text: &SecretString, key: &EncryptionKey, account: &Key, rng: &dyn Rng) -> SecretString {
    let mut nonce = [0; NONCE_LENGTH];
    rng.fill(&mut nonce);
    let payload = Payload { msg: text.expose_secret().as_bytes(), aad: account.as_str().as_bytes() };
    let sealed = key.cipher().encrypt(&XNonce::from(nonce), payload);
    debug_assert!(sealed.is_ok(), "only a text of 256 GiB is too long");
    let sealed = STANDARD.encode(sealed.unwrap_or_default());
    let envelope = Envelope { version: VERSION, nonce: STANDARD.encode(nonce), sealed };
    let text = serde_json::to_string(&envelope);
    debug_assert!(text.is_ok(), "texts and numbers are always JSON");
    text.unwrap_or_default().into()
}

/// The record's text: out of its envelope with a `key`, as it is without one. A plain text where a key is set was not
/// written by its holder, so it counts as sealed with another.
pub fn open(text: SecretString, key: Option<&EncryptionKey>, account: &Key) -> Result<SecretString, Unreadable> {
    let is_sealed = parse::<Head>(text.expose_secret())?.sealed.is_some();
    match key {
        None if is_sealed => Err(Unreadable::WrongKey),
        None => Ok(text),
        Some(_) if !is_sealed => Err(Unreadable::WrongKey),
        Some(key) => unseal(&parse(text.expose_secret())?, key, account),
    }
}

fn unseal(envelope: &Envelope, key: &EncryptionKey, account: &Key) -> Result<SecretString, Unreadable> {
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| Unreadable::Corrupt);
    let nonce: [u8; NONCE_LENGTH] = bytes(&envelope.nonce)?.try_into().map_err(|_| Unreadable::Corrupt)?;
    let sealed = bytes(&envelope.sealed)?;
    let payload = Payload { msg: &sealed, aad: account.as_str().as_bytes() };
    let plain = key.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| Unreadable::WrongKey)?;
    secret_text(plain)
}

/// The text in `bytes`. What is none is wiped as well: it may be a token with one bad byte.
pub(super) fn secret_text(bytes: Vec<u8>) -> Result<SecretString, Unreadable> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(Unreadable::Corrupt)
        }
    }
}
