//! "**Backup**: the session that was replaced; for rotating providers without its refresh token. Used only while unexpired, and
//! never if it was invalidated."

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Setting, Stage, secs};

fn goes_down(stage: &Stage) {
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
}

/// A session of ten minutes on disk, and before it one of an hour.
fn renewed(rotates: bool) -> (Stage, Pair, Pair) {
    let stage = Stage::of(Setting { stored: true, rotates, ..Setting::default() });
    let first = stage.server.will_log_in(3600);
    stage.token();
    let second = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&second.access, &second.refresh));
    stage.get(Demand::Renewed).unwrap();
    (stage, first, second)
}

#[test]
fn it_is_the_session_that_was_replaced() {
    let (stage, first, _) = renewed(false);
    let tokens = stage.disk.backup_record().unwrap().tokens.unwrap();
    use secrecy::ExposeSecret;
    assert_eq!(tokens.access.unwrap().expose_secret(), first.access);
    assert_eq!(tokens.refresh.unwrap().expose_secret(), first.refresh);
}

#[test]
fn of_a_rotating_provider_it_has_no_refresh_token_which_is_spent() {
    let (stage, first, _) = renewed(true);
    let tokens = stage.disk.backup_record().unwrap().tokens.unwrap();
    use secrecy::ExposeSecret;
    assert_eq!(tokens.access.unwrap().expose_secret(), first.access);
    assert!(tokens.refresh.is_none());
}

#[test]
fn a_note_about_a_failure_leaves_it_alone() {
    let (stage, first, _) = renewed(false);
    goes_down(&stage);
    stage.get(Demand::Renewed).unwrap_err();
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
}

#[test]
fn it_is_no_answer_to_somebody_who_wants_a_new_token() {
    let (stage, _, second) = renewed(false);
    goes_down(&stage);
    assert_eq!(stage.get(Demand::Renewed).unwrap_err().code, Code::Network);
    assert_eq!(stage.token(), second.access);
}

#[test]
fn it_is_used_while_unexpired_when_all_else_has_failed_with_one_warning() {
    let (stage, first, _) = renewed(false);
    stage.advance(secs(600));
    goes_down(&stage);
    let before = stage.log.warnings().len();
    assert_eq!(stage.token(), first.access);
    assert_eq!(stage.manager.status().source, Some(Source::Backup));
    let said: Vec<_> = stage.log.warnings().split_off(before);
    assert_eq!(said.len(), 2, "the refresh and the fallback: {said:#?}");
    assert!(said[1].contains("Using the session before it"), "{said:#?}");
    assert_eq!(stage.log.infos().last().unwrap(), "using the token before the last, expires in 50 minutes");
}

#[test]
fn it_does_not_cost_us_the_refresh_token_of_the_session_after_it() {
    for rotates in [false, true] {
        let (stage, first, second) = renewed(rotates);
        stage.advance(secs(600));
        goes_down(&stage);
        assert_eq!(stage.token(), first.access);
        stage.advance(secs(3000));
        let third = stage.server.will_refresh(600);
        assert_eq!(stage.token(), third);
        assert_eq!(stage.server.last().body["refresh_token"], second.refresh);
    }
}

#[test]
fn once_it_has_expired_it_is_nobodys() {
    let (stage, ..) = renewed(false);
    stage.advance(secs(3600));
    goes_down(&stage);
    assert_eq!(stage.failure().code, Code::Network);
}

#[test]
fn one_that_dies_before_the_current_token_is_not_used() {
    let stage = Stage::stored();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    let second = stage.server.will_refresh(600);
    stage.token();
    stage.advance(secs(545));
    goes_down(&stage);
    assert_eq!(stage.token(), second);
}

#[test]
fn one_that_was_invalidated_is_never_used() {
    let (stage, first, _) = renewed(false);
    // Whoever got it before the renewal tells us now.
    stage.invalidate(Some(&first.access));
    stage.advance(secs(600));
    goes_down(&stage);
    stage.failure();
    let sibling = stage.sibling();
    goes_down(&stage);
    sibling.failure();
}

#[test]
fn that_of_another_credential_is_never_used() {
    let (stage, ..) = renewed(false);
    let other = stage.beside(Setting { password: Some("another"), ..Setting::default() });
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(other.failure().code, Code::Network);
}

#[test]
fn a_record_that_cannot_be_read_falls_back_to_it() {
    let (stage, first, _) = renewed(false);
    stage.disk.corrupt();
    let newcomer = stage.sibling();
    let asked = stage.server.asked();
    assert_eq!(newcomer.token(), first.access);
    assert_eq!(stage.server.asked(), asked);
    let warnings = stage.log.warnings();
    assert!(warnings.iter().any(|line| line.contains("the stored session before the last")), "{warnings:#?}");
}

#[test]
fn in_place_of_an_unreadable_record_a_stale_one_renews_with_its_refresh_token() {
    let (stage, first, _) = renewed(false);
    stage.advance(secs(3550));
    stage.disk.corrupt();
    let newcomer = stage.sibling();
    let next = stage.server.will_refresh(600);
    assert_eq!(newcomer.token(), next);
    assert_eq!(stage.server.last().body["refresh_token"], first.refresh);
}

#[test]
fn a_record_that_cannot_be_read_is_no_reason_to_go_back_behind_the_session_in_memory() {
    let (stage, _, second) = renewed(false);
    stage.advance(secs(540));
    stage.disk.corrupt();
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.last().body["refresh_token"], second.refresh);
}

#[test]
fn a_record_that_is_missing_does_not_fall_back_to_it() {
    let (stage, ..) = renewed(false);
    stage.disk.remove();
    let newcomer = stage.sibling();
    let pair = stage.server.will_log_in(600);
    assert_eq!(newcomer.token(), pair.access);
}

#[test]
fn it_is_as_old_as_it_was_when_memory_had_it_though_the_clock_was_set_back_and_two_sessions_came_since() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    // Not saved: the session before it lies on disk, and the one before that is the backup.
    stage.disk.cannot_be_written(true);
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.clock.step_wall(-50_000);
    stage.advance(secs(601));
    goes_down(&stage);
    assert_eq!(stage.failure().code, Code::Network);
}

#[test]
fn what_was_invalidated_is_not_served_from_it_after_many_renewals_either() {
    let (stage, first) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    let dead = stage.disk.record().unwrap();
    stage.invalidate(Some(&first.access));
    for _ in 0..8 {
        let next = stage.server.mint_pair(600);
        stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
        assert_eq!(stage.token(), next.access);
        stage.invalidate(Some(&next.access));
        // Slowly enough for the storm fuse.
        stage.advance(secs(20));
    }
    stage.disk.put_backup(&dead);
    stage.server.always_answers(Some(Answer::server_error()));
    stage.failure();
}
