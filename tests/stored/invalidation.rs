//! "The access token is dropped from memory, and from the record and its backup by a compare-and-set save of the next
//! generation without it; the refresh token stays, and the next caller renews."

use secrecy::SecretString;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

/// The next renewal fails in every way.
fn goes_down(stage: &Stage) {
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
}

/// Renews, so that the token before is the backup's.
fn renewed(stage: &Stage) -> String {
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), next);
    next
}

#[test]
fn it_reaches_the_record_and_leaves_the_refresh_token_there() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let before = stage.disk.generation();
    assert_eq!(stage.invalidate(Some(&pair.access)), (true, true));
    assert_eq!(stage.disk.access(), None);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
    assert_eq!(stage.disk.generation(), before + 1);
    let sibling = stage.sibling();
    let next = stage.server.will_refresh(600);
    assert_eq!(sibling.token(), next);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn it_does_not_make_the_dead_token_the_backup() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let second = renewed(&stage);
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
    stage.invalidate(Some(&second));
    assert_eq!(stage.disk.backup_access().unwrap(), first.access, "that one was not refused");
}

#[test]
fn it_reaches_the_backup_where_the_dead_token_lies_by_then() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let late = stage.sibling();
    late.token();
    let second = renewed(&stage);
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
    assert_eq!(late.invalidate(Some(&first.access)), (true, true));
    assert_eq!(stage.disk.backup_access(), None);
    assert_eq!(stage.disk.access().unwrap(), second);
    assert_eq!(late.token(), second);
}

#[test]
fn it_reaches_the_backup_that_stood_in_for_an_unreadable_record() {
    let (stage, first) = Stage::logged_in(Setting::default());
    renewed(&stage);
    stage.disk.corrupt();
    let newcomer = stage.sibling();
    assert_eq!(newcomer.token(), first.access);
    newcomer.invalidate(Some(&first.access));
    assert_eq!((stage.disk.access(), stage.disk.backup_access()), (None, None));
    assert_eq!(stage.disk.refresh().unwrap(), first.refresh, "which can still renew");
    let third = stage.server.will_refresh(600);
    assert_eq!(newcomer.token(), third);
}

#[test]
fn without_a_token_it_drops_whatever_is_current() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    assert_eq!(stage.invalidate(None), (true, true));
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (None, Some(pair.refresh)));
}

#[test]
fn without_a_token_it_means_the_one_that_was_dropped_and_none_that_came_later() {
    let (stage, first) = Stage::logged_in(Setting::default());
    stage.manager.invalidate(None);
    let in_the_store = stage.manager.invalidate_stored(None);
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
    stage.disk.put_backup(&{
        let mut backup = stage.disk.record().unwrap();
        backup.tokens.as_mut().unwrap().access = Some(first.access.as_str().into());
        backup
    });
    assert!(stage.start(in_the_store).answer());
    assert_eq!(stage.disk.access().unwrap(), second);
    assert_eq!(stage.disk.backup_access(), None);
}

#[test]
fn without_a_token_a_process_that_holds_none_drops_what_the_store_holds() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    assert_eq!(newcomer.invalidate(None), (false, true));
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (None, Some(pair.refresh)));
}

#[test]
fn a_process_that_has_not_read_the_store_yet_drops_it_there() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    assert_eq!(newcomer.invalidate(Some(&pair.access)), (false, true));
    assert_eq!(stage.disk.access(), None);
}

#[test]
fn a_token_that_is_not_current_changes_nothing() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let before = stage.disk.generation();
    assert_eq!(stage.invalidate(Some("another-token")), (false, false));
    assert_eq!(stage.disk.generation(), before);
    assert_eq!(stage.disk.access().unwrap(), pair.access);
}

#[test]
fn a_late_one_leaves_a_siblings_newer_token_alone() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let late = stage.sibling();
    late.token();
    let second = renewed(&stage);
    late.invalidate(Some(&first.access));
    assert_eq!(late.token(), second);
    assert_eq!(stage.token(), second);
}

#[test]
fn of_a_sibling_that_writes_at_the_same_time_it_drops_the_dead_token_all_the_same() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let gate = stage.disk.will_hold_a_save();
    stage.manager.invalidate(Some(&pair.access));
    let call = stage.start(stage.manager.invalidate_stored(Some(pair.access.clone().into())));
    stage.disk.overtake(|_| {});
    stage.open(&gate);
    assert!(call.answer());
    assert_eq!(stage.disk.access(), None);
}

#[test]
fn a_store_that_cannot_be_written_does_not_bring_the_dead_token_back() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.cannot_be_written(true);
    stage.invalidate(Some(&pair.access));
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    stage.disk.overtake(|_| {});
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.log.warnings().len(), 1, "{:#?}", stage.log.warnings());
}

#[test]
fn a_newcomer_whom_the_store_failed_does_not_adopt_the_dead_token_either() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    stage.disk.cannot_be_written(true);
    newcomer.invalidate(Some(&pair.access));
    let next = stage.server.will_refresh(600);
    assert_eq!(newcomer.token(), next);
}

#[test]
fn a_dead_token_that_the_store_kept_does_not_become_the_backup_of_the_next_one() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.cannot_be_written(true);
    stage.invalidate(Some(&pair.access));
    stage.disk.cannot_be_written(false);
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.disk.backup_access(), None);
}

#[test]
fn a_dead_token_does_not_come_back_from_the_backup() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let second = renewed(&stage);
    let backup = stage.disk.backup_record().unwrap();
    // One after the other is refused, and the disk remembers both.
    stage.disk.cannot_be_written(true);
    stage.invalidate(Some(&second));
    let third = stage.server.will_refresh(600);
    assert_eq!(stage.token(), third);
    stage.invalidate(Some(&third));
    stage.disk.cannot_be_written(false);
    let dead = |token: &str| {
        let mut record = backup.clone();
        record.tokens.as_mut().unwrap().access = Some(token.into());
        record
    };
    for token in [&second, &third] {
        stage.disk.put_backup(&dead(token));
        goes_down(&stage);
        stage.failure();
    }
    stage.disk.put_backup(&dead(&first.access));
    goes_down(&stage);
    assert_eq!(stage.token(), first.access, "that one was not refused");
}

#[test]
fn during_a_flight_the_session_that_it_brings_is_saved_on_top() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    let next = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    let call = stage.ask(Demand::Fresh);
    stage.invalidate(Some(&pair.access));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next);
    assert_eq!(stage.disk.access().unwrap(), next);
    assert_eq!(stage.sibling().token(), next);
}

#[test]
fn what_was_handed_out_for_narrower_audiences_goes_with_it() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.overtake(|record| {
        record.tokens.as_mut().unwrap().scoped.insert("guild".to_owned(), SecretString::from("gu1ld"));
    });
    assert_eq!(stage.invalidate(Some(&pair.access)), (true, true));
    assert!(stage.disk.record().unwrap().tokens.unwrap().scoped.is_empty());
}
