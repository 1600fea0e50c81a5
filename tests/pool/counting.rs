//! How many are doing well, and what has happened to all of them.

use super::crowd::Crowd;
use crate::stage::answer::Answer;
use crate::stage::secs;
use crate::stage::server::LOGIN;
use tokenkeep::clock::Clock;
use tokenkeep::pool::Census;

fn census(crowd: &Crowd) -> Census {
    crowd.pool.census(&crowd.policy, crowd.clock.now())
}

#[test]
fn each_account_is_counted_in_its_state() {
    let crowd = Crowd::new(100, 8);
    let login = |name: &str, lifetime: i64| {
        crowd.server.will_log_in(lifetime);
        crowd.ask_for(name).1.answer().unwrap();
    };
    login("long", 6000);
    login("medium", 630);
    login("short", 300);
    crowd.enrol(0..2);
    assert_eq!(census(&crowd), Census { empty: 2, valid: 3, expiring: 0, expired: 0 });
    crowd.advance(secs(600));
    assert_eq!(census(&crowd), Census { empty: 2, valid: 1, expiring: 1, expired: 1 });
}

#[test]
fn what_happens_to_an_account_counts_for_the_pool_also_when_the_account_has_left() {
    let crowd = Crowd::new(1, 8);
    crowd.server.will_log_in(600);
    let (manager, call) = crowd.ask_for("one");
    let token = call.answer().unwrap();
    manager.invalidate(Some(&token));
    crowd.server.will_refresh(600);
    crowd.ask(&manager).answer().unwrap();
    drop(manager);
    crowd.server.will_answer(LOGIN, Answer::wrong_password());
    assert!(crowd.ask_for("other").1.answer().is_err());
    let counters = crowd.pool.counters();
    assert_eq!((counters.logins, counters.refreshes, counters.failures, counters.invalidations), (1, 1, 1, 1));
    assert!(crowd.pool.get("one").is_none());
}

#[test]
fn its_words_for_a_debugger_name_nobody() {
    let crowd = Crowd::new(10, 8);
    drop(crowd.enrol_as("alice"));
    let words = format!("{:?} {:?}", crowd.pool, crowd.pool.get("alice").unwrap());
    assert!(words.contains("accounts: 1"), "{words}");
    assert!(!words.contains(crate::stage::PASSWORD), "{words}");
}
