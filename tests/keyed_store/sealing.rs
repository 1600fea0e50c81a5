//! Texts that only the holder of a key can read.

use tokenkeep::store::sealed::EncryptionKey;

use super::board::{Desk, access, record};

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::new([byte; 32])
}

#[test]
fn a_sealed_text_shows_its_generation_and_nothing_else() {
    let desk = Desk::with_keys(vec![key(1)]);
    desk.put(1, "one", None);
    desk.put(2, "two", Some(1));
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&desk.text()).unwrap();
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["generation", "nonce", "sealed", "version"]);
    assert_eq!(object["generation"], 2);
    assert_eq!(access(&desk.loaded()).as_deref(), Some("two"));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"), "the backup is sealed with it");
}

#[test]
fn the_first_key_seals_and_any_opens() {
    let old = Desk::with_keys(vec![key(1)]);
    old.put(1, "one", None);
    let between = Desk::at(old.sticks.clone(), vec![key(2), key(1)]);
    assert_eq!(access(&between.loaded()).as_deref(), Some("one"));
    between.put(2, "two", Some(1));
    let new = Desk::at(old.sticks.clone(), vec![key(2)]);
    assert_eq!(access(&new.loaded()).as_deref(), Some("two"));
    assert!(old.trouble().contains("another key"));
}

#[test]
fn a_text_that_cannot_be_opened_is_replaced_all_the_same() {
    let old = Desk::with_keys(vec![key(1)]);
    old.put(1, "one", None);
    for keys in [vec![key(3)], vec![]] {
        let generation = if keys.is_empty() { 3 } else { 2 };
        let new = Desk::at(old.sticks.clone(), keys);
        assert!(new.trouble().contains("another key"));
        new.put_with(record(generation, Some("new")), None, super::board::BACKUP);
        assert_eq!(access(&new.loaded()).as_deref(), Some("new"));
    }
}

#[test]
fn a_plain_text_is_nothing_to_the_holder_of_a_key() {
    let plain = Desk::with_session();
    let sealed = Desk::at(plain.sticks.clone(), vec![key(1)]);
    assert!(sealed.trouble().contains("not at all"));
}

#[test]
fn in_another_accounts_place_it_does_not_open() {
    let desk = Desk::with_keys(vec![key(1)]);
    desk.put(1, "one", None);
    let text = desk.text();
    let bob = tokenkeep::identity::Identity { account: "bob@example.com".to_owned(), ..desk.identity.clone() };
    let other = Desk { key: tokenkeep::store::keyed::shelf_key(&bob), identity: bob, ..desk };
    other.plant(1, &text);
    assert!(other.trouble().contains("another key"));
}
