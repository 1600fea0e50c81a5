//! "`invalid_grant` and its like: read the store once more, a sibling's newer session wins; else go on."

use secrecy::SecretString;
use tokenkeep::manager::Demand;
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::{Gate, LOGIN, Pair, REFRESH};
use crate::stage::{Setting, Stage, secs};

/// A rotating session in need of a refresh, which will be refused once the gate opens.
fn about_to_be_refused() -> (Stage, Pair, Gate) {
    let (stage, pair) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(540));
    let gate = stage.server.will_hold(REFRESH, Answer::refused_refresh_token());
    (stage, pair, gate)
}

#[test]
fn a_siblings_newer_session_wins() {
    let (stage, _, gate) = about_to_be_refused();
    let call = stage.ask(Demand::Fresh);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.manager.status().source, Some(Source::Store));
    assert_eq!(stage.disk.access().unwrap(), theirs.access);
}

#[test]
fn a_siblings_newer_refresh_token_is_tried_once() {
    let (stage, first, gate) = about_to_be_refused();
    let call = stage.ask(Demand::Fresh);
    let newer = stage.server.mint("refresh", 7 * 24 * 3600);
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().refresh = Some(SecretString::from(newer.as_str())));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    let pair = stage.server.will_log_in(600);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH, LOGIN]);
    let heard = stage.server.heard();
    assert_eq!(heard[1].body["refresh_token"], first.refresh);
    assert_eq!(heard[2].body["refresh_token"], newer);
}

#[test]
fn a_siblings_newer_refresh_token_that_works_makes_a_login_needless() {
    let (stage, _, gate) = about_to_be_refused();
    let call = stage.ask(Demand::Fresh);
    let newer = stage.server.mint("refresh", 7 * 24 * 3600);
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().refresh = Some(SecretString::from(newer.as_str())));
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.disk.refresh().unwrap(), next.refresh);
}

#[test]
fn without_anything_newer_it_is_a_login() {
    let (stage, _, gate) = about_to_be_refused();
    let call = stage.ask(Demand::Fresh);
    let pair = stage.server.will_log_in(600);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn a_failure_that_is_no_refusal_does_not_read_the_store_again() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    stage.disk.forget_log();
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(stage.disk.log(), ["load", "lock", "load", "save", "unlock"]);
}

#[test]
fn the_spent_token_is_not_written_back() {
    let (stage, pair, gate) = about_to_be_refused();
    gate.open();
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(stage.token(), pair.access, "it has a minute to live");
    assert!(stage.disk.record().unwrap().failure.is_some());
    assert_eq!(stage.disk.refresh(), None);
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.token();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN], "and not tried again");
}

#[test]
fn the_spent_token_is_not_tried_again_although_a_failing_store_still_has_it() {
    let (stage, _, gate) = about_to_be_refused();
    gate.open();
    stage.disk.cannot_be_written(true);
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.token();
    stage.disk.cannot_be_written(false);
    stage.disk.overtake(|_| {});
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN]);
}

#[test]
fn a_failure_of_ours_leaves_a_siblings_session_as_it_is() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let gate = stage.server.will_hold(LOGIN, Answer::connection_refused());
    let call = stage.ask(Demand::LoggedIn);
    let theirs = stage.server.mint_pair(600);
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.access = Some(SecretString::from(theirs.access.as_str()));
        tokens.refresh = Some(SecretString::from(theirs.refresh.as_str()));
    });
    stage.open(&gate);
    call.answer().unwrap_err();
    assert_eq!(stage.disk.access().unwrap(), theirs.access);
    assert_eq!(stage.disk.refresh().unwrap(), theirs.refresh);
}
