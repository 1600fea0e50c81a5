//! What a renewal makes of it: how old a token is, which callback comes when, and what is revoked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::Boxed;
use serde_json::{Value, json};
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::{Demand, Manager, Parts, Shared, Spawn};
use tokenkeep::policy::{CoolDown, Policy};
use tokenkeep::provider::host::{HostLogin, Thrown};
use tokenkeep::transport::{Lost, LostReason, Request, Response, Transport};

use super::home::{errand, gave, options, text, threw};
use crate::stage::clock::ManualClock;
use crate::stage::executor::Executor;
use crate::stage::jwt::jwt;
use crate::stage::log::{Listening, Log};
use crate::stage::{Dice, Watch};

/// The callbacks: what they are to answer, and what they were asked.
#[derive(Default)]
struct Callbacks {
    answers: Mutex<VecDeque<Result<Response, Lost>>>,
    asked: Mutex<Vec<Value>>,
}

impl Transport for Callbacks {
    fn send(&self, request: Request, _: Duration) -> Boxed<Result<Response, Lost>> {
        self.asked.lock().unwrap().push(errand(&request));
        let answer = self.answers.lock().unwrap().pop_front().expect("an answer");
        Box::pin(async move {
            request.leave().await?;
            answer
        })
    }
}

struct Play {
    clock: Arc<ManualClock>,
    callbacks: Arc<Callbacks>,
    executor: Arc<Executor>,
    manager: Manager,
    log: Log,
    _listening: Listening,
}

fn play(policy: Policy) -> Play {
    let clock = Arc::new(ManualClock::new());
    let callbacks = Arc::new(Callbacks::default());
    let executor = Arc::new(Executor::default());
    let (log, _listening) = Log::listen();
    let parts = Parts {
        transport: Arc::clone(&callbacks) as _,
        clock: Arc::clone(&clock) as _,
        rng: Arc::new(Dice),
        store: None,
        fallback: None,
        spawn: Arc::clone(&executor) as Arc<dyn Spawn>,
        turns: None,
        tally: None,
        policy,
    };
    let shared = Shared::of(Arc::new(HostLogin::new(options())));
    let manager = Manager::new(parts, shared, None, Arc::new(Watch::default()) as _);
    Play { clock, callbacks, executor, manager, log, _listening }
}

impl Play {
    fn will_give(&self, set: &Value) -> &Self {
        self.will(Ok(gave(&set.to_string())))
    }

    fn will_throw(&self, thrown: &Thrown) -> &Self {
        self.will(Ok(thrown.response()))
    }

    fn will(&self, answer: Result<Response, Lost>) -> &Self {
        self.callbacks.answers.lock().unwrap().push_back(answer);
        self
    }

    fn get(&self, demand: Demand) -> Result<String, Failure> {
        let manager = self.manager.clone();
        let call = self.executor.start(async move { manager.get_token(demand).await });
        self.executor.run();
        call.answer().map(|token| text(&token).to_owned())
    }

    fn logout(&self) -> Result<(), Failure> {
        let manager = self.manager.clone();
        let call = self.executor.start(async move { manager.logout().await });
        self.executor.run();
        call.answer()
    }

    fn expires_in(&self) -> i64 {
        self.manager.status().expires_at.expect("a token") - self.clock.wall()
    }

    fn steps(&self) -> Vec<Value> {
        self.callbacks.asked.lock().unwrap().iter().map(|errand| errand["step"].clone()).collect()
    }
}

#[test]
fn the_exp_of_a_token_counts_as_it_stands_however_long_ago_it_was_made() {
    let play = play(Policy::default());
    let now = play.clock.wall() / 1000;
    // Half of its hour has passed in a vault.
    let token = jwt(&json!({ "iat": now - 1800, "exp": now + 1800 }));
    play.will_give(&json!({ "token": token }));
    assert_eq!(play.get(Demand::Fresh).ok(), Some(token));
    assert_eq!(play.expires_in() / 1000, 1800);
}

#[test]
fn what_the_callback_says_comes_before_the_exp_and_ttl_caps_both() {
    let play = play(Policy { ttl: Some(Duration::from_secs(60)), ..Policy::default() });
    let now = play.clock.wall();
    let token = jwt(&json!({ "exp": now / 1000 - 5 }));
    play.will_give(&json!({ "token": token, "expiresAt": now + 3_600_000 }));
    play.get(Demand::Fresh).expect("a token");
    assert_eq!(play.expires_in(), 60_000);
}

