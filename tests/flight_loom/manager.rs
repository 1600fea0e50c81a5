//! The manager's own boarding. What is not a flight in it holds its locks for a moment only, between two steps of the model.

use std::sync::Arc;

use futures_lite::future::Boxed;
use loom::future::block_on;
use loom::thread;
use secrecy::ExposeSecret;
use tokenkeep::manager::{Demand, Spawn};
use tokenkeep::session::Source;

use crate::in_every_order;
use crate::stage::executor::Executor;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage};

/// Runs every flight on a thread of the model.
#[derive(Debug)]
struct ModelThreads;

impl Spawn for ModelThreads {
    fn spawn(&self, future: Boxed<()>) {
        thread::spawn(move || block_on(future));
    }
}

/// Runs every flight at once, on the thread of whoever leads it.
#[derive(Debug)]
struct AtOnce;

impl Spawn for AtOnce {
    fn spawn(&self, future: Boxed<()>) {
        block_on(future);
    }
}

fn stage_run_by(spawn: impl Spawn + 'static) -> Stage {
    Stage::run_by(Setting::default(), Arc::new(spawn), Arc::new(Executor::default()))
}

#[test]
fn callers_of_one_manager_log_in_once() {
    in_every_order(|| {
        let stage = stage_run_by(ModelThreads);
        let pair = stage.server.will_log_in(600);
        let manager = stage.manager.clone();
        let caller = thread::spawn(move || block_on(manager.get_token(Demand::Fresh)).map(|_| ()));
        let token = block_on(stage.manager.get_token(Demand::Fresh)).unwrap();
        assert_eq!(token.expose_secret(), pair.access);
        caller.join().unwrap().unwrap();
        assert_eq!(stage.server.asked(), [LOGIN]);
    });
}

#[test]
fn whoever_demands_a_new_token_is_not_content_with_a_flight_that_found_nothing_to_do() {
    in_every_order(|| {
        let stage = stage_run_by(AtOnce);
        stage.server.will_log_in(600);
        block_on(stage.manager.get_token(Demand::Fresh)).unwrap();
        let refreshed = stage.server.will_refresh(600);
        let manager = stage.manager.clone();
        // Its look was of before the login.
        let late = thread::spawn(move || block_on(manager.renew(Demand::Fresh)).result.map(|_| ()));
        let outcome = block_on(stage.manager.renew(Demand::Renewed));
        assert_eq!(outcome.how, Some(Source::Refresh));
        assert_eq!(outcome.result.unwrap().secret.expose_secret(), refreshed);
        late.join().unwrap().unwrap();
        assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    });
}

#[test]
fn after_its_closing_a_manager_holds_nothing() {
    in_every_order(|| {
        let stage = stage_run_by(ModelThreads);
        stage.server.will_log_in(600);
        let manager = stage.manager.clone();
        let caller = thread::spawn(move || block_on(manager.get_token(Demand::Fresh)).map(|_| ()));
        block_on(stage.manager.close());
        assert!(stage.manager.look().token.is_none());
        caller.join().unwrap().ok();
        assert!(stage.manager.look().token.is_none());
    });
}
