//! "Save before anyone is told, wherever a save is possible."

use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn a_login_is_on_disk_before_its_token_is_handed_to_anyone() {
    let stage = Stage::stored();
    let pair = stage.server.will_log_in(600);
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    assert!(stage.manager.look().token.is_none(), "nobody may have it by other ways either");
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
    assert_eq!(stage.disk.log(), ["load", "lock", "load", "save", "unlock"]);
}

#[test]
fn a_refresh_is_on_disk_before_its_token_is_handed_to_anyone() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    let next = stage.server.will_refresh(600);
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next);
    assert_eq!(stage.disk.access().unwrap(), next);
}

#[test]
fn a_rotated_refresh_token_is_on_disk_before_the_access_token_is_handed_to_anyone() {
    let (stage, first) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(540));
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.disk.refresh().unwrap(), next.refresh);
}

#[test]
fn the_lock_is_held_from_re_reading_the_session_to_saving_the_new_one() {
    let stage = Stage::stored();
    let pair = stage.server.mint_pair(600);
    let answer = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    assert!(stage.disk.is_locked());
    stage.open(&answer);
    assert!(stage.disk.is_locked());
    stage.open(&save);
    assert!(!stage.disk.is_locked());
    call.answer().unwrap();
}

#[test]
fn a_store_that_cannot_be_written_costs_one_warning_and_not_the_token() {
    let stage = Stage::stored();
    stage.disk.cannot_be_written(true);
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("Read-only file system"), "{warnings:#?}");
    assert_eq!(stage.manager.status().saved_at, None);
}

#[test]
fn a_spell_of_trouble_is_one_warning_and_the_next_spell_another() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let mut renewed_while_it_is = |unwritable| {
        stage.disk.cannot_be_written(unwritable);
        stage.server.will_refresh(600);
        stage.get(Demand::Renewed).unwrap();
        stage.log.warnings().len()
    };
    assert_eq!([true, true, true, false].map(&mut renewed_while_it_is), [1, 1, 1, 1]);
    assert_eq!([true, true].map(&mut renewed_while_it_is), [2, 2]);
}

#[test]
fn a_disk_without_locks_is_one_warning_for_good_and_hides_no_other_trouble() {
    let stage = Stage::stored();
    stage.disk.has_no_locks(true);
    stage.server.will_log_in(600);
    stage.token();
    let mut renewed_while_it_is = |unwritable| {
        stage.disk.cannot_be_written(unwritable);
        stage.server.will_refresh(600);
        stage.get(Demand::Renewed).unwrap();
        stage.log.warnings().len()
    };
    assert_eq!([false, false, true, true, false].map(&mut renewed_while_it_is), [1, 1, 2, 2, 2]);
}

#[test]
fn locks_that_come_and_go_are_a_warning_each_time_they_go() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let mut renewed_while_there_are = |no_locks| {
        stage.disk.has_no_locks(no_locks);
        stage.server.will_refresh(600);
        stage.get(Demand::Renewed).unwrap();
        stage.log.warnings().len()
    };
    assert_eq!([true, true, false, true].map(&mut renewed_while_there_are), [1, 1, 1, 2]);
}

#[test]
fn an_unsaved_session_is_saved_again_before_the_next_renewal() {
    let (stage, first) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(540));
    stage.disk.cannot_be_written(true);
    let second = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&second.access, &second.refresh));
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    assert_eq!(stage.manager.status().saved_at, None, "what lies there is another session");

    stage.disk.cannot_be_written(false);
    stage.advance(secs(540));
    let third = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(REFRESH, Answer::session(&third.access, &third.refresh));
    let call = stage.ask(Demand::Fresh);
    assert_eq!(stage.server.last().body["refresh_token"], second.refresh);
    assert_eq!(stage.disk.refresh().unwrap(), second.refresh, "before it is spent");
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), third.access);
    assert_eq!(stage.disk.refresh().unwrap(), third.refresh);
}

