//! Notes of failures in the record: which of them stay, who reads them, and what losing a race over one means.

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::store::record::SharedFailure;
use tokenkeep::transport::LostReason;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

fn noted(stage: &Stage, code: Code, told: bool) -> SharedFailure {
    let now = stage.clock.wall();
    SharedFailure { code, status: 503, at: now, until: now + 60_000, told, check: None }
}

#[test]
fn an_invalidation_leaves_what_would_be_refused_again_and_what_the_server_asked_for() {
    let notes =
        [(Code::InvalidCredentials, false, true), (Code::ServerError, true, true), (Code::ServerError, false, false)];
    for (code, told, stays) in notes {
        let (stage, pair) = Stage::logged_in(Setting::default());
        let note = noted(&stage, code, told);
        stage.disk.overtake(|record| record.failure = Some(note));
        assert_eq!(stage.invalidate(Some(&pair.access)), (true, true));
        assert_eq!(stage.disk.record().unwrap().failure.is_some(), stays, "{code:?}, told: {told}");
    }
}

#[test]
fn a_note_that_lost_to_a_siblings_session_does_not_hide_it() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.open(&gate);
    call.answer().unwrap();
    assert_eq!(stage.token(), theirs.access);
}

#[test]
fn what_the_drop_in_read_of_a_sibling_is_not_remembered_for_others_of_its_session() {
    let sibling = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    sibling.server.will_answer(LOGIN, Answer::wrong_password());
    sibling.failure();
    let drop_in = sibling.sibling();
    let other = drop_in.thread(Setting { stored: true, policy: patient(), ..Setting::default() });
    assert_eq!(drop_in.failure().code, Code::InvalidCredentials);
    assert_eq!(other.failure().code, Code::InvalidCredentials);
    assert_eq!(sibling.server.asked(), [LOGIN]);
}

#[test]
fn a_note_over_a_siblings_session_does_not_hide_it_either() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::server_error());
    let gate = stage.server.will_hold(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.open(&gate);
    call.answer().unwrap();
    assert!(stage.disk.record().unwrap().failure.is_some());
    assert_eq!(stage.token(), theirs.access);
}

#[test]
fn a_note_takes_no_token_from_the_record() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.manager.invalidate(None);
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.failure();
    assert!(stage.disk.record().unwrap().failure.is_some());
    assert_eq!(stage.disk.access().unwrap(), pair.access, "only who invalidates it there takes it");
}

#[test]
fn what_cannot_be_read_is_not_written_over_for_a_note() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.corrupt();
    stage.disk.forget_log();
    let sibling = stage.sibling();
    stage.server.will_answer(LOGIN, Answer::server_error());
    sibling.failure();
    assert!(!stage.disk.log().contains(&"save"), "{:?}", stage.disk.log());
}

#[test]
fn that_somebodys_own_function_is_gone_is_nobody_elses_business() {
    let stage = Stage::stored();
    stage.server.will_answer(LOGIN, Answer::lost(LostReason::Gone, "its thread has ended"));
    assert_eq!(stage.failure().code, Code::Closed);
    assert!(stage.disk.record().is_none());
}

#[test]
fn a_note_from_the_future_holds_nobody_back() {
    let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    stage.disk.tamper(|record| {
        let failure = record.failure.as_mut().unwrap();
        (failure.at, failure.until) = (failure.at + 3_600_000, failure.until + 3_600_000);
    });
    let sibling = stage.beside(Setting { policy: patient(), ..Setting::default() });
    let pair = stage.server.will_log_in(600);
    assert_eq!(sibling.token(), pair.access);
}

#[test]
fn a_siblings_failure_speaks_of_waiting_only_where_somebody_waits() {
    let stage = Stage::stored();
    let sibling = stage.sibling();
    let gate = stage.server.will_hold(LOGIN, Answer::wrong_password());
    let calls = [stage.ask(Demand::Fresh), sibling.ask(Demand::Fresh)];
    stage.advance(secs(1));
    stage.open(&gate);
    let [_, theirs] = calls.map(|call| call.answer().unwrap_err().message);
    assert!(theirs.contains("another process could not") && !theirs.contains("tries again"), "{theirs}");
}
