//! The soft zone: callers get the token at once, and one renewal runs aside.

use std::sync::Arc;

use tokenkeep::error::Code;
use tokenkeep::manager::{Demand, State};
use tokenkeep::policy::{CoolDown, Margin, Policy};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{RollingDice, Setting, Stage, patient, secs};

/// An hour's token is due a quarter of an hour before its end, less what the dice take.
const LIFETIME: i64 = 3600;
/// In the soft zone, whatever the dice say.
const SOFT: u64 = 3000;
/// In the last minute.
const HARD: u64 = 3545;

fn auto() -> Policy {
    Policy { margin: Margin::Auto, ..patient() }
}

/// An hour's token, so many seconds after its receipt.
fn aged(policy: Policy, seconds: u64) -> (Stage, Pair) {
    let stage = Stage::with_policy(policy);
    let pair = stage.server.will_log_in(LIFETIME);
    stage.token();
    stage.advance(secs(seconds));
    (stage, pair)
}

fn refresh_and_login_fail(stage: &Stage) {
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
}

#[test]
fn before_the_soft_border_nothing_is_renewed() {
    let (stage, pair) = aged(auto(), 2699);
    assert_eq!(stage.token(), pair.access);
    assert!(!stage.manager.look().due);
    assert_eq!(stage.manager.status().state, State::Valid);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn in_the_soft_zone_the_caller_gets_the_token_at_once_and_one_renewal_runs_aside() {
    let (stage, pair) = aged(auto(), SOFT);
    let fresh = stage.server.mint("access", LIFETIME);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&fresh));
    assert_eq!(stage.manager.status().state, State::Expiring);
    for _ in 0..100 {
        assert_eq!(stage.token(), pair.access);
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    stage.open(&gate);
    assert_eq!(stage.token(), fresh);
    assert_eq!(stage.manager.status().state, State::Valid);
    assert_eq!(stage.manager.status().telemetry.counters.refreshes, 1);
}

#[test]
fn whoever_asks_while_nothing_else_does_is_not_delayed_by_the_renewal() {
    let (stage, pair) = aged(auto(), SOFT);
    stage.server.will_refresh(LIFETIME);
    // Answered by a single poll, without the executor.
    let call = std::pin::pin!(stage.manager.get_token(Demand::Fresh));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(token)) = call.poll(&mut context) else { panic!("the caller waits") };
    assert_eq!(secrecy::ExposeSecret::expose_secret(&token), pair.access);
}

#[test]
fn a_look_says_for_how_long_and_whether_somebody_should_renew() {
    let (stage, _) = aged(auto(), 2000);
    let look = stage.manager.look();
    assert_eq!((look.fresh_for, look.due), (secs(1540), false));
    assert!(look.look_in >= secs(700) && look.look_in <= secs(790), "{:?}", look.look_in);
    stage.advance(secs(1000));
    let look = stage.manager.look();
    assert_eq!((look.fresh_for, look.look_in, look.due), (secs(540), secs(540), true));
    stage.advance(secs(545));
    let look = stage.manager.look();
    assert_eq!((look.fresh_for, look.look_in, look.due), (secs(0), secs(0), false));
}

#[test]
fn in_the_hard_zone_callers_wait_for_the_renewal_that_runs_aside() {
    let (stage, pair) = aged(auto(), 3535);
    let fresh = stage.server.mint("access", LIFETIME);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&fresh));
    assert_eq!(stage.token(), pair.access);
    stage.advance(secs(6));
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), fresh);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn in_the_hard_zone_callers_wait_and_get_the_token_with_one_warning_if_the_renewal_fails() {
    let (stage, pair) = aged(auto(), HARD);
    refresh_and_login_fail(&stage);
    assert_eq!(stage.token(), pair.access);
    let warnings: Vec<_> = stage.log.warnings().into_iter().filter(|line| line.contains("Serving")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
}

#[test]
fn a_failure_aside_is_one_warning_and_no_callers_business() {
    for policy in [auto(), Policy { serve_stale: false, ..auto() }, Policy { cool_down: None, ..auto() }] {
        let (stage, pair) = aged(policy, SOFT);
        refresh_and_login_fail(&stage);
        for _ in 0..100 {
            assert_eq!(stage.token(), pair.access);
        }
        assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
        assert_eq!(stage.manager.status().telemetry.counters.failures, 1);
        let told = stage.log.warnings().into_iter().filter(|line| !line.contains("refresh failed")).count();
        assert_eq!(told, 1, "{:#?}", stage.log.warnings());
    }
}

#[test]
fn after_a_failure_aside_the_next_try_is_a_quarter_of_the_life_that_is_left_later() {
    for policy in [auto(), Policy { serve_stale: false, ..auto() }, Policy { cool_down: None, ..auto() }] {
        let (stage, pair) = aged(policy, SOFT);
        refresh_and_login_fail(&stage);
        assert_eq!(stage.token(), pair.access);
        // Ten minutes are left.
        stage.advance(secs(149));
        assert_eq!(stage.token(), pair.access);
        assert_eq!(stage.server.asked().len(), 3);
        stage.advance(secs(1));
        let fresh = stage.server.will_refresh(LIFETIME);
        assert_eq!(stage.token(), pair.access);
        assert_eq!(stage.token(), fresh);
    }
}

#[test]
fn after_a_failure_aside_of_a_long_lived_token_it_is_five_to_ten_minutes() {
    let stage = Stage::with_policy(auto());
    stage.server.will_log_in(24 * 3600);
    stage.token();
    stage.advance(secs(23 * 3600 + 600));
    refresh_and_login_fail(&stage);
    stage.token();
    stage.advance(secs(299));
    assert!(!stage.manager.look().due);
    stage.advance(secs(301));
    assert!(stage.manager.look().due);
}

#[test]
fn no_failure_aside_is_remembered_past_the_hard_border() {
    let (stage, pair) = aged(auto(), 3500);
    refresh_and_login_fail(&stage);
    assert_eq!(stage.token(), pair.access);
    stage.advance(secs(40));
    let fresh = stage.server.will_refresh(LIFETIME);
    assert_eq!(stage.token(), fresh, "a caller of the hard zone tries again");
}

#[test]
fn a_wrong_password_is_not_tried_every_few_seconds_on_the_side() {
    let (stage, pair) = aged(auto(), SOFT);
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    for _ in 0..10 {
        assert_eq!(stage.token(), pair.access);
        stage.advance(secs(14));
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
    stage.advance(secs(10));
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN]);
}

