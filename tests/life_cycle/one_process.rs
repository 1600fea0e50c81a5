//! One process, one session: managers of one identity share it, and the rest is each manager's own.

use tokenkeep::error::Code;
use tokenkeep::manager::{Demand, Scoped};
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

fn pair() -> (Stage, Stage) {
    let one = Stage::new();
    let other = one.thread(Setting::default());
    (one, other)
}

#[test]
fn two_managers_of_one_identity_make_one_login() {
    let (one, other) = pair();
    let pair = one.server.mint_pair(600);
    let gate = one.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let (first, second) = (one.ask(Demand::Fresh), other.ask(Demand::Fresh));
    one.open(&gate);
    assert_eq!((first.answer().unwrap(), second.answer().unwrap()), (pair.access.clone(), pair.access.clone()));
    assert_eq!(other.token(), pair.access);
    assert_eq!(one.server.asked(), [LOGIN]);
}

#[test]
fn a_failure_is_shared_with_those_who_wait_and_remembered_for_those_who_remember() {
    let one = Stage::with_policy(patient());
    let (other, drop_in) =
        (one.thread(Setting { policy: patient(), ..Setting::default() }), one.thread(Setting::default()));
    one.server.will_answer(LOGIN, Answer::wrong_password());
    assert_eq!(one.failure().code, Code::InvalidCredentials);
    assert_eq!(other.failure().code, Code::CoolingDown);
    let pair = one.server.will_log_in(600);
    assert_eq!(drop_in.token(), pair.access, "the drop-in remembers nothing");
    assert_eq!(other.token(), pair.access);
}

