//! How long a token lives: the first witness that is there, capped by `ttlSeconds`.

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::jwt::{jwt, serial_number};
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

const MINUTE: i64 = 60;

/// Logs in with a token of these claims, `change` made to the answer, and says how many seconds it is good for.
fn lifetime_of(stage: &Stage, claims: Value, change: impl FnOnce(Answer) -> Answer) -> i64 {
    let access = stage.server.keep(jwt(&claims));
    let refresh = stage.server.mint("refresh", 7 * 24 * 3600);
    stage.server.will_answer(LOGIN, change(Answer::session(&access, &refresh)));
    let at = stage.clock.wall();
    assert_eq!(stage.token(), access);
    (stage.manager.status().expires_at.expect("an expiry") - at) / 1000
}

fn now(stage: &Stage) -> i64 {
    stage.clock.server_seconds()
}

#[test]
fn a_token_lives_exp_minus_iat_from_its_receipt() {
    let stage = Stage::new();
    let claims = json!({ "iat": now(&stage), "exp": now(&stage) + 600 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer), 600);
}

#[test]
fn a_token_is_never_served_once_its_lifetime_has_passed() {
    let stage = Stage::with_margin(0);
    let first = stage.server.will_log_in(600);
    assert_eq!(stage.token(), first.access);
    stage.advance(secs(599));
    assert_eq!(stage.token(), first.access);
    stage.advance(secs(1));
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
}

#[test]
fn the_reply_counts_from_its_end_and_not_from_the_request() {
    let stage = Stage::with_margin(0);
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(9));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.manager.status().expires_at, Some(stage.clock.wall() + 600_000));
}

#[test]
fn a_token_minted_more_than_a_minute_before_its_reply_lives_from_the_date_header() {
    let stage = Stage::new();
    let server = now(&stage);
    let claims = json!({ "iat": server - 61, "exp": server - 61 + 600 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer.dated(server)), 600 - 61);
}

#[test]
fn a_date_header_up_to_a_minute_later_is_only_a_slow_answer() {
    let stage = Stage::new();
    let server = now(&stage);
    let claims = json!({ "iat": server - MINUTE, "exp": server - MINUTE + 600 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer.dated(server)), 600);
}

#[test]
fn a_date_header_before_iat_changes_nothing() {
    let stage = Stage::new();
    let server = now(&stage);
    let claims = json!({ "iat": server, "exp": server + 600 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer.dated(server - 2)), 600);
}

#[test]
fn a_date_header_is_not_believed_beside_an_age_header() {
    let stage = Stage::new();
    let server = now(&stage);
    let claims = json!({ "iat": server - 120, "exp": server - 120 + 600 });
    let cached = |answer: Answer| answer.dated(server).with(|headers| headers.age = Some("3".to_owned()));
    assert_eq!(lifetime_of(&stage, claims, cached), 600);
}

#[test]
fn a_token_without_iat_is_held_against_the_servers_clock_before_ours() {
    let stage = Stage::new();
    let server = now(&stage);
    stage.clock.step_wall(-400_000);
    assert_eq!(lifetime_of(&stage, json!({ "exp": server + 600 }), |answer| answer.dated(server)), 600);
}

#[test]
fn a_token_without_iat_is_held_against_our_clock_where_there_is_no_other() {
    let stage = Stage::new();
    stage.clock.step_wall(-400_000);
    let claims = json!({ "exp": now(&stage) + 600 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer), 1000);
}

#[test]
fn a_token_without_exp_counts_as_good_for_55_minutes() {
    let stage = Stage::new();
    assert_eq!(lifetime_of(&stage, json!({ "jti": serial_number() }), |answer| answer), 55 * MINUTE);
}

#[test]
fn a_token_that_is_no_jwt_counts_as_good_for_55_minutes() {
    let stage = Stage::new();
    let opaque = stage.server.keep("an-opaque-token-9f86d081884c7d65".to_owned());
    stage.server.will_answer(LOGIN, Answer::session(&opaque, "opaque-refresh"));
    assert_eq!(stage.token(), opaque);
    assert_eq!(stage.manager.status().expires_at, Some(stage.clock.wall() + 55 * MINUTE * 1000));
}

#[test]
fn a_missing_exp_is_worth_one_warning_however_often_the_token_is_renewed() {
    let stage = Stage::new();
    for _ in 0..4 {
        lifetime_of(&stage, json!({ "jti": serial_number() }), |answer| answer);
        stage.advance(secs(8 * 24 * 3600));
    }
    assert_eq!(stage.server.asked(), [LOGIN; 4]);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("55 minutes"), "{warnings:#?}");
}

#[test]
fn ttl_seconds_caps_a_longer_life() {
    let stage = Stage::with_policy(Policy { ttl: Some(secs(480)), ..Policy::default() });
    let claims = json!({ "iat": now(&stage), "exp": now(&stage) + 900 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer), 480);
}

#[test]
fn ttl_seconds_does_not_stretch_a_shorter_life() {
    let stage = Stage::with_policy(Policy { ttl: Some(secs(3600)), ..Policy::default() });
    let claims = json!({ "iat": now(&stage), "exp": now(&stage) + 900 });
    assert_eq!(lifetime_of(&stage, claims, |answer| answer), 900);
}

#[test]
fn ttl_seconds_is_the_life_of_a_token_that_names_none_and_no_warning_is_due() {
    let stage = Stage::with_policy(Policy { ttl: Some(secs(480)), ..Policy::default() });
    assert_eq!(lifetime_of(&stage, json!({ "jti": serial_number() }), |answer| answer), 480);
    assert!(stage.log.warnings().is_empty());
}

#[test]
fn ttl_seconds_says_nothing_about_the_refresh_token() {
    let stage = Stage::with_policy(Policy { ttl: Some(secs(480)), ..Policy::default() });
    stage.server.will_log_in(900);
    stage.token();
    stage.advance(secs(481));
    let refreshed = stage.server.will_refresh(900);
    assert_eq!(stage.token(), refreshed, "a refresh token of seven days outlives a ttl of eight minutes");
}

#[test]
fn a_token_that_is_born_expired_is_a_bad_response() {
    for (iat, exp, date) in [(0, 0, None), (0, -600, None), (-700, -100, Some(0))] {
        let stage = Stage::new();
        let server = now(&stage);
        let pair = stage.server.mint_pair(600);
        let access = stage.server.keep(jwt(&json!({ "iat": server + iat, "exp": server + exp })));
        let answer = Answer::session(&access, &pair.refresh);
        stage.server.will_answer(LOGIN, date.map_or(answer.clone(), |date| answer.dated(server + date)));
        let failure = stage.failure();
        assert_eq!((failure.code, failure.status), (Code::BadResponse, 502), "{failure}");
        assert_eq!(stage.manager.status().expires_at, None);
    }
}

#[test]
fn a_token_that_is_born_expired_displaces_nothing() {
    let stage = Stage::new();
    let good = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(545));
    let dead = |stage: &Stage| stage.server.keep(jwt(&json!({ "iat": now(stage), "exp": now(stage) - 5 })));
    stage.server.will_answer(REFRESH, Answer::refreshed(&dead(&stage)));
    stage.server.will_answer(LOGIN, Answer::session(&dead(&stage), "another-refresh-token"));
    assert_eq!(stage.token(), good.access);
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": good.refresh }));
}
