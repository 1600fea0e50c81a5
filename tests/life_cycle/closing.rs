//! `close`: no new flights; one under way is finished, waiters included; later calls are CLOSED.

use tokenkeep::error::Code;
use tokenkeep::manager::{Demand, State};

use crate::stage::answer::Answer;
use crate::stage::server::LOGIN;
use crate::stage::{EMAIL, HOST, Stage, secs};

#[test]
fn later_calls_are_closed_even_if_the_token_was_fresh() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.close().answer();
    for demand in [Demand::Fresh, Demand::Renewed] {
        let failure = stage.get(demand).unwrap_err();
        assert_eq!((failure.code, failure.status), (Code::Closed, 503));
        assert!(failure.message.contains(EMAIL) && failure.message.contains(HOST), "{failure}");
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_renewal_asked_for_later_is_closed_too() {
    let stage = Stage::new();
    stage.close().answer();
    let manager = stage.manager.clone();
    let outcome = stage.start(async move { manager.renew(Demand::Renewed).await }).answer();
    assert_eq!(outcome.result.unwrap_err().code, Code::Closed);
}

#[test]
fn a_logout_later_is_closed_too() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.close().answer();
    assert_eq!(stage.logout().answer().unwrap_err().code, Code::Closed);
}

#[test]
fn it_waits_for_the_flight_whose_waiters_get_their_token() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let call = stage.ask(Demand::Fresh);
    let closing = stage.close();
    assert!(closing.is_waiting());
    // From the moment of closing on, not from its end.
    assert_eq!(stage.failure().code, Code::Closed);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    closing.answer();
}

#[test]
fn it_waits_no_longer_than_the_flight_may_take() {
    let stage = Stage::new();
    stage.server.will_hold(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    let closing = stage.close();
    stage.advance(secs(10));
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
    closing.answer();
}

#[test]
fn nothing_is_kept() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.close().answer();
    assert!(stage.manager.look().token.is_none());
    assert_eq!(stage.manager.status().state, State::Empty);
}

#[test]
fn nothing_is_revoked() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.close().answer();
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_second_time_is_no_harm() {
    let stage = Stage::new();
    stage.close().answer();
    stage.close().answer();
}

#[test]
fn it_begins_at_the_call_whether_or_not_anybody_waits_for_its_end() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    drop(stage.manager.close());
    assert_eq!(stage.failure().code, Code::Closed);
}

#[test]
fn whoever_looks_for_a_token_that_has_expired_since_it_landed_is_not_told_of_a_renewal() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    let (_, outcome) = stage.manager.set_out(Demand::Fresh);
    // It lands, and nobody looks.
    stage.advance(secs(0));
    stage.advance(secs(601));
    stage.close().answer();
    let outcome = stage.start(outcome).answer();
    assert_eq!(outcome.result.unwrap_err().code, Code::Timeout);
    assert_eq!((outcome.belated, outcome.renewed, outcome.generation), (true, false, 0));
}