#[test]
fn a_token_that_one_forgets_is_gone_for_all_and_their_watchers_hear_of_it() {
    let (one, other) = pair();
    one.server.will_log_in(600);
    let token = one.token();
    assert_eq!(other.token(), token);
    let known = other.watch.generations();
    one.invalidate(Some(&token));
    assert_eq!(other.watch.generations().len(), known.len() + 1);
    let refreshed = one.server.will_refresh(600);
    assert_eq!((other.token(), one.token()), (refreshed.clone(), refreshed));
    assert_eq!(one.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn each_has_a_margin_and_counters_of_its_own() {
    let one = Stage::new();
    let wary =
        one.thread(Setting { policy: Policy { margin: secs(200).into(), ..Policy::default() }, ..Setting::default() });
    one.server.will_log_in(600);
    let token = one.token();
    one.advance(secs(450));
    assert_eq!(one.token(), token);
    let refreshed = one.server.will_refresh(600);
    assert_eq!(wary.token(), refreshed);
    let counted = |stage: &Stage| {
        let counters = stage.manager.status().telemetry.counters;
        (counters.logins, counters.refreshes)
    };
    assert_eq!((counted(&one), counted(&wary)), ((1, 0), (0, 1)));
}

#[test]
fn the_session_lives_until_the_last_of_them_is_closed() {
    let (one, other) = pair();
    let pair = one.server.will_log_in(600);
    one.token();
    one.close().answer();
    assert_eq!(one.failure().code, Code::Closed);
    assert!(one.manager.look().token.is_none());
    assert_eq!(other.token(), pair.access);
    assert_eq!(one.server.asked(), [LOGIN]);
}

#[test]
fn closing_waits_for_a_flight_of_another_and_stops_only_itself() {
    let (one, other) = pair();
    let pair = one.server.mint_pair(600);
    let gate = one.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let call = other.ask(Demand::Fresh);
    let closing = one.close();
    assert!(closing.is_waiting());
    one.open(&gate);
    closing.answer();
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn whoever_replaces_its_credentials_leaves_the_others_where_they_are() {
    let (one, other) = pair();
    one.server.will_log_in(600);
    one.token();
    one.replace(&Setting { password: Some("a new one"), ..Setting::default() }).answer().unwrap();
    assert!(other.manager.look().token.is_none(), "the old session is gone before the new credentials are used");
    let ours = one.server.will_log_in(600);
    assert_eq!(one.token(), ours.access);
    let theirs = one.server.will_log_in(600);
    assert_eq!(other.token(), theirs.access);
    assert_eq!(one.token(), ours.access);
}

#[test]
fn a_manager_that_moves_to_another_session_never_takes_it_for_its_old_one() {
    let one = Stage::new();
    one.server.will_log_in(600);
    one.token();
    let before = one.manager.look().generation;
    one.replace(&Setting { password: Some("a new one"), ..Setting::default() }).answer().unwrap();
    one.server.will_log_in(600);
    one.token();
    assert_ne!(one.manager.look().generation, before);
    assert_eq!(one.watch.generations().last(), Some(&one.manager.look().generation));
}

#[test]
fn a_scope_that_nobody_was_granted_costs_one_renewal_a_minute_for_all_of_them() {
    let (one, other) = pair();
    one.server.will_log_in(600);
    one.server.will_refresh(600);
    assert_eq!(one.scoped("guild").unwrap_err().code, Code::ScopeNotGranted);
    assert_eq!(other.scoped("guild").unwrap_err().code, Code::ScopeNotGranted);
    assert!(matches!(other.manager.scoped("guild"), Scoped::Refused(_)));
    assert_eq!(one.server.asked(), [LOGIN, REFRESH]);
    one.advance(secs(61));
    one.server.will_refresh(600);
    assert!(other.scoped("guild").unwrap_err().message.contains("no token for guild"));
    assert_eq!(one.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn whether_an_old_token_is_served_is_each_managers_own_to_say() {
    let strict = Policy { serve_stale: false, ..Policy::default() };
    for leader_is_strict in [true, false] {
        let lenient = Stage::new();
        let other = lenient.thread(Setting { policy: strict.clone(), ..Setting::default() });
        let pair = lenient.server.will_log_in(600);
        lenient.token();
        lenient.advance(secs(550));
        let gate = lenient.server.will_hold(REFRESH, Answer::connection_refused());
        lenient.server.will_answer(LOGIN, Answer::connection_refused());
        let (first, second) = if leader_is_strict { (&other, &lenient) } else { (&lenient, &other) };
        let (first, second) = (first.ask(Demand::Fresh), second.ask(Demand::Fresh));
        lenient.open(&gate);
        let (of_lenient, of_strict) = if leader_is_strict { (second, first) } else { (first, second) };
        assert_eq!(of_lenient.answer().unwrap(), pair.access);
        assert_eq!(of_strict.answer().unwrap_err().code, Code::Network);
    }
}

#[test]
fn a_token_that_the_drop_in_forgets_ends_the_patience_that_it_bought_others() {
    let general = Stage::with_policy(patient());
    let drop_in = general.thread(Setting::default());
    general.server.will_log_in(600);
    let token = general.token();
    general.server.will_answer(REFRESH, Answer::connection_refused());
    general.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(general.get(Demand::Renewed).unwrap_err().code, Code::Network);
    drop_in.invalidate(Some(&token));
    let wait = general.failure().retry_after.expect("a wait");
    assert!(wait <= secs(60), "{wait:?}");
}

#[test]
fn a_manager_that_is_closed_while_its_provider_is_replaced_stays_where_it_is() {
    let one = Stage::stored();
    one.server.will_log_in(600);
    one.token();
    let slow = one.disk.will_hold_a_clear();
    let replacing = one.replace(&Setting { password: Some("a new one"), stored: true, ..Setting::default() });
    let closing = one.close();
    one.open(&slow);
    assert_eq!(replacing.answer().unwrap_err().code, Code::Closed);
    closing.answer();
}

#[test]
fn whoever_has_moved_to_another_session_is_not_told_of_the_one_that_it_left() {
    let (one, other) = pair();
    one.server.will_log_in(600);
    one.token();
    one.replace(&Setting { password: Some("a new one"), ..Setting::default() }).answer().unwrap();
    let told = one.watch.generations();
    one.server.will_log_in(600);
    other.token();
    assert_eq!(one.watch.generations(), told);
    one.server.will_log_in(600);
    one.token();
    assert_eq!(one.watch.generations().len(), told.len() + 1, "and of its own it is told once");
}

#[test]
fn whoever_replaces_its_credentials_by_the_same_ones_is_still_told_once() {
    let (one, _other) = pair();
    one.server.will_log_in(600);
    one.token();
    one.replace(&Setting::default()).answer().unwrap();
    let told = one.watch.generations();
    one.server.will_log_in(600);
    one.token();
    assert_eq!(one.watch.generations().len(), told.len() + 1);
}
