//! What else goes through a sleep: watchers, pauses, and providers that cannot be folded.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::clock::Clock;
use tokenkeep::manager::Shared;
use tokenkeep::policy::{CoolDown, Margin, Policy};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::store::memory::Freshness;

use super::crowd::Crowd;
use crate::stage::answer::Answer;
use crate::stage::rotating::Rotating;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{BASE_URL, Watch};

fn asleep(crowd: &Crowd) -> Arc<Shared> {
    let (manager, call) = crowd.ask_for("alice");
    call.answer().unwrap();
    drop(manager);
    let shared = crowd.pool.get("alice").unwrap().shared;
    assert!(shared.is_asleep());
    shared
}

fn watching(shared: &Shared) -> (Arc<Watch>, Arc<dyn Freshness>) {
    let watch = Arc::new(Watch::default());
    let watcher: Arc<dyn Freshness> = Arc::clone(&watch) as _;
    shared.watch(&watcher);
    (watch, watcher)
}

#[test]
fn whoever_watches_a_sleeper_no_more_hears_nothing_and_the_others_go_on() {
    let crowd = Crowd::new(10, 8);
    crowd.server.will_log_in(600);
    let shared = asleep(&crowd);
    let generation = shared.look(&crowd.policy, crowd.clock.now(), None).generation;
    let ((leaving, watcher), (staying, _watcher)) = (watching(&shared), watching(&shared));
    shared.unwatch(&watcher);
    crowd.advance(Duration::from_secs(590));
    crowd.server.will_refresh(600);
    crowd.ask(&crowd.manager("alice")).answer().unwrap();
    let renewed = shared.look(&crowd.policy, crowd.clock.now(), None).generation;
    assert_eq!(leaving.generations(), [generation]);
    assert_eq!(staying.generations(), [generation, renewed]);
}

#[test]
fn a_sleeper_that_pauses_is_not_due_and_is_once_the_pause_is_over() {
    let policy = Policy { margin: Margin::Auto, cool_down: Some(CoolDown::default()), ..Policy::default() };
    let crowd = Crowd::with_policy(10, 8, policy);
    crowd.server.will_log_in(600);
    let shared = asleep(&crowd);
    crowd.advance(Duration::from_secs(400));
    let is_due = || shared.look(&crowd.policy, crowd.clock.now(), None).due;
    assert!(is_due());
    crowd.server.will_answer(REFRESH, Answer::server_error());
    crowd.server.will_answer(LOGIN, Answer::server_error());
    crowd.manager("alice").renew_aside();
    crowd.run();
    assert!(shared.is_asleep() && !is_due());
    crowd.advance(Duration::from_secs(60));
    assert!(is_due());
}

#[test]
fn a_provider_that_cannot_be_folded_is_there_again_after_the_sleep() {
    let crowd = Crowd::new(10, 8);
    let pair = crowd.server.will_log_in(600);
    let baserow = Baserow::new(BASE_URL, "alice@example.com", SecretString::from("p"));
    let provider: Arc<dyn Provider> = Arc::new(Rotating(baserow));
    let shared = Shared::of(provider);
    let manager = crowd.stranger(Arc::clone(&shared));
    crowd.ask(&manager).answer().unwrap();
    drop(manager);
    assert!(shared.is_asleep());
    let manager = crowd.stranger(Arc::clone(&shared));
    assert_eq!(manager.account(), "alice@example.com");
    assert_eq!(manager.look().token.unwrap().expose_secret(), pair.access);
}
