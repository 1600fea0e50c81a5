//! Taking turns, if the shelf can.

use std::time::Duration;

use tokenkeep::store::{NoLock, Store};

use super::board::{Desk, Whim};
use crate::stage::secs;
use crate::stage::server::Gate;

#[test]
fn the_lease_is_the_shelfs_and_goes_with_ours() {
    let desk = Desk::new();
    let lease = desk.lock().unwrap();
    assert_eq!((desk.held(), desk.asked()), (1, vec!["lock 10".to_owned()]));
    drop(lease);
    assert_eq!(desk.held(), 0);
}

#[test]
fn a_lock_that_never_comes_is_waited_for_no_longer_than_that() {
    let desk = Desk::new();
    desk.will(Whim::NeverEnds);
    let call = desk.start(desk.store.lock(&desk.identity, secs(10)));
    desk.advance(Duration::from_millis(9_999));
    assert!(call.is_waiting());
    desk.advance(Duration::from_millis(1));
    assert!(matches!(call.answer(), Err(NoLock::Timeout)));
    assert_eq!(desk.held(), 0);
}

#[test]
fn a_broken_lock_is_told_of_with_its_place_and_without_what_could_be_a_token() {
    let desk = Desk::new();
    desk.will(Whim::Fails("lock() failed: no such table, Bearer 0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d"));
    let Err(NoLock::Unavailable(trouble)) = desk.lock() else { panic!("no trouble") };
    assert!(trouble.0.contains(&desk.key) && trouble.0.contains("no such table"), "{trouble}");
    assert!(!trouble.0.contains("0a1b2c3d"), "{trouble}");
}

#[test]
fn a_lock_that_gives_up_a_little_early_has_timed_out() {
    // Who took it for a broken one would spend a one-time refresh token beside somebody else.
    let desk = Desk::new();
    let gate = Gate::default();
    desk.will(Whim::FailsAfter(gate.clone(), "lock() failed: lock timeout"));
    let call = desk.start(desk.store.lock(&desk.identity, secs(10)));
    desk.advance(Duration::from_millis(9_500));
    gate.open();
    desk.advance(Duration::ZERO);
    assert!(matches!(call.answer(), Err(NoLock::Timeout)));
}
