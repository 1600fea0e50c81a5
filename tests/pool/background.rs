//! `refresh: 'background'` for many: one timer, which asks for those who are due.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::Boxed;
use tokenkeep::clock::{Clock, Moment};
use tokenkeep::policy::{Background, CoolDown, Margin, Policy};

use super::crowd::{Crowd, of};
use crate::stage::answer::Answer;
use crate::stage::clock::ManualClock;
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
fn nobody_is_asked_for_while_the_renewal_is_under_way() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "one", 3600);
    crowd.advance(secs(2745));
    let answer = Answer::refreshed(&crowd.server.mint("access", 3600));
    let gate = crowd.server.will_hold(REFRESH, answer);
    crowd.manager("one").renew_aside();
    crowd.advance(Duration::from_secs(0));
    names(&asked);
    crowd.advance(secs(9));
    crowd.open(&gate);
    assert_eq!(names(&asked), Vec::<String>::new());
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
    for _ in 0..3 {
        crowd.advance(Duration::from_millis(1900));
        assert_eq!(names(&asked), Vec::<String>::new());
        crowd.advance(Duration::from_millis(600));
        assert_eq!(names(&asked), ["one"]);
        crowd.server.will_refresh(4);
        crowd.manager("one").renew_aside();
        crowd.advance(secs(0));
        names(&asked);
    }
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
    let Crowd { pool, flights, .. } = crowd;
    drop(pool);
    flights.run();
    assert_eq!(Arc::strong_count(&asked), 1);
}

#[test]
fn without_the_option_nobody_is_asked_for() {
    let crowd = Crowd::with_policy(100, 8, Policy { background: None, ..policy() });
    assert_eq!(Arc::strong_count(&tended(&crowd)), 1);
}

/// That many with an hour's token.
fn logged_in(crowd: &Crowd, accounts: usize) {
    for account in 0..accounts {
        log_in(crowd, &account.to_string(), 3600);
    }
}

/// Lets time pass until somebody is asked for.
fn first_asked(crowd: &Crowd, asked: &Asked) {
    while asked.lock().unwrap().is_empty() {
        crowd.advance(crowd.clock.next_alarm().expect("a timer"));
    }
}

#[test]
fn no_more_are_asked_for_than_four_for_each_turn_and_nobody_twice_while_it_may_still_begin() {
    let crowd = Crowd::with_policy(100, 2, policy());
    let asked = tended(&crowd);
    logged_in(&crowd, 20);
    first_asked(&crowd, &asked);
    crowd.advance(Duration::from_millis(999));
    let first = asked.lock().unwrap().clone();
    assert_eq!((first.len(), names(&asked).len()), (8, 8));
    crowd.advance(Duration::from_millis(500));
    assert_eq!(names(&asked).len(), 8, "whoever has not begun by then is asked for again");
}

#[test]
fn while_as_many_renew_as_there_is_room_for_nobody_is_asked_for_and_the_others_come_after_them() {
    let crowd = Crowd::with_policy(100, 2, policy());
    let asked = tended(&crowd);
    logged_in(&crowd, 20);
    first_asked(&crowd, &asked);
    let refreshed = |_| Answer::refreshed(&crowd.server.mint("access", 3600));
    let gates: Vec<_> = (0..8).map(refreshed).map(|answer| crowd.server.will_hold(REFRESH, answer)).collect();
    let first = names(&asked);
    first.iter().for_each(|name| crowd.manager(name).renew_aside());
    crowd.advance(secs(5));
    assert_eq!(names(&asked), Vec::<String>::new());
    gates.iter().for_each(|gate| crowd.open(gate));
    crowd.advance(Duration::from_millis(250));
    let second = names(&asked);
    assert_eq!(second.len(), 8);
    assert!(second.iter().all(|name| !first.contains(name)));
}

#[test]
fn with_64_turns_and_a_fast_server_a_thousand_are_renewed_in_a_second() {
    let crowd = Crowd::with_policy(3000, 64, policy());
    let asked = tended(&crowd);
    logged_in(&crowd, 1100);
    first_asked(&crowd, &asked);
    let mut renewed = 0;
    for _ in 0..4 {
        for name in names(&asked) {
            crowd.server.will_refresh(3600);
            crowd.manager(&name).renew_aside();
            renewed += 1;
        }
        crowd.run();
        crowd.advance(Duration::from_millis(250));
    }
    assert!(renewed > 1000, "{renewed}");
}

/// Counts how often somebody went to sleep.
struct Naps(Arc<ManualClock>, AtomicUsize);

impl Clock for Naps {
    fn now(&self) -> Moment {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Boxed<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sleep(duration)
    }
}

#[test]
fn a_token_that_no_look_can_be_in_time_for_is_no_reason_to_look_all_the_time() {
    for (margin, after) in [(0, 60), (600, 4000)] {
        let crowd = Crowd::with_policy(100, 8, Policy { margin: secs(margin).into(), ..policy() });
        let clock = Arc::new(Naps(Arc::clone(&crowd.clock), AtomicUsize::new(0)));
        crowd.pool.tend(&crowd.policy, Arc::clone(&clock) as Arc<dyn Clock>, &*crowd.flights, |_| {});
        log_in(&crowd, "one", 3600);
        crowd.advance(secs(after));
        let before = clock.1.load(Ordering::Relaxed);
        crowd.advance(secs(100));
        let naps = clock.1.load(Ordering::Relaxed) - before;
        assert!((10..=24).contains(&naps), "{naps} times with a margin of {margin}");
    }
}

#[test]
fn a_token_that_lives_for_seconds_is_seen_in_time_by_a_timer_that_sleeps_for_longer() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    log_in(&crowd, "long", 36_000);
    crowd.advance(secs(61));
    log_in(&crowd, "short", 4);
    crowd.advance(Duration::from_millis(2600));
    assert_eq!(names(&asked), ["short"]);
}

#[test]
fn a_timer_that_sleeps_ends_with_the_pool_too() {
    for after in [0, 5] {
        let crowd = Crowd::with_policy(100, 8, policy());
        let asked = tended(&crowd);
        log_in(&crowd, "one", 3600);
        crowd.advance(secs(after));
        let Crowd { pool, flights, .. } = crowd;
        drop(pool);
        flights.run();
        assert_eq!(Arc::strong_count(&asked), 1, "after {after} s");
    }
}

#[test]
fn a_session_that_another_manager_logs_in_is_looked_after_too() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    let shared = crowd.enrol_as("one");
    crowd.advance(secs(20));
    crowd.server.will_log_in(3600);
    crowd.ask(&crowd.stranger(shared)).answer().unwrap();
    crowd.advance(secs(2760));
    assert_eq!(names(&asked), ["one"]);
}

#[test]
fn an_account_with_a_session_already_is_looked_after_from_its_enrolment_on() {
    let crowd = Crowd::with_policy(100, 8, policy());
    let asked = tended(&crowd);
    let shared = crowd.registry.shared(of("one"), "");
    crowd.server.will_log_in(3600);
    crowd.ask(&crowd.stranger(Arc::clone(&shared))).answer().unwrap();
    crowd.enrol_as("one");
    crowd.advance(secs(2760));
    assert_eq!(names(&asked), ["one"]);
}
