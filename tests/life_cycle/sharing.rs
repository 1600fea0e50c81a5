//! One flight at a time: whoever asks while it is under way gets its result, success or failure.

use std::sync::{Arc, Barrier};
use std::thread;

use futures_lite::future;
use secrecy::ExposeSecret;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::executor::{Executor, Nobody, Threads};
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn any_number_of_callers_share_one_login() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let calls: Vec<_> = (0..100).map(|_| stage.ask(Demand::Fresh)).collect();
    assert!(calls.iter().all(|call| call.is_waiting()));
    stage.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap(), pair.access);
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn callers_on_many_threads_share_one_login() {
    const CALLERS: usize = 16;
    let stage = Stage::run_by(Setting::default(), Arc::new(Threads), Arc::new(Executor::default()));
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let boarded = Barrier::new(CALLERS + 1);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let renewal = stage.manager.renew(Demand::Fresh);
                    boarded.wait();
                    future::block_on(renewal).for_demand(Demand::Fresh)
                })
            })
            .collect();
        boarded.wait();
        gate.open();
        for caller in callers {
            let token = caller.join().unwrap().unwrap();
            assert_eq!(token.secret.expose_secret(), pair.access);
        }
    });
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn any_number_of_callers_share_one_failure_and_the_next_call_tries_again() {
    let stage = Stage::new();
    let gate = stage.server.will_hold(LOGIN, Answer::wrong_password());
    let calls: Vec<_> = (0..100).map(|_| stage.ask(Demand::Fresh)).collect();
    stage.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap_err().code, Code::InvalidCredentials);
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn a_failure_of_any_kind_poisons_nothing() {
    let kinds = [
        Answer::wrong_password(),
        Answer::server_error(),
        Answer::text(429, "").retry_after("3600"),
        Answer::text(404, ""),
        Answer::text(200, ""),
        Answer::connection_refused(),
    ];
    let stage = Stage::new();
    for kind in kinds {
        stage.server.will_answer(LOGIN, kind);
        stage.failure();
    }
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn a_caller_who_leaves_cancels_nothing() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let leader = stage.ask(Demand::Fresh);
    let follower = stage.ask(Demand::Fresh);
    leader.leave();
    stage.open(&gate);
    assert_eq!(follower.answer().unwrap(), pair.access);
}

#[test]
fn a_flight_that_everybody_has_left_still_brings_its_token() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    stage.ask(Demand::Fresh).leave();
    stage.open(&gate);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_caller_who_never_waits_for_its_renewal_has_started_it_all_the_same() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    drop(stage.manager.renew(Demand::Fresh));
    stage.advance(secs(0));
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn a_caller_whose_look_is_older_than_the_last_flight_gets_that_flights_token() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    // It looked before the login landed and boards only now.
    let manager = stage.manager.clone();
    let outcome = stage.start(async move { manager.renew(Demand::Fresh).await }).answer();
    assert_eq!(outcome.how, None);
    assert_eq!(outcome.result.unwrap().secret.expose_secret(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_flight_whose_thread_died_is_a_failure_for_all_and_the_next_call_tries_again() {
    let executor = Arc::new(Executor::default());
    let stage = Stage::run_by(Setting::default(), Arc::new(Nobody), executor);
    for _ in 0..2 {
        let failure = stage.failure();
        assert_eq!((failure.code, failure.status), (Code::Network, 502));
        assert!(failure.message.contains("lost"), "{failure}");
        assert!(!stage.manager.status().renewing);
    }
}

#[test]
fn while_a_flight_is_under_way_the_fresh_token_of_before_is_served() {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    let next = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    let forced = stage.ask(Demand::Renewed);
    assert_eq!(stage.token(), pair.access);
    stage.open(&gate);
    assert_eq!(forced.answer().unwrap(), next);
    assert_eq!(stage.token(), next);
}
