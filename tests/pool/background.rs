//! `refresh: 'background'` for many: one timer, which asks for those who are due.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokenkeep::clock::Clock;
use tokenkeep::policy::{Background, CoolDown, Margin, Policy};

use super::crowd::Crowd;
use crate::stage::answer::Answer;
use crate::stage::secs;
use crate::stage::server::{LOGIN, REFRESH};

/// Who was asked for, in order.
type Asked = Arc<Mutex<Vec<String>>>;

fn policy() -> Policy {
    let background = Some(Background::default());
    Policy { margin: Margin::Auto, background, cool_down: Some(CoolDown::default()), ..Policy::default() }
}

fn tended(crowd: &Crowd) -> Asked {
    let asked = Asked::default();
    let names = Arc::clone(&asked);
    let ask = move |due: Vec<Box<str>>| names.lock().unwrap().extend(due.into_iter().map(String::from));
    crowd.pool.tend(&crowd.policy, Arc::clone(&crowd.clock) as Arc<dyn Clock>, &*crowd.flights, ask);
    crowd.advance(secs(0));
    asked
}

/// Those who were asked for since the last time.
fn names(asked: &Asked) -> Vec<String> {
    let mut names = std::mem::take(&mut *asked.lock().unwrap());
    names.sort();
    names.dedup();
    names
}

fn log_in(crowd: &Crowd, name: &str, lifetime: i64) {
    crowd.server.will_log_in(lifetime);
    crowd.ask_for(name).1.answer().unwrap();
}

#[test]
fn those_who_are_due_are_asked_for_and_nobody_else() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    crowd.enrol(0..5);
    log_in(&crowd, "long", 36_000);
    log_in(&crowd, "short", 3600);
    crowd.advance(secs(2700));
    assert_eq!(names(&asked), Vec::<String>::new());
    crowd.advance(secs(50));
    assert_eq!(names(&asked), ["short"]);
}

#[test]
fn whoever_was_renewed_is_left_alone_until_the_next_time() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 3600);
    crowd.advance(secs(2750));
    assert_eq!(names(&asked), ["one"]);
    crowd.server.will_refresh(3600);
    crowd.manager("one").renew_aside();
    crowd.advance(secs(2700));
    assert_eq!(names(&asked), Vec::<String>::new());
    crowd.advance(secs(50));
    assert_eq!(names(&asked), ["one"]);
}

#[test]
fn a_failure_is_one_accounts_own_and_it_is_asked_for_again_when_it_may() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 3600);
    log_in(&crowd, "two", 3600);
    crowd.advance(secs(2750));
    crowd.server.will_answer(REFRESH, Answer::connection_refused());
    crowd.server.will_answer(LOGIN, Answer::connection_refused());
    crowd.manager("one").renew_aside();
    crowd.advance(secs(0));
    names(&asked);
    crowd.advance(secs(200));
    assert_eq!(names(&asked), ["two"]);
    crowd.advance(secs(20));
    assert_eq!(names(&asked), ["one", "two"]);
}

#[test]
fn whoever_has_left_the_pool_is_asked_for_no_more() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 3600);
    crowd.pool.clear();
    crowd.advance(secs(3000));
    assert_eq!(names(&asked), Vec::<String>::new());
}

#[test]
fn tokens_that_live_for_seconds_are_looked_at_more_often() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 4);
    // Not before the next look is it known that there is one.
    crowd.advance(secs(10));
    assert_eq!(names(&asked), ["one"]);
    crowd.server.will_refresh(4);
    crowd.manager("one").renew_aside();
    crowd.advance(secs(0));
    names(&asked);
    crowd.advance(Duration::from_millis(1900));
    assert_eq!(names(&asked), Vec::<String>::new());
    crowd.advance(Duration::from_millis(600));
    assert_eq!(names(&asked), ["one"]);
}

#[test]
fn a_suspend_is_noticed_soon_after_the_machine_wakes() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 3600);
    crowd.advance(secs(60));
    crowd.clock.suspend(secs(2800));
    crowd.advance(secs(10));
    assert_eq!(names(&asked), ["one"]);
}

#[test]
fn the_timer_ends_with_the_pool() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    assert_eq!(Arc::strong_count(&asked), 2);
    let Crowd { pool, clock, flights, .. } = crowd;
    drop(pool);
    clock.advance(secs(10));
    flights.run();
    assert_eq!(Arc::strong_count(&asked), 1);
}

#[test]
fn without_the_option_nobody_is_asked_for() {
    let crowd = Crowd::with_policy(100, 8, Policy { background: None, ..policy() });
    assert_eq!(Arc::strong_count(&tended(&crowd)), 1);
}