#[test]
fn a_token_of_which_nobody_says_anything_lives_55_minutes_with_one_warning() {
    let play = play(Policy::default());
    for _ in 0..2 {
        play.will_give(&json!({ "token": "opaque", "refreshToken": "r" }));
        play.get(Demand::Renewed).expect("a token");
    }
    assert_eq!(play.expires_in(), 55 * 60 * 1000);
    assert_eq!(play.log.warnings().len(), 1, "{:?}", play.log.warnings());
}

#[test]
fn a_token_whose_exp_has_passed_is_bad_response() {
    let play = play(Policy::default());
    let now = play.clock.wall() / 1000;
    // By its `iat` it would have lived an hour.
    play.will_give(&json!({ "token": jwt(&json!({ "iat": now - 3601, "exp": now - 1 })) }));
    assert_eq!(play.get(Demand::Fresh).map_err(|failure| failure.code), Err(Code::BadResponse));
}

#[test]
fn a_refresh_that_throws_leads_to_a_login_that_is_told_of_the_session_before() {
    let play = play(Policy::default());
    play.will_give(&json!({ "token": "one", "refreshToken": "r1" }))
        .will_throw(&threw("no"))
        .will_give(&json!({ "token": "two" }));
    play.get(Demand::Fresh).expect("a token");
    assert_eq!(play.get(Demand::Renewed).ok().as_deref(), Some("two"));
    assert_eq!(play.steps(), ["login", "refresh", "login"]);
    let previous = &play.callbacks.asked.lock().unwrap()[2]["session"];
    assert_eq!((&previous["token"], &previous["refreshToken"]), (&json!("one"), &json!("r1")));
}

#[test]
fn a_refresh_token_that_was_refused_is_offered_to_nobody_again() {
    let play = play(Policy::default());
    let refused = Thrown { code: Some("INVALID_CREDENTIALS".to_owned()), ..threw("spent") };
    play.will_give(&json!({ "token": "one", "refreshToken": "r1" })).will_throw(&refused).will_throw(&threw("down"));
    play.get(Demand::Fresh).expect("a token");
    assert!(play.get(Demand::Renewed).is_err());
    let previous = &play.callbacks.asked.lock().unwrap()[2]["session"];
    assert_eq!((&previous["token"], &previous["refreshToken"]), (&json!("one"), &Value::Null));
}

#[test]
fn without_a_refresh_token_the_refresh_is_asked_while_the_token_lives() {
    let play = play(Policy::default());
    play.will_give(&json!({ "token": "one" }))
        .will_give(&json!({ "token": "two" }))
        .will_give(&json!({ "token": "three" }));
    play.get(Demand::Fresh).expect("a token");
    play.get(Demand::Renewed).expect("a token");
    play.clock.advance(Duration::from_secs(56 * 60));
    play.get(Demand::Fresh).expect("a token");
    assert_eq!(play.steps(), ["login", "refresh", "login"]);
}

#[test]
fn logout_revokes_the_session_whether_or_not_it_has_a_refresh_token() {
    for set in [json!({ "token": "one" }), json!({ "token": "one", "refreshToken": "r1" })] {
        let play = play(Policy::default());
        play.will_give(&set).will(Ok(gave("")));
        play.get(Demand::Fresh).expect("a token");
        play.logout().expect("told");
        assert_eq!(play.steps(), ["login", "revoke"]);
        assert_eq!(play.callbacks.asked.lock().unwrap()[1]["session"]["token"], "one");
    }
}

#[test]
fn a_thread_that_ends_under_a_login_keeps_nobody_from_the_next_one() {
    let play = play(Policy { cool_down: Some(CoolDown::default()), ..Policy::default() });
    let summary = "its thread has ended".to_owned();
    play.will(Err(Lost { reason: LostReason::Gone, summary, hint: None, causes: Vec::new(), thrown: None }));
    assert_eq!(play.get(Demand::Fresh).map_err(|failure| failure.code), Err(Code::Closed));
    play.will_give(&json!({ "token": "one" }));
    assert_eq!(play.get(Demand::Fresh).ok().as_deref(), Some("one"));
}
