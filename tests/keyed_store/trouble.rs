//! A shelf that does not do what it should costs a warning, in words that a person can use and without a token.

use std::time::Duration;

use tokenkeep::store::Store;

use super::board::{BACKUP, Desk, Whim, record};
use crate::stage::secs;

const OPAQUE: &str = "s3cr3t";

#[test]
fn a_load_that_fails_is_told_of_with_its_place() {
    let desk = Desk::with_session();
    desk.will(Whim::Fails("load() failed (Error: connect ECONNREFUSED 127.0.0.1:5432)"));
    let trouble = desk.trouble();
    assert!(trouble.contains(&desk.key) && trouble.contains("ECONNREFUSED 127.0.0.1:5432"), "{trouble}");
    desk.will(Whim::Fails("load() failed"));
    assert!(desk.backup().is_none());
}

#[test]
fn a_save_that_fails_is_told_of_without_the_tokens_that_it_was_given() {
    let desk = Desk::new();
    desk.put(1, OPAQUE, None);
    desk.will(Whim::Fails(
        r#"load() failed: is "eyJhbGciOiJIUzI1NiJ9.e30.x" one? and 0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d?"#,
    ));
    let trouble = desk.trouble();
    assert!(!trouble.contains("eyJ") && !trouble.contains("0a1b2c"), "{trouble}");
    let _lease = desk.lock();
    desk.loaded();
    desk.will(Whim::Fails(
        r#"save() failed: value too long: {"token":"n3xt","refresh_token":"refresh-2","backup":{"token":"s3cr3t"}}"#,
    ));
    let trouble = desk.save(record(2, Some("n3xt")), Some(1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("value too long"), "{trouble}");
    for token in ["n3xt", "refresh-2", OPAQUE] {
        assert!(!trouble.contains(token), "{trouble}");
    }
}

#[test]
fn a_save_whose_outcome_cannot_be_looked_at_is_told_of() {
    let desk = Desk::with_session();
    let _lease = desk.lock();
    desk.loaded();
    desk.will(Whim::Refuses);
    desk.will(Whim::Fails("load() failed: gone"));
    assert!(desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap_err().0.contains("gone"));
}

#[test]
fn a_write_that_never_ends_is_given_up_so_that_the_lock_is_free_again() {
    let desk = Desk::with_session();
    let lease = desk.lock();
    desk.loaded();
    desk.will(Whim::NeverEnds);
    let call = desk.start(desk.store.save(&desk.identity, record(2, Some("two")), Some(1), BACKUP));
    desk.advance(Duration::from_millis(29_999));
    assert!(call.is_waiting());
    desk.advance(Duration::from_millis(1));
    let trouble = call.answer().unwrap_err().0;
    assert!(trouble.contains("save() has not ended within 30 s"), "{trouble}");
    drop(lease);
    desk.will(Whim::NeverEnds);
    let call = desk.start(desk.store.clear(&desk.identity, 1));
    desk.advance(secs(30));
    assert!(call.answer().unwrap_err().0.contains("clear()"));
}

#[test]
fn a_load_that_was_given_up_under_the_lock_is_not_waited_for_again() {
    let desk = Desk::with_session();
    let lease = desk.lock();
    desk.will(Whim::NeverEnds);
    desk.start(desk.store.load(&desk.identity)).leave();
    desk.forget();
    let trouble = desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("load() has not answered") && trouble.contains(&desk.key), "{trouble}");
    assert!(desk.backup().is_none());
    assert!(desk.asked().is_empty());
    // One that answers makes up for it, and so does the next lock.
    desk.loaded();
    desk.put(2, "two", Some(1));
    desk.will(Whim::NeverEnds);
    desk.start(desk.store.load(&desk.identity)).leave();
    drop(lease);
    let _lease = desk.lock();
    desk.put(3, "three", Some(2));
}

#[test]
fn no_debug_output_shows_a_text_or_a_key() {
    let desk = Desk::with_keys(vec![tokenkeep::store::sealed::EncryptionKey::new([42; 32])]);
    desk.put(1, OPAQUE, None);
    let _lease = desk.lock();
    desk.loaded();
    let shown = format!("{:?}", desk.store);
    assert!(shown.contains("the board") && !shown.contains(OPAQUE) && !shown.contains("42, 42"), "{shown}");
}
