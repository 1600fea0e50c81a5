//! What lies on the shelf, and under which key.

use tokenkeep::identity::Identity;
use tokenkeep::store::keyed::shelf_key;
use tokenkeep::store::{Previous, Store};

use super::board::{Desk, access, identity, record, refresh};

#[test]
fn the_key_says_whose_it_is_to_nobody_and_is_the_same_everywhere() {
    // Written down: another version of tokenkeep, on another host, has to find it.
    assert_eq!(shelf_key(&identity()), "tokenkeep-baserow-d2961219a95748db81e909f5ee429baf");
    let strange = Identity { provider: "a kind: of/its own, and very long".to_owned(), ..identity() };
    let key = shelf_key(&strange);
    assert!(key.starts_with("tokenkeep-akindofitsown") && key.len() <= 64, "{key}");
    assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{key}");
}

#[test]
fn the_place_names_the_store_and_the_key() {
    let desk = Desk::new();
    assert_eq!(desk.store.location(&desk.identity), format!("the board, key {}", desk.key));
}

#[test]
fn the_text_is_one_json_object_with_the_session_before_it_inside() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let text: serde_json::Value = serde_json::from_str(&desk.text()).unwrap();
    assert_eq!(text["version"], 1);
    assert_eq!(text["account"], "alice@example.com");
    assert_eq!((&text["token"], &text["refresh_token"]), (&"two".into(), &"refresh-2".into()));
    assert_eq!((&text["generation"], &text["backup"]["generation"]), (&2.into(), &1.into()));
    assert_eq!((&text["backup"]["token"], &text["backup"]["refresh_token"]), (&"one".into(), &"refresh-1".into()));
    assert!(text["backup"].get("backup").is_none(), "one backup, not a history: {text}");
}

#[test]
fn a_shelf_may_write_the_same_object_in_its_own_way() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let object: serde_json::Value = serde_json::from_str(&desk.text()).unwrap();
    // As a database does with a column of JSON.
    desk.plant(2, &format!("\n{}\n", serde_json::to_string_pretty(&object).unwrap()));
    assert_eq!(access(&desk.loaded()).as_deref(), Some("two"));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
}

#[test]
fn a_backup_that_cannot_be_read_costs_nothing_but_itself() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    for nonsense in ["7", "null", "{}", "[1]", "{\"version\":9}"] {
        let mut object: serde_json::Value = serde_json::from_str(&desk.text()).unwrap();
        object["backup"] = serde_json::from_str(nonsense).unwrap();
        desk.plant(2, &object.to_string());
        assert_eq!(access(&desk.loaded()).as_deref(), Some("two"));
        assert!(desk.backup().is_none(), "{nonsense}");
    }
}

#[test]
fn a_record_that_cannot_be_read_leaves_its_backup_readable() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.plant(2, &desk.text().replacen("\"expires_at\":\"2026", "\"expires_at\":\"yesterday", 1));
    assert!(desk.trouble().contains("not a tokenkeep record"));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
    // And the next session keeps it.
    desk.put(3, "three", None);
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
}

#[test]
fn another_accounts_text_is_nobodys() {
    let desk = Desk::with_session();
    desk.plant(1, &desk.text().replace("alice@", "mallory@"));
    assert!(desk.trouble().contains("another account"));
    assert!(desk.backup().is_none());
}

#[test]
fn a_backup_of_a_rotating_provider_has_no_refresh_token_anywhere() {
    let desk = Desk::with_session();
    desk.put_with(record(2, Some("two")), Some(1), Previous::Backup { with_refresh_token: false });
    let backup = desk.backup().unwrap();
    assert_eq!((access(&backup).as_deref(), refresh(&backup)), (Some("one"), None));
    assert!(!desk.text().contains("refresh-1"));
}