#[test]
fn what_the_server_asked_for_is_obeyed_aside_and_in_the_hard_zone() {
    let (stage, pair) = aged(auto(), 3400);
    let busy = || Answer::text(503, "").retry_after("170");
    stage.server.will_answer(REFRESH, busy());
    stage.server.will_answer(LOGIN, busy());
    for _ in 0..17 {
        assert_eq!(stage.token(), pair.access);
        stage.advance(secs(10));
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
    let fresh = stage.server.will_refresh(LIFETIME);
    assert_eq!(stage.token(), fresh);
}

#[test]
fn an_invalidation_ends_the_pause_and_the_next_caller_waits() {
    let (stage, pair) = aged(auto(), SOFT);
    refresh_and_login_fail(&stage);
    stage.token();
    stage.advance(secs(2));
    stage.manager.invalidate(Some(&pair.access));
    assert!(!stage.manager.look().due);
    let fresh = stage.server.will_refresh(LIFETIME);
    assert_eq!(stage.token(), fresh);
}

#[test]
fn managers_of_one_session_have_zones_of_their_own() {
    let (general, pair) = aged(auto(), SOFT);
    let drop_in = general.thread(Setting { policy: Policy::default(), ..Setting::default() });
    assert_eq!(drop_in.token(), pair.access);
    assert_eq!(drop_in.manager.status().state, State::Valid);
    assert_eq!(general.server.asked(), [LOGIN], "the drop-in renews a minute before the end and not before");
    let fresh = general.server.will_refresh(LIFETIME);
    assert_eq!(general.token(), pair.access);
    assert_eq!((general.token(), drop_in.token()), (fresh.clone(), fresh));
}

#[test]
fn a_process_that_finds_a_session_in_its_soft_zone_serves_it_and_renews_it_aside() {
    let (one, pair) = Stage::logged_in(Setting { policy: auto(), ..Setting::default() });
    one.advance(secs(400));
    let other = one.beside(Setting { policy: auto(), ..Setting::default() });
    let fresh = other.server.will_refresh(LIFETIME);
    assert_eq!(other.token(), pair.access);
    assert_eq!(other.token(), fresh);
    assert_eq!(other.server.asked(), [LOGIN, REFRESH]);
    // What the sibling renewed meanwhile is found aside, too.
    assert_eq!(one.token(), pair.access);
    assert_eq!(one.token(), fresh);
    assert_eq!(one.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn chance_is_drawn_once_per_token_and_not_again_at_every_look_into_the_store() {
    let setting = || Setting { policy: auto(), rng: Some(Arc::new(RollingDice::default())), ..Setting::default() };
    let (stage, _) = Stage::logged_in(setting());
    let due = |stage: &Stage| stage.manager.status().refresh_at.unwrap();
    let before = due(&stage);
    // A sibling's note about the session is another generation of it.
    let sibling = stage.beside(setting());
    sibling.server.will_answer(REFRESH, Answer::connection_refused());
    sibling.server.will_answer(LOGIN, Answer::connection_refused());
    sibling.get(Demand::Renewed).unwrap_err();
    assert_ne!(due(&sibling), before, "each process draws its own");
    for _ in 0..3 {
        stage.restore();
        assert_eq!(due(&stage), before);
    }
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    assert_ne!(due(&stage), before);
}

#[test]
fn a_session_that_is_replaced_while_it_is_renewed_aside_keeps_its_place() {
    let (stage, pair) = aged(auto(), SOFT);
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(stage.token(), pair.access);
    let forced = stage.ask(Demand::Renewed);
    stage.open(&gate);
    assert_eq!(forced.answer().unwrap_err().code, Code::ServerError);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn every_constant_of_the_patience_is_a_parameter() {
    let cool_down = CoolDown { fresh: secs(10), part: 2, ..CoolDown::default() };
    let (stage, _) = aged(Policy { cool_down: Some(cool_down), ..auto() }, SOFT);
    refresh_and_login_fail(&stage);
    stage.token();
    stage.advance(secs(9));
    assert!(!stage.manager.look().due);
    stage.advance(secs(11));
    assert!(stage.manager.look().due);
}

#[test]
fn a_renewal_aside_outlives_whoever_caused_it() {
    let (stage, _) = aged(auto(), SOFT);
    let fresh = stage.server.mint("access", LIFETIME);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&fresh));
    stage.ask(Demand::Fresh).leave();
    stage.open(&gate);
    assert_eq!(Arc::new(stage.token()).as_str(), fresh);
}
