//! Every limit is a parameter: a life cycle in miniature keeps the same rules.

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::{Borders, CoolDown, Limits, Margin, Policy, Storm};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, patient, secs};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A sixtieth of everything.
fn small() -> Policy {
    let borders = Borders {
        short: secs(20),
        long: secs(90),
        soft: [secs(5), secs(15), secs(60)],
        hard: secs(1),
        ..Borders::default()
    };
    let cool_down = CoolDown { fresh: secs(5), first: millis(20), longest: secs(1), ..CoolDown::default() };
    Policy { margin: Margin::Auto, borders, cool_down: Some(cool_down), ..Policy::default() }
}

#[test]
fn a_minutes_token_has_the_zones_of_an_hours() {
    let stage = Stage::with_policy(small());
    let pair = stage.server.will_log_in(60);
    stage.token();
    stage.advance(secs(44));
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.advance(secs(6));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(stage.token(), pair.access);
    // Ten seconds are left.
    stage.advance(millis(2499));
    assert!(!stage.manager.look().due);
    stage.advance(millis(1));
    assert!(stage.manager.look().due);
    stage.advance(millis(6600));
    let fresh = stage.server.will_refresh(60);
    assert_eq!(stage.token(), fresh);
}

#[test]
fn the_fuse_burns_as_fast_as_it_is_told() {
    let fuse = Storm { renewals: 2, window: secs(3), young: secs(1) };
    let stage = Stage::with_policy(Policy { fuse, ..patient() });
    for _ in 0..2 {
        stage.server.will_log_in(600);
        stage.get(Demand::LoggedIn).unwrap();
        stage.manager.invalidate(None);
    }
    assert_eq!(stage.failure().code, Code::CoolingDown);
    stage.advance(secs(3));
    stage.server.will_refresh(600);
    stage.token();
}

#[test]
fn how_long_a_refused_scope_is_remembered_is_a_parameter() {
    let limits = Limits { scope: secs(2), ..Limits::default() };
    let stage = Stage::with_policy(Policy { limits, ..Policy::default() });
    stage.server.will_log_in(600);
    stage.server.will_refresh(600);
    stage.scoped("guild").unwrap_err();
    stage.advance(secs(1));
    stage.scoped("guild").unwrap_err();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    stage.advance(secs(1));
    stage.server.will_refresh(600);
    stage.scoped("guild").unwrap_err();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn from_which_round_trip_on_a_date_says_nothing_is_a_parameter() {
    for (limit, known) in [(secs(2), false), (secs(4), true)] {
        let limits = Limits { round_trip: limit, ..Limits::default() };
        let stage = Stage::with_policy(Policy { limits, ..Policy::default() });
        let pair = stage.server.mint_pair(600);
        let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds() + 3);
        let gate = stage.server.will_hold(LOGIN, answer);
        stage.ask(Demand::Fresh).leave();
        stage.advance(secs(3));
        stage.open(&gate);
        assert_eq!(stage.manager.status().telemetry.clock_skew.is_some(), known, "{limit:?}");
    }
}
