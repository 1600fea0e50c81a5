//! What people read: failures and log lines name the account and the host, and never show a secret.

use serde_json::json;
use tokenkeep::error::Failure;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::jwt::minted;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{EMAIL, HOST, PASSWORD, Stage, secs};

fn failures_of_a_login() -> Vec<Answer> {
    let echo = json!({ "email": EMAIL, "password": PASSWORD });
    let jwt = minted("access", 1_767_225_600, 600);
    vec![
        Answer::wrong_password(),
        Answer::server_error(),
        Answer::connection_refused(),
        Answer::text(200, &echo.to_string()),
        Answer::text(500, &format!("debug page: request was {echo}")),
        Answer::text(500, PASSWORD),
        Answer::json(400, &json!({ "password": [format!("{PASSWORD} is too short")] })),
        Answer::json(401, &json!({ "error": "ERROR", "detail": format!("no user with {PASSWORD}") })),
        Answer::json(401, &json!({ "error": "ERROR", "detail": { "request": echo } })),
        Answer::text(404, &format!("token={jwt}")),
        Answer::text(302, "").with(|headers| {
            headers.location = Some(format!("https://sso.example.com/in?ticket=t1cket&access={jwt}#t1cket"));
        }),
    ]
}

fn login_failing_with(answer: Answer) -> Failure {
    let stage = Stage::new();
    stage.server.will_answer(LOGIN, answer);
    stage.failure()
}

#[test]
fn every_failure_names_the_account_and_the_host() {
    for answer in failures_of_a_login() {
        let failure = login_failing_with(answer);
        assert!(failure.message.starts_with("BRIDGE_BASEROW_AUTH_FAILED: "), "{failure}");
        assert!(failure.message.contains(&format!("for {EMAIL} at {HOST}")), "{failure}");
    }
}

#[test]
fn no_failure_shows_a_secret() {
    for answer in failures_of_a_login() {
        let text = format!("{:?}", login_failing_with(answer));
        let pieces = PASSWORD.split(['"', '&', '<', '>']).map(str::trim).filter(|piece| piece.len() > 3);
        for secret in pieces.chain(["eyJ", "t1cket"]) {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[test]
fn a_failure_shows_a_short_piece_of_the_answer_only() {
    let failure = login_failing_with(Answer::text(500, &"long winded ".repeat(10_000)));
    assert!(failure.message.contains("long winded"), "{failure}");
    assert!(failure.message.chars().count() < 400, "{failure}");
}

#[test]
fn a_failure_of_the_network_keeps_its_causes() {
    let failure = login_failing_with(Answer::connection_refused());
    assert!(failure.message.contains("connection refused"), "{failure}");
    assert_eq!(&*failure.causes, ["tcp connect error", "os error 111"]);
}

#[test]
fn a_rejected_login_says_what_to_check() {
    let failure = login_failing_with(Answer::wrong_password());
    assert!(failure.message.contains("ERROR_INVALID_CREDENTIALS"), "{failure}");
    assert!(failure.message.contains("Check the email and the password"), "{failure}");
}

#[test]
fn a_login_and_a_refresh_are_one_line_each() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.token();
    stage.advance(secs(540));
    stage.server.will_refresh(7200);
    stage.token();
    stage.token();
    let expected = ["logged in, the token expires in 10 minutes", "refreshed, the token expires in 2 hours"];
    assert_eq!(stage.log.infos(), expected);
    assert!(stage.log.warnings().is_empty());
}

#[test]
fn every_line_has_the_account_and_the_host() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.token();
    let lines = stage.log.lines();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(line.fields.contains(&format!("account={EMAIL:?}")), "{line:?}");
        assert!(line.fields.contains(&format!("host={HOST:?}")), "{line:?}");
    }
}

#[test]
fn a_failure_is_one_warning_however_many_wait() {
    let stage = Stage::new();
    let gate = stage.server.will_hold(LOGIN, Answer::wrong_password());
    let calls: Vec<_> = (0..10).map(|_| stage.ask(Demand::Fresh)).collect();
    stage.open(&gate);
    drop(calls);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].starts_with("BRIDGE_BASEROW_AUTH_FAILED: login returned 401"), "{warnings:#?}");
}

#[test]
fn a_refused_refresh_is_one_warning_and_the_login_after_it_one_line() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    stage.server.will_log_in(600);
    stage.token();
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].starts_with("refresh failed, logging in instead"), "{warnings:#?}");
    assert_eq!(stage.log.infos().len(), 2);
}
