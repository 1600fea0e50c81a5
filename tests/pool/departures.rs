//! Who has to leave when there is no room, and who hears of it.

use std::sync::Arc;

use super::crowd::{Crowd, note};
use crate::stage::answer::Answer;
use crate::stage::server::LOGIN;
use tokenkeep::pool::{Enrolled, Pool};

#[test]
fn to_be_looked_up_by_a_timer_is_no_use_that_keeps_an_account_here() {
    let crowd = Crowd::new(10, 8);
    crowd.enrol(0..10);
    for _ in 0..3 {
        (0..5).for_each(|idle| assert_eq!(crowd.pool.note(&idle.to_string()), Some(note(&idle.to_string()))));
        (5..10).for_each(|used| drop(crowd.pool.get(&used.to_string())));
    }
    crowd.enrol(10..15);
    assert_eq!(crowd.known(5..10), 5, "those who are used");
}

#[test]
fn as_many_are_known_as_there_is_room_for_and_no_more() {
    let crowd = Crowd::new(100, 8);
    crowd.enrol(0..100);
    assert_eq!((crowd.pool.len(), crowd.pool.evicted().len()), (100, 0));
    crowd.enrol(100..350);
    assert_eq!((crowd.pool.len(), crowd.pool.evicted().len()), (100, 250));
    assert_eq!(crowd.known(0..350), 100);
}

#[test]
fn whoever_was_asked_for_stays_and_whoever_was_not_leaves_approximately() {
    let crowd = Crowd::new(100, 8);
    crowd.enrol(0..100);
    for _ in 0..3 {
        (0..50).for_each(|name| drop(crowd.pool.get(&name.to_string())));
    }
    crowd.enrol(100..150);
    assert!(crowd.known(0..50) >= 45, "{} of those in use are known", crowd.known(0..50));
    assert!(crowd.known(50..100) <= 25, "{} of those out of use are known", crowd.known(50..100));
}

#[test]
fn nobody_is_used_by_being_counted() {
    let crowd = Crowd::new(10, 8);
    crowd.enrol(0..10);
    let now = tokenkeep::clock::Clock::now(&*crowd.clock);
    assert_eq!(crowd.pool.census(&crowd.policy, now).empty, 10);
    crowd.enrol(10..20);
    assert_eq!(crowd.pool.len(), 10);
}

#[test]
fn nobody_leaves_who_is_in_flight_however_many_come() {
    let crowd = Crowd::new(4, 8);
    let (pair, gate) = crowd.will_hold_a_login();
    let (manager, call) = crowd.ask_for("flying");
    // Its callers hold nothing: it is the flight.
    drop(manager);
    crowd.enrol(0..200);
    assert!(crowd.pool.get("flying").is_some());
    crowd.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    let now = tokenkeep::clock::Clock::now(&*crowd.clock);
    assert_eq!(crowd.pool.census(&crowd.policy, now).valid, 1);
}

#[test]
fn nobody_leaves_whom_a_manager_is_at_and_everybody_may_once_it_has_gone() {
    let crowd = Crowd::new(4, 8);
    crowd.enrol(0..1);
    let manager = crowd.manager("0");
    crowd.enrol(1..200);
    assert!(crowd.pool.get("0").is_some());
    drop(manager.close());
    crowd.enrol(200..400);
    assert!(crowd.pool.get("0").is_none());
    assert_eq!(crowd.pool.len(), 4);
}

#[test]
fn where_everybody_is_held_there_are_more_than_there_is_room_for_until_somebody_lets_go() {
    let crowd = Crowd::new(2, 8);
    let managers: Vec<_> = (0..20)
        .map(|name| {
            crowd.enrol([name]);
            crowd.manager(&name.to_string())
        })
        .collect();
    assert!(!crowd.pool.shrink());
    assert_eq!((crowd.pool.len(), crowd.pool.evicted().len()), (20, 0));
    drop(managers);
    assert!(crowd.pool.shrink());
    assert_eq!((crowd.pool.len(), crowd.pool.evicted().len()), (2, 18));
}

#[test]
fn a_newcomer_is_known_even_if_everybody_else_is_held_and_it_was_there_before() {
    let crowd = Crowd::new(2, 8);
    // Enough of them that some are remembered as having left.
    crowd.enrol(0..40);
    let held: Vec<_> = (100..140)
        .map(|name| {
            crowd.enrol([name]);
            crowd.manager(&name.to_string())
        })
        .collect();
    for name in 0..40 {
        crowd.enrol([name]);
        assert!(crowd.pool.get(&name.to_string()).is_some(), "{name} has just come");
    }
    drop(held);
}

#[test]
fn whoever_leaves_is_named_once_and_those_who_watch_hear_of_it() {
    let crowd = Crowd::new(1, 8);
    crowd.server.will_log_in(600);
    let (manager, call) = crowd.ask_for("first");
    call.answer().unwrap();
    drop(manager);
    let shared = crowd.pool.get("first").unwrap().shared;
    let watch = crowd.watch(&shared);
    let generation = shared.look(&crowd.policy, tokenkeep::clock::Clock::now(&*crowd.clock), None).generation;
    drop(shared);
    drop(crowd.enrol_as("second"));
    assert_eq!(watch.generations(), [generation, 0]);
    assert_eq!(crowd.pool.evicted(), [note("first")]);
    assert!(crowd.pool.evicted().is_empty());
}

#[test]
fn somebody_with_other_credentials_takes_the_place_of_the_old_one_and_nobody_has_left() {
    let crowd = Crowd::new(2, 8);
    let old = crowd.enrol_as("one");
    let watch = crowd.watch(&old);
    drop(old);
    let new = tokenkeep::manager::Shared::of(super::crowd::of("another"));
    crowd.pool.enrol("one", &Enrolled { shared: Arc::clone(&new), note: 8 });
    assert!(crowd.pool.evicted().is_empty(), "one is still there");
    let known = crowd.pool.get("one").unwrap();
    assert!(Arc::ptr_eq(&known.shared, &new) && known.note == 8);
    assert_eq!((crowd.pool.len(), watch.generations()), (1, vec![0]));
}

#[test]
fn another_pool_or_another_name_of_the_same_session_keeps_nobody_here() {
    let crowd = Crowd::new(2, 8);
    let elsewhere = Pool::new(1000, 8);
    for name in 0..50 {
        let shared = crowd.enrol_as(&name.to_string());
        elsewhere.enrol(&name.to_string(), &Enrolled { shared: Arc::clone(&shared), note: 0 });
        crowd.pool.enrol(&format!("{name} too"), &Enrolled { shared, note: 0 });
    }
    assert_eq!((crowd.pool.len(), elsewhere.len()), (2, 50));
}

#[test]
fn a_failed_flight_holds_nobody() {
    let crowd = Crowd::new(1, 8);
    crowd.server.will_answer(LOGIN, Answer::wrong_password());
    let (manager, call) = crowd.ask_for("first");
    assert!(call.answer().is_err());
    drop(manager);
    drop(crowd.enrol_as("second"));
    assert_eq!(crowd.pool.evicted(), [note("first")]);
}

#[test]
fn whoever_forgets_everybody_names_nobody() {
    let crowd = Crowd::new(10, 8);
    crowd.enrol(0..10);
    crowd.pool.clear();
    assert!(crowd.pool.is_empty() && crowd.pool.evicted().is_empty());
    assert_eq!(crowd.known(0..10), 0);
}
