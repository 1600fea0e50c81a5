//! `forceRefresh`: a renewal although the token is fresh, still one for all who ask at once.

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

#[test]
fn a_fresh_token_is_renewed_by_its_refresh_token() {
    let stage = Stage::new();
    let first = stage.server.will_log_in(600);
    stage.token();
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), second);
    assert_ne!(first.access, second);
    assert_eq!(stage.token(), second);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn the_first_call_of_all_may_be_forced() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn all_who_force_at_once_share_one_renewal() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    let second = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&second));
    let calls: Vec<_> = (0..10).map(|_| stage.ask(Demand::Renewed)).collect();
    stage.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap(), second);
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn one_after_the_other_is_one_renewal_each() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    for _ in 0..3 {
        let next = stage.server.will_refresh(600);
        assert_eq!(stage.get(Demand::Renewed).unwrap(), next);
    }
}

#[test]
fn it_joins_a_renewal_that_is_under_way_anyhow() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    let second = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&second));
    let plain = stage.ask(Demand::Fresh);
    let forced = stage.ask(Demand::Renewed);
    stage.open(&gate);
    assert_eq!(plain.answer().unwrap(), second);
    assert_eq!(forced.answer().unwrap(), second);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn when_it_fails_nothing_is_cleared() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(stage.get(Demand::Renewed).unwrap_err().code, Code::Network);
    assert_eq!(stage.token(), pair.access);
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), next);
}
