//! What is promised of a text that anybody may have written: no panic, and what is understood can be written and read again.
//! Shared by the cargo-fuzz targets beside it and by `tests/fuzz.rs`, which runs them on stable Rust.

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::claims::Claims;
use tokenkeep::identity::Identity;
use tokenkeep::provisioned::Provisioned;
use tokenkeep::random::Rng;
use tokenkeep::store::record::{Record, Tokens};
use tokenkeep::store::sealed::{EncryptionKey, open, seal};

/// Whose record the corpus holds.
fn identity() -> Identity {
    Identity {
        provider: "baserow".to_owned(),
        issuer: "https://baserow.example.com/api".to_owned(),
        account: "alice@example.com".to_owned(),
        ..Identity::default()
    }
}

struct Zeros;

impl Rng for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn plain(secret: &Option<SecretString>) -> Option<&str> {
    secret.as_ref().map(ExposeSecret::expose_secret)
}

/// A record that is understood is the same after it was written and read again.
pub fn record(data: &[u8]) {
    let Ok(record) = Record::decode(&text(data), &identity()) else { return };
    let written = record.encode(&identity());
    let again = Record::decode(written.expose_secret(), &identity()).expect("what we write we can read");
    assert_eq!(again.generation, record.generation);
    assert_eq!(again.check, record.check);
    assert_eq!(again.failure, record.failure);
    let shape = |tokens: &Tokens| {
        (
            plain(&tokens.access).map(str::to_owned),
            plain(&tokens.refresh).map(str::to_owned),
            tokens.expires_at,
            tokens.saved_at,
        )
    };
    assert_eq!(again.tokens.as_ref().map(shape), record.tokens.as_ref().map(shape));
}

/// Nothing but what was sealed with the key opens, and it opens to what it was.
pub fn sealed(data: &[u8]) {
    let key = EncryptionKey::new([7; 32]);
    let account = identity().key();
    let _ = open(SecretString::from(text(data)), Some(&key), &account);
    let _ = open(SecretString::from(text(data)), None, &account);
    let secret = SecretString::from(text(data));
    let again = open(seal(&secret, &key, &account, &Zeros), Some(&key), &account).expect("what we seal we can open");
    assert_eq!(again.expose_secret(), secret.expose_secret());
}

/// Tokens that are understood survive an export and another import, and a refusal shows nothing of the text.
pub fn provisioned(data: &[u8]) {
    let text = text(data);
    match Provisioned::read(&text, "the fuzzer") {
        Ok(tokens) => assert!(tokens.access.is_some() || tokens.refresh.is_some(), "tokens without a token"),
        Err(refusal) => {
            let refusal = refusal.to_string();
            for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.contains("planted")) {
                assert!(!refusal.contains(word), "{refusal} shows {word}");
            }
        }
    }
}

/// Dates of a token are dates or nothing.
pub fn claims(data: &[u8]) {
    if let Some(claims) = Claims::read(&text(data)) {
        let _ = (claims.expires_at.unwrap_or(0)).saturating_sub(claims.issued_at.unwrap_or(0));
    }
}
