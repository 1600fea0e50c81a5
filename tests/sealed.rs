//! Sealed records (`cache-file.md`, "Form"): only the key opens them, and only in the file of the account they are of.

use std::sync::atomic::{AtomicU8, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokenkeep::identity::{Identity, Key};
use tokenkeep::random::Rng;
use tokenkeep::store::record::Unreadable;
use tokenkeep::store::sealed::{EncryptionKey, open, seal};

const PLAIN: &str = r#"{"version":1,"token":"s3cret"}"#;

/// Never the same bytes twice.
#[derive(Default)]
struct Counting(AtomicU8);

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn key() -> EncryptionKey {
    EncryptionKey::new([7; 32])
}

fn account(name: &str) -> Key {
    Identity { account: name.to_owned(), ..Identity::default() }.key()
}

fn sealed() -> String {
    let sealed = seal(&SecretString::from(PLAIN), &key(), &account("alice"), &Counting::default());
    sealed.expose_secret().to_owned()
}

fn opened(text: &str, key: Option<&EncryptionKey>, of: &str) -> Result<String, Unreadable> {
    open(SecretString::from(text), key, &account(of)).map(|text| text.expose_secret().to_owned())
}

/// The sealed record with one member changed.
fn with(member: &str, value: Value) -> String {
    let mut envelope: Value = serde_json::from_str(&sealed()).unwrap();
    envelope[member] = value;
    envelope.to_string()
}

#[test]
fn the_key_opens_what_it_sealed() {
    assert_eq!(opened(&sealed(), Some(&key()), "alice").unwrap(), PLAIN);
}

#[test]
fn a_sealed_record_is_a_json_object_that_shows_nothing() {
    let text = sealed();
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let mut members: Vec<_> = envelope.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["nonce", "sealed", "version"]);
    assert_eq!(envelope["version"], 1);
    assert_eq!(STANDARD.decode(envelope["nonce"].as_str().unwrap()).unwrap().len(), 24);
    let hidden = STANDARD.decode(envelope["sealed"].as_str().unwrap()).unwrap();
    assert!(!hidden.windows(6).any(|bytes| bytes == b"s3cret"));
}

#[test]
fn no_two_saves_share_a_nonce() {
    let (rng, text) = (Counting::default(), SecretString::from(PLAIN));
    let seal = || seal(&text, &key(), &account("alice"), &rng).expose_secret().to_owned();
    assert_ne!(seal(), seal());
}

#[test]
fn another_key_does_not_open_it() {
    assert_eq!(opened(&sealed(), Some(&EncryptionKey::new([8; 32])), "alice").unwrap_err(), Unreadable::WrongKey);
}

#[test]
fn it_does_not_open_in_the_file_of_another_account() {
    assert_eq!(opened(&sealed(), Some(&key()), "bob").unwrap_err(), Unreadable::WrongKey);
}

#[test]
fn without_a_key_a_sealed_record_is_not_damage_but_somebody_elses() {
    assert_eq!(opened(&sealed(), None, "alice").unwrap_err(), Unreadable::WrongKey);
}

#[test]
fn with_a_key_a_plain_record_is_not_believed() {
    assert_eq!(opened(PLAIN, Some(&key()), "alice").unwrap_err(), Unreadable::WrongKey);
}

#[test]
fn without_a_key_a_plain_record_is_itself() {
    assert_eq!(opened(PLAIN, None, "alice").unwrap(), PLAIN);
}

#[test]
fn every_changed_byte_is_noticed() {
    for member in ["nonce", "sealed"] {
        let envelope: Value = serde_json::from_str(&sealed()).unwrap();
        let bytes = STANDARD.decode(envelope[member].as_str().unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let text = with(member, json!(STANDARD.encode(changed)));
            assert_eq!(
                opened(&text, Some(&key()), "alice").unwrap_err(),
                Unreadable::WrongKey,
                "byte {at} of {member}"
            );
        }
    }
}

#[test]
fn an_envelope_that_is_none_is_damage() {
    for (member, value) in [
        ("nonce", json!("AAAA")),
        ("nonce", json!("!")),
        ("nonce", json!(1)),
        ("sealed", json!("!")),
        ("sealed", json!({})),
    ] {
        assert_eq!(opened(&with(member, value), Some(&key()), "alice").unwrap_err(), Unreadable::Corrupt, "{member}");
    }
    assert_eq!(opened(&with("sealed", json!("")), Some(&key()), "alice").unwrap_err(), Unreadable::WrongKey);
    assert_eq!(opened(&with("version", json!(2)), Some(&key()), "alice").unwrap_err(), Unreadable::UnknownVersion);
}

#[test]
fn a_list_is_no_envelope() {
    for key in [None, Some(&key())] {
        assert_eq!(opened("[1]", key, "alice").unwrap_err(), Unreadable::Corrupt);
    }
}

#[test]
fn no_part_of_it_opens() {
    let text = sealed();
    for end in 0..text.len() {
        for key in [None, Some(&key())] {
            assert_eq!(opened(&text[..end], key, "alice").unwrap_err(), Unreadable::Corrupt, "the first {end} bytes");
        }
    }
}

#[test]
fn the_key_is_not_printed() {
    let text = format!("{:?}{:#?}", key(), key());
    assert_eq!(text, "EncryptionKey([redacted])EncryptionKey([redacted])");
}
