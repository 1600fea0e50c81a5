//! What has expired by the time it could be handed over, because a save took longer than the token lives, is handed to nobody.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::{Demand, Manager, Outcome};
use tokenkeep::policy::{Background, Margin, Policy};

use crate::stage::answer::Answer;
use crate::stage::disk::PLACE;
use crate::stage::executor::Call;
use crate::stage::server::{Gate, LOGIN, REFRESH};
use crate::stage::{EMAIL, HOST, Setting, Stage, patient, secs};

/// A store, and callers who have no more time once the second flight has landed.
fn hurried(setting: Setting) -> Stage {
    let policy = Policy { deadline: secs(5), ..setting.policy };
    Stage::of(Setting { stored: true, policy, ..setting })
}

/// A caller whose login brings a token of three seconds, and whose save hangs until they are over.
fn outlived_by_a_save(stage: &Stage) -> (Call<Result<String, Failure>>, Gate) {
    stage.server.will_log_in(3);
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(4));
    assert!(call.is_waiting());
    (call, save)
}

/// The same once more, by a refresh.
fn outlived_twice(stage: &Stage) -> (Call<Result<String, Failure>>, Gate) {
    let (call, first) = outlived_by_a_save(stage);
    stage.server.will_refresh(3);
    let second = stage.disk.will_hold_a_save();
    stage.open(&first);
    stage.advance(secs(4));
    assert!(call.is_waiting());
    (call, second)
}

#[test]
fn a_token_that_expired_while_it_was_being_saved_is_renewed_once_more_for_those_who_wait() {
    let stage = Stage::stored();
    let (call, save) = outlived_by_a_save(&stage);
    let others: Vec<_> = (0..20).map(|_| stage.ask(Demand::Fresh)).collect();
    let next = stage.server.will_refresh(600);
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), next);
    for other in others {
        assert_eq!(other.answer().unwrap(), next);
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.disk.access().unwrap(), next);
    assert_eq!(stage.log.warnings().len(), 1, "{:#?}", stage.log.warnings());
}

#[test]
fn whoever_waited_for_such_tokens_until_the_deadline_is_told_that_the_store_is_too_slow() {
    let stage = hurried(Setting::default());
    let (call, save) = outlived_twice(&stage);
    stage.open(&save);
    let failure = call.answer().unwrap_err();
    assert_eq!((failure.code, failure.status), (Code::Timeout, 504));
    for part in [EMAIL, HOST, PLACE, "expired while it was being saved", "3000 ms", "4000 ms", "faster store"] {
        assert!(failure.message.contains(part), "{part} is not in: {}", failure.message);
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH], "and no third");
    let last = stage.manager.status().telemetry.last_error.expect("an error");
    assert_eq!(last.0.message, failure.message);
}

#[test]
fn whoever_has_time_until_the_deadline_boards_for_as_long() {
    let stage = Stage::stored();
    let (call, second) = outlived_twice(&stage);
    let next = stage.server.will_refresh(600);
    stage.open(&second);
    assert_eq!(call.answer().unwrap(), next);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn however_much_time_there_is_no_caller_boards_without_end() {
    let stage = Stage::of(Setting {
        stored: true,
        policy: Policy { deadline: secs(600), ..Policy::default() },
        ..Setting::default()
    });
    let (call, mut save) = outlived_twice(&stage);
    for _ in 0..4 {
        stage.server.will_refresh(3);
        let next = stage.disk.will_hold_a_save();
        stage.open(&save);
        stage.advance(secs(4));
        assert!(call.is_waiting());
        save = next;
    }
    stage.open(&save);
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
    assert_eq!(stage.server.asked().len(), 6);
}

#[test]
fn a_deadline_that_has_passed_leaves_one_more_flight() {
    let stage = Stage::of(Setting {
        stored: true,
        policy: Policy { deadline: secs(2), ..Policy::default() },
        ..Setting::default()
    });
    let (call, save) = outlived_by_a_save(&stage);
    let next = stage.server.will_refresh(600);
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), next);
}

#[test]
fn whoever_comes_after_that_is_not_held_back() {
    let stage = hurried(Setting { policy: patient(), ..Setting::default() });
    let (call, save) = outlived_twice(&stage);
    stage.open(&save);
    call.answer().unwrap_err();
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next, "the server did nothing wrong");
}

/// How often a timer renews within four minutes, where tokens live for three seconds and a save takes four.
fn renewals(stage: &Stage) -> usize {
    let saves: Vec<_> = (0..100).map(|_| (stage.server.will_refresh(3), stage.disk.will_hold_a_save())).collect();
    let before = stage.server.asked().len();
    let mut ends = Vec::new();
    for second in 0..240 {
        ends.resize(stage.server.asked().len() - before, second + 4);
        stage.advance(secs(1));
        for (_, (_, save)) in ends.iter().zip(&saves).filter(|(end, _)| **end <= second) {
            stage.open(save);
        }
    }
    ends.len()
}

#[test]
fn a_timer_whose_tokens_always_come_too_late_takes_longer_and_longer_breaks() {
    let background = Some(Background { look_every: secs(1), ..Background::default() });
    let policy = Policy { margin: Margin::Auto, background, ..patient() };
    let stage = hurried(Setting { policy, ..Setting::default() });
    stage.manager.tend(Manager::renew_aside);
    let (call, save) = outlived_twice(&stage);
    stage.open(&save);
    call.answer().unwrap_err();
    let renewals = renewals(&stage);
    assert!((3..=12).contains(&renewals), "{renewals} renewals");
}

