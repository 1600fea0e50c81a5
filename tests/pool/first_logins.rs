//! What the pool's timer leaves to callers who have no token yet.

use std::sync::{Arc, Mutex};

use tokenkeep::clock::Clock;
use tokenkeep::policy::{Background, Margin, Policy};

use super::crowd::Crowd;
use crate::stage::secs;

#[test]
fn while_first_logins_take_all_turns_nobody_else_is_asked_for() {
    let patient = Policy { attempt: secs(600), deadline: secs(600), ..Policy::default() };
    let policy = Policy { margin: Margin::Auto, background: Some(Background::default()), ..patient };
    let crowd = Crowd::with_policy(100, 1, policy);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    let ask = move |due: Vec<Box<str>>| names.lock().unwrap().extend(due);
    crowd.pool.tend(&crowd.policy, Arc::clone(&crowd.clock) as Arc<dyn Clock>, &*crowd.flights, ask);
    crowd.server.will_log_in(3600);
    crowd.ask_for("due").1.answer().unwrap();
    crowd.advance(secs(2700));
    let (_, gate) = crowd.will_hold_a_login();
    let callers: Vec<_> = (0..16).map(|name| crowd.ask_for(&name.to_string())).collect();
    crowd.advance(secs(60));
    assert!(asked.lock().unwrap().is_empty());
    (0..15).for_each(|_| drop(crowd.server.will_log_in(3600)));
    crowd.open(&gate);
    assert!(callers.iter().all(|(_, call)| call.answer().is_ok()));
    crowd.advance(secs(10));
    assert_eq!(asked.lock().unwrap().first().map(|name| &**name), Some("due"));
}