#[test]
fn an_unsaved_session_is_not_lost_to_the_older_one_that_a_sibling_wrote_something_about() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(540));
    stage.disk.cannot_be_written(true);
    let second = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&second.access, &second.refresh));
    stage.token();
    stage.disk.cannot_be_written(false);
    stage.disk.overtake(|_| {});
    stage.advance(secs(540));
    let third = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&third.access, &third.refresh));
    assert_eq!(stage.token(), third.access);
    assert_eq!(stage.server.last().body["refresh_token"], second.refresh);
}

#[test]
fn an_unsaved_session_is_not_lost_with_a_record_that_somebody_removed() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    stage.disk.cannot_be_written(true);
    stage.server.will_refresh(600);
    stage.token();
    stage.disk.cannot_be_written(false);
    stage.disk.remove();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn a_save_that_was_given_up_and_landed_all_the_same_does_not_become_its_own_backup() {
    let (stage, first) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    let second = stage.server.will_refresh(600);
    stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    call.answer().unwrap();
    stage.disk.put_backup(&stage.disk.record().unwrap());
    let received = stage.clock.wall() - 5_000;
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.access = Some(second.as_str().into());
        (tokens.saved_at, tokens.expires_at) = (received, received + 600_000);
    });
    stage.advance(secs(540));
    let gate = stage.server.will_hold(REFRESH, Answer::connection_refused());
    stage.ask(Demand::Fresh).leave();
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
    assert_eq!(stage.disk.access().unwrap(), second);
    stage.server.will_log_in(600);
    stage.open(&gate);
}

#[test]
fn an_unsaved_session_gives_way_to_a_siblings_later_one() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    stage.disk.cannot_be_written(true);
    stage.server.will_refresh(600);
    stage.token();
    stage.disk.cannot_be_written(false);
    stage.advance(secs(60));
    let sibling = stage.sibling();
    let theirs = sibling.server.mint_pair(600);
    sibling.server.will_answer(REFRESH, Answer::server_error());
    sibling.server.will_answer(LOGIN, Answer::session(&theirs.access, &theirs.refresh));
    sibling.token();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body["refresh_token"], theirs.refresh);
}

#[test]
fn the_deadline_never_cuts_a_save_short() {
    let stage = Stage::of(Setting {
        policy: Policy { deadline: secs(2), ..Policy::default() },
        stored: true,
        ..Setting::default()
    });
    let pair = stage.server.will_log_in(600);
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(4));
    assert!(call.is_waiting());
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    assert!(stage.log.warnings().is_empty(), "{:#?}", stage.log.warnings());
}

#[test]
fn a_save_that_hangs_is_given_up_after_five_seconds_with_a_warning_and_the_token_is_handed_out() {
    let stage = Stage::stored();
    let pair = stage.server.will_log_in(600);
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(4));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap(), pair.access);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("within 5 s"), "{warnings:#?}");
    // Until it is written nobody else may spend what is being saved.
    assert!(stage.disk.is_locked());
    stage.open(&gate);
    assert!(!stage.disk.is_locked());
    assert_eq!(stage.disk.access().unwrap(), pair.access);
}

#[test]
fn a_save_that_never_ends_keeps_siblings_out_for_as_long_as_a_renewal_may_take_and_no_longer() {
    let stage = Stage::stored();
    stage.server.will_log_in(600);
    let gate = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    call.answer().unwrap();
    // Some stores give up on their callbacks before we give up on them.
    stage.advance(secs(24));
    assert!(stage.disk.is_locked());
    stage.advance(secs(6));
    assert!(!stage.disk.is_locked());
    stage.open(&gate);
}

#[test]
fn the_status_says_since_when_the_session_is_on_disk_and_where() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let status = stage.manager.status();
    assert_eq!(status.saved_at, Some(stage.clock.wall()));
    assert!(status.location.unwrap().starts_with(crate::stage::disk::PLACE));
    let unstored = Stage::new();
    unstored.server.will_log_in(600);
    unstored.token();
    let status = unstored.manager.status();
    assert_eq!((status.saved_at, status.location), (None, None));
}
