//! `serveStale`: when a renewal fails, the last token is served while it has not expired.

use secrecy::ExposeSecret;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Stage, secs};

/// A stage whose token has 50 seconds left, and whose server is down from now on.
fn down_in_the_margin(serve_stale: bool) -> (Stage, Pair) {
    let stage = Stage::with_policy(Policy { serve_stale, ..Policy::default() });
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(550));
    goes_down(&stage);
    (stage, pair)
}

fn goes_down(stage: &Stage) {
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
}

fn said_that_it_serves_a_stale_token(stage: &Stage) -> Vec<String> {
    stage.log.warnings().into_iter().filter(|line| line.contains("Serving the current token")).collect()
}

#[test]
fn in_the_margin_a_failed_renewal_leaves_the_caller_with_the_token_that_is_still_good() {
    let (stage, pair) = down_in_the_margin(true);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn that_is_a_sentence_of_its_own_whatever_the_failure_ends_in() {
    let endings = [(500, ""), (503, "too many. "), (302, ""), (401, "no")];
    for (status, body) in endings {
        let stage = Stage::with_policy(Policy { serve_stale: true, ..Policy::default() });
        stage.server.will_log_in(600);
        stage.token();
        stage.advance(secs(550));
        stage.server.will_answer(REFRESH, Answer::server_error());
        stage.server.will_answer(LOGIN, Answer::text(status, body));
        stage.token();
        let said = said_that_it_serves_a_stale_token(&stage).concat();
        let (failure, _) = said.split_once(" Serving the current token").expect("a sentence");
        assert!(failure.ends_with(['.', '?']) && !failure.ends_with("..") && !failure.ends_with("?."), "{said}");
    }
}

#[test]
fn one_warning_says_so_however_many_callers_there_are() {
    let (stage, pair) = down_in_the_margin(true);
    let gate = stage.server.will_hold(REFRESH, Answer::connection_refused());
    stage.token();
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    let before = said_that_it_serves_a_stale_token(&stage).len();
    let calls: Vec<_> = (0..20).map(|_| stage.ask(Demand::Fresh)).collect();
    stage.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap(), pair.access);
    }
    let said = said_that_it_serves_a_stale_token(&stage);
    assert_eq!(said.len(), before + 1, "{said:#?}");
    assert!(said[0].contains("50 seconds"), "{said:#?}");
}

#[test]
fn a_failure_in_the_margin_is_told_by_one_warning_where_no_refresh_was_tried() {
    let (stage, pair) = down_in_the_margin(true);
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.token();
    stage.token();
    let before = stage.log.warnings().len();
    // The refresh token is known to be dead by now.
    stage.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.log.warnings().len(), before + 1);
}

#[test]
fn whoever_demands_a_new_token_gets_the_failure() {
    let (stage, _) = down_in_the_margin(true);
    let failure = stage.get(Demand::Renewed).unwrap_err();
    assert_eq!(failure.code, Code::ServerError);
}

#[test]
fn of_two_callers_of_one_failed_flight_each_gets_what_it_asked_for() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(550));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let forced = stage.ask(Demand::Renewed);
    let content = stage.ask(Demand::Fresh);
    stage.open(&gate);
    assert_eq!(forced.answer().unwrap_err().code, Code::ServerError);
    assert_eq!(content.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn it_can_be_switched_off() {
    let (stage, _) = down_in_the_margin(false);
    assert_eq!(stage.failure().code, Code::ServerError);
    assert!(said_that_it_serves_a_stale_token(&stage).is_empty());
}

#[test]
fn a_token_that_expired_while_the_renewal_ran_is_not_served() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(595));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap_err().code, Code::ServerError);
}

#[test]
fn an_expired_token_is_never_served() {
    let (stage, _) = down_in_the_margin(true);
    stage.advance(secs(50));
    assert_eq!(stage.failure().code, Code::ServerError);
}

#[test]
fn an_invalidated_token_is_never_served() {
    let (stage, _) = down_in_the_margin(true);
    stage.manager.invalidate(None);
    assert_eq!(stage.failure().code, Code::ServerError);
}

#[test]
fn a_failed_renewal_leaves_the_session_as_it_is() {
    let (stage, pair) = down_in_the_margin(true);
    let before = stage.manager.look().generation;
    stage.token();
    let look = stage.manager.look();
    assert_eq!(look.generation, before);
    assert_eq!(look.token.unwrap().expose_secret(), pair.access);
}
