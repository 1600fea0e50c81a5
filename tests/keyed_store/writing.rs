//! What becomes of the session before: as with files.

use secrecy::SecretString;
use tokenkeep::store::Previous;

use super::board::{BACKUP, Desk, access, record};

#[test]
fn what_is_replaced_becomes_the_backup() {
    let desk = Desk::with_session();
    assert!(desk.backup().is_none());
    desk.put(2, "two", Some(1));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
    desk.put(3, "three", Some(2));
    assert_eq!(desk.backup().unwrap().generation, 2);
}

#[test]
fn what_has_no_access_token_is_no_backup() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Keep);
    desk.put(4, "four", Some(3));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
}

#[test]
fn keep_leaves_the_backup_as_it_is() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, Some("three")), Some(2), Previous::Keep);
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
    assert_eq!(access(&desk.loaded()).as_deref(), Some("three"));
}

#[test]
fn a_dead_token_goes_from_the_backup_and_another_stays() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Forget(Some(SecretString::from("another"))));
    assert_eq!(access(&desk.backup().unwrap()).as_deref(), Some("one"));
    desk.put_with(record(4, None), Some(3), Previous::Forget(Some(SecretString::from("one"))));
    assert!(desk.backup().is_none());
    assert!(!desk.text().contains("\"one\""));
}

#[test]
fn forgetting_whatever_there_is_removes_the_backup() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Forget(None));
    assert!(desk.backup().is_none());
}

#[test]
fn a_session_that_was_cleared_takes_its_backup_with_it() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    assert!(!desk.clear(1).unwrap(), "it is not the one that was meant");
    assert_eq!(desk.loaded().generation, 2);
    assert!(desk.clear(2).unwrap());
    assert!(desk.load().record.is_none() && desk.backup().is_none());
    desk.put(3, "three", None);
    assert!(desk.backup().is_none());
}

#[test]
fn who_loses_changes_nothing() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let before = desk.text();
    desk.save(record(9, None), Some(1), Previous::Forget(None)).unwrap();
    assert_eq!(desk.text(), before);
}

#[test]
fn a_session_that_would_not_be_read_again_is_not_saved() {
    let desk = Desk::with_session();
    let trouble = desk.save(record(2, Some(&"x".repeat(64 << 10))), Some(1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("64 KiB") && !trouble.contains("xxxx"), "{trouble}");
    assert_eq!(desk.loaded().generation, 1);
}

#[test]
fn a_large_session_with_a_large_backup_is_read_again() {
    let desk = Desk::new();
    let large = "x".repeat(60 << 10);
    desk.put(1, &large, None);
    desk.put(2, &large, Some(1));
    assert_eq!(desk.loaded().generation, 2);
    assert_eq!(desk.backup().unwrap().generation, 1);
}
