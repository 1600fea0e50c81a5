//! How many renew at once, and in which order the others follow.

use super::crowd::{Asking, Crowd};
use crate::stage::answer::Answer;
use crate::stage::secs;
use crate::stage::server::LOGIN;
use tokenkeep::error::Code;
use tokenkeep::manager::Manager;
use tokenkeep::policy::Policy;

fn asked(crowd: &Crowd) -> usize {
    crowd.server.asked().len()
}

fn queue(crowd: &Crowd, count: usize) -> Vec<(Manager, Asking)> {
    (0..count).map(|name| crowd.ask_for(&name.to_string())).collect()
}

fn waiting(crowd: &[(Manager, Asking)]) -> Vec<bool> {
    crowd.iter().map(|(_, call)| call.is_waiting()).collect()
}

#[test]
fn so_many_renew_at_once_and_the_others_follow_in_the_order_in_which_they_came() {
    let crowd = Crowd::new(100, 2);
    let gates: Vec<_> = (0..5).map(|_| crowd.will_hold_a_login().1).collect();
    let all = queue(&crowd, 5);
    assert_eq!(asked(&crowd), 2);
    crowd.open(&gates[1]);
    assert_eq!((asked(&crowd), waiting(&all)), (3, vec![true, false, true, true, true]));
    crowd.open(&gates[0]);
    assert_eq!((asked(&crowd), waiting(&all)), (4, vec![false, false, true, true, true]));
    crowd.open(&gates[2]);
    crowd.open(&gates[3]);
    crowd.open(&gates[4]);
    assert_eq!((asked(&crowd), waiting(&all)), (5, vec![false; 5]));
    let users: Vec<_> = crowd.server.heard().iter().map(|heard| heard.body["email"].clone()).collect();
    assert_eq!(users, (0..5).map(|name| format!("{name}@example.com")).collect::<Vec<_>>());
}

#[test]
fn to_wait_for_a_turn_is_no_part_of_the_deadline() {
    let mut crowd = Crowd::new(100, 1);
    crowd.policy = Policy { attempt: secs(3600), deadline: secs(30), ..Policy::default() };
    let long = Policy { deadline: secs(3600), ..crowd.policy.clone() };
    let (_, first) = crowd.will_hold_a_login();
    let (_, second) = crowd.will_hold_a_login();
    drop(crowd.enrol_as("patient"));
    let patient = crowd.manager_with("patient", long);
    let before = crowd.ask(&patient);
    let (_manager, call) = crowd.ask_for("waiting");
    crowd.advance(secs(600));
    assert!(call.is_waiting(), "its own time has not begun");
    crowd.open(&first);
    before.answer().unwrap();
    crowd.advance(secs(29));
    assert!(call.is_waiting());
    crowd.advance(secs(1));
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
    drop(second);
}

#[test]
fn a_turn_is_given_back_after_a_failure() {
    let crowd = Crowd::new(100, 1);
    crowd.server.will_answer(LOGIN, Answer::wrong_password());
    let (_one, failed) = crowd.ask_for("one");
    assert_eq!(failed.answer().unwrap_err().code, Code::InvalidCredentials);
    let pair = crowd.server.will_log_in(600);
    let (_other, call) = crowd.ask_for("other");
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn a_turn_is_given_back_by_whoever_ran_out_of_time() {
    let crowd = Crowd::new(100, 1);
    let (_, _hanging) = crowd.will_hold_a_login();
    let (_one, late) = crowd.ask_for("one");
    let pair = crowd.server.will_log_in(600);
    let (_other, call) = crowd.ask_for("other");
    assert!(call.is_waiting());
    crowd.advance(secs(10));
    assert_eq!(late.answer().unwrap_err().code, Code::Timeout);
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn a_turn_is_given_back_by_a_flight_that_was_lost_in_the_middle_of_it() {
    let crowd = Crowd::new(100, 1);
    let (_, _hanging) = crowd.will_hold_a_login();
    let (_one, lost) = crowd.ask_for("one");
    crowd.flights.lose_the_last();
    let pair = crowd.server.will_log_in(600);
    let (_other, call) = crowd.ask_for("other");
    assert!(lost.answer().is_err());
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn a_flight_that_is_lost_while_it_waits_leaves_the_queue_to_those_behind_it() {
    let crowd = Crowd::new(100, 1);
    let (_, gate) = crowd.will_hold_a_login();
    let (_one, first) = crowd.ask_for("one");
    let (_other, lost) = crowd.ask_for("other");
    crowd.flights.lose_the_last();
    let pair = crowd.server.will_log_in(600);
    let (_third, third) = crowd.ask_for("third");
    crowd.open(&gate);
    assert!(first.answer().is_ok() && lost.answer().is_err());
    assert_eq!(third.answer().unwrap(), pair.access);
    assert_eq!(asked(&crowd), 2);
}

#[test]
fn callers_of_one_account_take_one_turn() {
    let crowd = Crowd::new(100, 2);
    let (_, gate) = crowd.will_hold_a_login();
    let (_, other) = crowd.will_hold_a_login();
    let (manager, first) = crowd.ask_for("one");
    let more: Vec<_> = (0..50).map(|_| crowd.ask(&manager)).collect();
    let (_other, call) = crowd.ask_for("other");
    assert_eq!(asked(&crowd), 2, "the other one has a turn too");
    crowd.open(&gate);
    crowd.open(&other);
    assert!(first.answer().is_ok() && call.answer().is_ok());
    more.into_iter().for_each(|call| assert!(call.answer().is_ok()));
}

#[test]
fn a_token_that_is_there_takes_no_turn() {
    let crowd = Crowd::new(100, 1);
    let pair = crowd.server.will_log_in(600);
    let (manager, call) = crowd.ask_for("one");
    call.answer().unwrap();
    let (_, _hanging) = crowd.will_hold_a_login();
    let (_other, waiting) = crowd.ask_for("other");
    assert_eq!(crowd.ask(&manager).answer().unwrap(), pair.access);
    assert!(waiting.is_waiting());
}