#[test]
fn whoever_waits_while_the_manager_is_closed_is_told_what_came_of_it() {
    let stage = Stage::stored();
    let (call, save) = outlived_by_a_save(&stage);
    let closing = stage.close();
    stage.open(&save);
    closing.answer();
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn what_the_first_flight_tried_is_told_with_what_the_second_did() {
    let stage = Stage::stored();
    stage.server.will_log_in(3);
    let save = stage.disk.will_hold_a_save();
    let call = stage.start(stage.manager.renew(Demand::Fresh));
    stage.advance(secs(4));
    stage.server.will_refresh(600);
    stage.open(&save);
    let outcome = call.answer();
    let tried: Vec<_> = outcome.attempts.iter().map(|attempt| attempt.how.as_str()).collect();
    assert_eq!(tried, ["login", "refresh"]);
    assert_eq!(outcome.cause.map(|cause| cause.as_str()), Some("first"));
    assert_eq!(outcome.duration, secs(4));
}

#[test]
fn a_save_that_is_given_up_after_the_token_has_expired_hands_out_nothing_either() {
    let stage = Stage::stored();
    stage.server.will_log_in(3);
    stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(4));
    let next = stage.server.will_refresh(600);
    stage.advance(secs(1));
    // The given-up write still has the lock.
    stage.advance(secs(40));
    assert_eq!(call.answer().unwrap(), next);
}

#[test]
fn a_machine_that_slept_during_a_save_has_aged_the_token_by_the_wall_clock_alone() {
    let stage = Stage::stored();
    stage.server.will_log_in(600);
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.clock.suspend(secs(3600));
    let next = stage.server.will_refresh(600);
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), next);
}

#[test]
fn a_wall_clock_that_was_set_back_during_a_save_makes_no_token_younger() {
    let stage = Stage::stored();
    stage.server.will_log_in(3);
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.clock.step_wall(-3_600_000);
    stage.advance(secs(4));
    let next = stage.server.will_refresh(600);
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), next);
}

#[test]
fn a_token_with_a_second_left_is_handed_out_however_long_the_save_took() {
    let stage = Stage::stored();
    let pair = stage.server.will_log_in(5);
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(4));
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn whoever_insists_on_a_new_token_gets_no_dead_one() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.server.will_refresh(3);
    let save = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Renewed);
    stage.advance(secs(4));
    let next = stage.server.will_refresh(600);
    stage.open(&save);
    assert_eq!(call.answer().unwrap(), next);
}

#[test]
fn the_scoped_tokens_of_a_session_that_expired_while_it_was_being_saved_are_not_handed_out() {
    let stage = hurried(Setting::default());
    stage.server.will_log_in(600);
    stage.token();
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.scoped.insert("guild".to_owned(), SecretString::from("gu1ld"));
    });
    stage.restore();
    assert_eq!(stage.scoped("guild").unwrap(), "gu1ld");
    stage.advance(secs(560));
    let manager = stage.manager.clone();
    stage.server.will_refresh(3);
    let first = stage.disk.will_hold_a_save();
    let call = stage.start(async move { manager.get_scoped_token("guild").await });
    stage.advance(secs(4));
    stage.server.will_refresh(3);
    let second = stage.disk.will_hold_a_save();
    stage.open(&first);
    stage.advance(secs(4));
    stage.open(&second);
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
}

/// A caller who gets around to its answer in its own time.
struct Dawdler(Pin<Box<dyn Future<Output = Outcome>>>);

impl Dawdler {
    fn asking(stage: &Stage) -> Self {
        let mut one = Self(Box::pin(stage.manager.renew(Demand::Fresh)));
        assert!(one.look().is_none());
        one
    }

    fn look(&mut self) -> Option<Result<String, Failure>> {
        let Poll::Ready(outcome) = self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { return None };
        Some(outcome.for_demand(Demand::Fresh).map(|token| token.secret.expose_secret().to_owned()))
    }
}

#[test]
fn an_adopted_token_that_expired_before_its_caller_came_for_it_is_renewed() {
    let (sibling, pair) = Stage::logged_in(Setting::default());
    let stage = sibling.sibling();
    // Else it is had without a flight.
    let seized = stage.disk.seize();
    sibling.manager.invalidate(None);
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().access = None);
    let mut caller = Dawdler::asking(&stage);
    stage.start(async {});
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().access = Some(pair.access.as_str().into()));
    drop(seized);
    stage.start(async {});
    assert_eq!(stage.manager.look().token.expect("adopted").expose_secret(), pair.access);
    stage.advance(secs(601));
    let next = stage.server.will_refresh(600);
    assert!(caller.look().is_none(), "it has boarded again");
    stage.start(async {});
    assert_eq!(caller.look().unwrap().unwrap(), next);
}

#[test]
fn a_token_that_is_to_be_served_stale_and_expired_before_its_caller_came_for_it_is_the_failure_that_it_was() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(560));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let mut caller = Dawdler::asking(&stage);
    stage.open(&gate);
    stage.advance(secs(40));
    assert_eq!(caller.look().unwrap().unwrap_err().code, Code::ServerError);
}

#[test]
fn without_a_store_nothing_is_said_of_one() {
    let stage = Stage::with_policy(Policy { deadline: secs(5), ..Policy::default() });
    let held = stage.server.mint_pair(3);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&held.access, &held.refresh));
    let mut caller = Dawdler::asking(&stage);
    stage.open(&gate);
    stage.advance(secs(4));
    let next = stage.server.mint("access", 3);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    assert!(caller.look().is_none());
    stage.open(&gate);
    stage.advance(secs(4));
    let failure = caller.look().unwrap().unwrap_err();
    assert_eq!(failure.code, Code::Timeout);
    assert!(failure.message.contains("expired before it could be handed over"), "{}", failure.message);
    assert!(!failure.message.contains("stor"), "{}", failure.message);
}
