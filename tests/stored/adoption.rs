//! What another process has left in the store: "adopt it, done (`source: 'store'`), no lock taken".

use tokenkeep::manager::{Demand, State};
use tokenkeep::policy::Policy;
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn a_fresh_session_is_adopted_without_a_lock_and_without_a_request() {
    let (first, pair) = Stage::logged_in(Setting::default());
    first.disk.forget_log();
    let second = first.sibling();
    assert_eq!(second.token(), pair.access);
    assert_eq!(second.disk.log(), ["load"]);
    assert_eq!(second.server.asked(), [LOGIN]);
}

#[test]
fn one_line_says_where_the_token_came_from_and_how_long_it_lives() {
    let first = Stage::stored();
    first.server.will_log_in(363 * 24 * 3600);
    first.token();
    let second = first.sibling();
    let before = second.log.lines().len();
    second.token();
    second.token();
    let lines = second.log.lines();
    assert_eq!(lines.len(), before + 1, "{lines:#?}");
    assert_eq!(second.log.infos().last().unwrap(), "using the stored token, expires in 363 days");
}

#[test]
fn the_status_says_that_the_token_came_from_the_store_and_counts_it() {
    let (first, _) = Stage::logged_in(Setting::default());
    let saved_at = first.clock.wall();
    first.advance(secs(60));
    let second = first.sibling();
    second.token();
    let status = second.manager.status();
    assert_eq!((status.state, status.source), (State::Valid, Some(Source::Store)));
    assert_eq!(status.saved_at, Some(saved_at));
    assert!(status.location.unwrap().starts_with(crate::stage::disk::PLACE));
    assert_eq!(status.expires_at, Some(saved_at + 600_000));
    let counters = status.telemetry.counters;
    assert_eq!((counters.store_hits, counters.logins, counters.refreshes), (1, 0, 0));
}

#[test]
fn a_token_from_the_store_is_as_old_as_it_is() {
    let (first, pair) = Stage::logged_in(Setting::default());
    first.advance(secs(539));
    let second = first.sibling();
    assert_eq!(second.token(), pair.access);
    second.advance(secs(1));
    let next = second.server.will_refresh(600);
    assert_eq!(second.token(), next);
}

#[test]
fn a_ttl_of_ours_caps_the_life_of_a_siblings_token() {
    let (first, pair) = Stage::logged_in(Setting::default());
    let policy = Policy { ttl: Some(secs(300)), ..Policy::default() };
    let second = first.beside(Setting { policy, ..Setting::default() });
    assert_eq!(second.token(), pair.access);
    assert_eq!(second.manager.status().expires_at, Some(first.clock.wall() + 300_000));
}

#[test]
fn a_stored_refresh_token_that_has_expired_is_not_tried() {
    let (first, _) = Stage::logged_in(Setting::default());
    first.advance(secs(8 * 24 * 3600));
    let second = first.sibling();
    second.server.will_log_in(600);
    second.token();
    assert_eq!(second.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn a_wall_clock_that_steps_back_does_not_make_a_stored_token_younger() {
    let (first, pair) = Stage::logged_in(Setting::default());
    let second = first.sibling();
    assert_eq!(second.token(), pair.access);
    second.clock.step_wall(-3_600_000);
    second.advance(secs(540));
    let next = second.server.will_refresh(600);
    assert_eq!(second.token(), next);
}

#[test]
fn a_stale_session_is_not_adopted_but_its_refresh_token_is_used() {
    let (first, pair) = Stage::logged_in(Setting::default());
    first.advance(secs(540));
    let second = first.sibling();
    let next = second.server.will_refresh(600);
    assert_eq!(second.token(), next);
    assert_eq!(second.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(second.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn what_a_sibling_renewed_is_adopted_when_ours_is_stale() {
    let (first, _) = Stage::logged_in(Setting::default());
    let second = first.sibling();
    second.token();
    first.advance(secs(540));
    let next = first.server.will_refresh(600);
    assert_eq!(first.token(), next);
    first.disk.forget_log();
    assert_eq!(second.token(), next);
    assert_eq!(second.disk.log(), ["load"]);
    assert_eq!(second.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn what_a_sibling_renewed_while_we_waited_for_the_lock_is_adopted() {
    let (first, _) = Stage::logged_in(Setting::default());
    let second = first.sibling();
    second.token();
    first.advance(secs(540));
    let next = first.server.mint("access", 600);
    let gate = first.server.will_hold(REFRESH, Answer::refreshed(&next));
    let (ours, theirs) = (first.ask(Demand::Fresh), second.ask(Demand::Fresh));
    first.open(&gate);
    assert_eq!(ours.answer().unwrap(), next);
    assert_eq!(theirs.answer().unwrap(), next);
    assert_eq!(first.server.asked(), [LOGIN, REFRESH]);
    assert!(!first.disk.is_locked());
}

#[test]
fn a_stale_sessions_live_token_is_served_when_its_renewal_fails() {
    let (first, pair) = Stage::logged_in(Setting::default());
    first.advance(secs(550));
    let second = first.sibling();
    second.server.will_answer(REFRESH, Answer::server_error());
    second.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(second.token(), pair.access);
}

#[test]
fn a_file_deleted_by_hand_forces_a_login_at_the_next_renewal() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.remove();
    assert_eq!(stage.token(), pair.access, "not before that");
    stage.advance(secs(540));
    let next = stage.server.will_log_in(600);
    assert_eq!(stage.token(), next.access);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
    assert_eq!(stage.disk.access().unwrap(), next.access);
}

#[test]
fn a_record_that_cannot_be_read_is_a_login_and_one_warning() {
    let (first, _) = Stage::logged_in(Setting::default());
    first.disk.corrupt();
    let second = first.sibling();
    let pair = second.server.will_log_in(600);
    assert_eq!(second.token(), pair.access);
    assert_eq!(second.log.warnings().len(), 1, "{:#?}", second.log.warnings());
    assert_eq!(second.disk.access().unwrap(), pair.access);
}

#[test]
fn a_record_that_became_unreadable_does_not_cost_us_the_session_in_memory() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.corrupt();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn a_store_that_cannot_be_read_costs_one_warning_and_not_the_token() {
    let stage = Stage::stored();
    stage.disk.cannot_be_read(true);
    stage.disk.cannot_be_written(true);
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("Input/output error"), "{warnings:#?}");
}

#[test]
fn a_store_that_can_be_read_again_is_warned_of_again_when_it_cannot() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let mut renewed_while_it_is = |unreadable| {
        stage.disk.cannot_be_read(unreadable);
        stage.server.will_refresh(600);
        stage.get(Demand::Renewed).unwrap();
        stage.log.warnings().len()
    };
    assert_eq!([true, true, false, true].map(&mut renewed_while_it_is), [1, 1, 1, 2]);
}

#[test]
fn a_store_that_never_answers_a_reading_costs_five_seconds_and_a_warning() {
    let stage = Stage::stored();
    stage.disk.will_hold_a_read();
    stage.disk.will_hold_a_read();
    let pair = stage.server.will_log_in(600);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(10));
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.log.warnings().len(), 1, "{:#?}", stage.log.warnings());
}
