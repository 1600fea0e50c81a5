//! "Take the account's lock, waiting at most the deadline plus 5 s (then TIMEOUT for rotating providers, an unlocked renewal
//! with a warning for the others)." A store that can tell of a save ends the wait of those who can do with what was saved.

use secrecy::SecretString;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::disk::PLACE;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

#[test]
fn a_holder_that_never_lets_go_is_waited_for_as_long_as_the_deadline_and_five_seconds_more() {
    let stage = Stage::of(Setting {
        stored: true,
        policy: Policy { deadline: secs(10), ..Policy::default() },
        ..Setting::default()
    });
    let _held = stage.disk.seize();
    let call = stage.ask(Demand::Fresh);
    let pair = stage.server.will_log_in(600);
    stage.advance(secs(14));
    assert!(call.is_waiting());
    assert!(stage.server.asked().is_empty());
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap(), pair.access);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("15 seconds") && warnings[0].contains(PLACE), "{warnings:#?}");
    assert_eq!(stage.disk.access().unwrap(), pair.access);
}

#[test]
fn a_rotating_provider_would_rather_fail_than_spend_its_refresh_token_twice() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    stage.advance(secs(600));
    let held = stage.disk.seize();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(34));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    let failure = call.answer().unwrap_err();
    assert_eq!((failure.code, failure.status), (Code::Timeout, 504));
    assert!(failure.message.contains(PLACE), "{failure}");
    assert_eq!(stage.server.asked(), [LOGIN]);

    drop(held);
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    assert_eq!(stage.token(), next.access);
}

#[test]
fn who_has_waited_in_vain_does_not_make_the_next_caller_wait_as_long() {
    let stage = Stage::of(Setting { stored: true, rotates: true, policy: patient(), ..Setting::default() });
    let _held = stage.disk.seize();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(35));
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
    assert_eq!(stage.failure().code, Code::CoolingDown);
}

#[test]
fn a_holder_that_lets_go_in_time_is_no_reason_for_a_warning() {
    let stage = Stage::stored();
    let held = stage.disk.seize();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(20));
    let pair = stage.server.will_log_in(600);
    drop(held);
    stage.advance(secs(0));
    assert_eq!(call.answer().unwrap(), pair.access);
    assert!(stage.log.warnings().is_empty(), "{:#?}", stage.log.warnings());
}

#[test]
fn the_time_spent_waiting_is_not_taken_from_the_renewal() {
    let stage = Stage::stored();
    let held = stage.disk.seize();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(34));
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    drop(held);
    stage.advance(secs(9));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn where_there_are_no_locks_it_goes_ahead_with_a_warning() {
    for rotates in [false, true] {
        let stage = Stage::of(Setting { stored: true, rotates, ..Setting::default() });
        stage.disk.has_no_locks(true);
        let pair = stage.server.will_log_in(600);
        assert_eq!(stage.token(), pair.access);
        let warnings = stage.log.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:#?}");
        assert!(warnings[0].contains("No locks available"), "{warnings:#?}");
        assert_eq!(stage.disk.access().unwrap(), pair.access);
    }
}

#[test]
fn it_is_released_after_a_failure_too() {
    let stage = Stage::stored();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    assert!(!stage.disk.is_locked());
}

/// A sibling saves a session, and whoever waits for the lock hears of it.
fn a_sibling_saves(stage: &Stage, access: &str) {
    let now = stage.clock.wall();
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.access = Some(SecretString::from(access));
        (tokens.saved_at, tokens.expires_at) = (now, now + 600_000);
    });
    stage.disk.tells_of_news();
    stage.advance(secs(0));
}

#[test]
fn all_who_wait_take_what_a_sibling_has_saved_while_it_still_holds_the_lock() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(600));
    let waiting: Vec<Stage> = (0..24).map(|_| stage.sibling()).collect();
    let held = stage.disk.seize();
    for demand in [Demand::Fresh, Demand::Renewed] {
        let calls: Vec<_> = waiting.iter().map(|sibling| sibling.ask(demand)).collect();
        let next = stage.server.mint("access", 600);
        a_sibling_saves(&stage, &next);
        assert!(calls.iter().all(|call| call.answer().unwrap() == next));
        stage.advance(secs(600));
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
    drop(held);
}

#[test]
fn what_a_sibling_has_saved_ends_no_wait_of_somebody_who_wants_another() {
    let (stage, pair) = Stage::logged_in(Setting { rotates: true, ..Setting::default() });
    for (demand, wait) in [(Demand::Renewed, 0), (Demand::Fresh, 600)] {
        stage.advance(secs(wait));
        let held = stage.disk.seize();
        let call = stage.ask(demand);
        stage.advance(secs(20));
        // A note of a failure, say.
        stage.disk.overtake(|_| {});
        stage.disk.tells_of_news();
        stage.advance(secs(14));
        assert!(call.is_waiting());
        stage.advance(secs(1));
        assert_eq!(call.answer().unwrap_err().code, Code::Timeout, "no longer than without the news");
        drop(held);
    }
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}
