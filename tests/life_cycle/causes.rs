//! Why a flight began, for those who watch: told once, to the manager that began it.

use tokenkeep::manager::{Cause, Demand, Outcome};
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::LOGIN;
use crate::stage::{Setting, Stage, secs};

fn renew(stage: &Stage, demand: Demand) -> Outcome {
    stage.start(stage.manager.renew(demand)).answer()
}

fn cause(stage: &Stage, demand: Demand) -> Option<Cause> {
    stage.server.will_log_in(600);
    renew(stage, demand).cause
}

#[test]
fn without_a_session_it_is_the_first() {
    assert_eq!(cause(&Stage::new(), Demand::Fresh), Some(Cause::First));
}

#[test]
fn inside_the_margin_it_is_the_margin_and_past_the_end_the_expiry() {
    for (age, expected) in [(540, Cause::Margin), (601, Cause::Expired)] {
        let (stage, _) = Stage::logged_in(Setting::default());
        stage.advance(secs(age));
        stage.server.will_refresh(600);
        assert_eq!(cause(&stage, Demand::Fresh), Some(expected));
    }
}

#[test]
fn after_a_token_was_dropped_it_is_the_invalidation() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.manager.invalidate(None);
    stage.server.will_refresh(600);
    assert_eq!(cause(&stage, Demand::Fresh), Some(Cause::Invalidated));
}

#[test]
fn what_a_caller_insists_on_is_that_whatever_there_is() {
    for (demand, expected) in [(Demand::Renewed, Cause::Forced), (Demand::LoggedIn, Cause::Login)] {
        let (stage, _) = Stage::logged_in(Setting::default());
        stage.server.will_refresh(600);
        assert_eq!(cause(&stage, demand), Some(expected));
    }
}

#[test]
fn a_failure_has_one_too_and_what_is_only_remembered_has_none() {
    let stage = Stage::with_policy(crate::stage::patient());
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    assert_eq!(renew(&stage, Demand::Fresh).cause, Some(Cause::First));
    assert_eq!(renew(&stage, Demand::Fresh).cause, None);
}

#[test]
fn a_fresh_token_is_no_flight() {
    let (stage, _) = Stage::logged_in(Setting::default());
    assert_eq!(renew(&stage, Demand::Fresh).cause, None);
}

#[test]
fn of_two_managers_of_one_session_only_the_one_that_began_it_is_told() {
    let stage = Stage::new();
    let thread = stage.thread(Setting::default());
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let (began, first) = stage.manager.set_out(Demand::Fresh);
    let (joined, second) = thread.manager.set_out(Demand::Fresh);
    assert_eq!((began, joined), (Some(Cause::First), None));
    let (first, second) = (stage.start(first), stage.start(second));
    stage.open(&gate);
    assert_eq!((first.answer().cause, second.answer().cause), (Some(Cause::First), None));
}

#[test]
fn a_session_that_was_found_in_the_store_has_one_too() {
    let (stage, _) = Stage::logged_in(Setting::default());
    assert_eq!(renew(&stage.sibling(), Demand::Fresh).cause, Some(Cause::First));
}

#[test]
fn what_came_of_it_says_how_and_when_and_which_session_it_is() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    let outcome = renew(&stage, Demand::Fresh);
    assert_eq!((outcome.how, outcome.at), (Some(Source::Login), stage.clock.wall()));
    assert_eq!(outcome.generation, stage.manager.look().generation);
}
