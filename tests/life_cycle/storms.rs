//! The storm fuse: an API that refuses whatever it is given is not answered with a login for each.

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;

use crate::stage::server::REFRESH;
use crate::stage::{Stage, secs};

/// The API refuses the token as soon as it is made.
fn refused_at_once(stage: &Stage) {
    let token = stage.token();
    stage.invalidate(Some(&token));
}

fn in_a_storm() -> Stage {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    refused_at_once(&stage);
    for _ in 0..4 {
        stage.server.will_refresh(600);
        stage.advance(secs(2));
        refused_at_once(&stage);
    }
    stage
}

#[test]
fn after_five_refused_tokens_there_is_no_sixth_renewal_forced_or_not() {
    let stage = in_a_storm();
    let asked = stage.server.asked().len();
    for demand in [Demand::Fresh, Demand::Renewed, Demand::LoggedIn] {
        let failure = stage.get(demand).unwrap_err();
        assert_eq!(failure.code, Code::CoolingDown);
        assert_eq!(failure.retry_after, Some(secs(30 - 8)));
        assert!(failure.message.contains("refused the last 5 tokens"), "{failure}");
    }
    assert_eq!(stage.server.asked().len(), asked);
}

#[test]
fn it_heals_by_itself_when_half_a_minute_has_passed() {
    let stage = in_a_storm();
    stage.advance(secs(21));
    assert_eq!(stage.failure().code, Code::CoolingDown);
    stage.advance(secs(1));
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
}

#[test]
fn tokens_that_lived_for_a_while_blow_no_fuse() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    let token = stage.token();
    stage.advance(secs(10));
    stage.invalidate(Some(&token));
    for _ in 0..6 {
        stage.server.will_refresh(600);
        let token = stage.token();
        stage.advance(secs(10));
        stage.invalidate(Some(&token));
    }
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
    assert_eq!(stage.server.asked().iter().filter(|endpoint| **endpoint == REFRESH).count(), 7);
}

#[test]
fn callers_with_the_same_dead_token_count_once() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    let token = stage.token();
    for _ in 0..10 {
        stage.invalidate(Some(&token));
    }
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
}
