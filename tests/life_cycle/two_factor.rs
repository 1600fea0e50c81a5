//! Logins with a second factor (contract, section 7).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_lite::future::Boxed;
use secrecy::SecretString;
use serde_json::json;
use tokenkeep::error::{Code, Unanswered};
use tokenkeep::manager::{Demand, SecondFactor};
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::{Gate, LOGIN, REFRESH, VERIFY};
use crate::stage::{EMAIL, Setting, Stage, secs};

/// Shows a new code at each look, or none.
#[derive(Debug, Default)]
struct Authenticator {
    looks: AtomicU32,
    trouble: Option<&'static str>,
    held: Option<Gate>,
}

impl SecondFactor for Authenticator {
    fn code(&self) -> Boxed<Result<SecretString, Unanswered>> {
        let look = self.looks.fetch_add(1, Ordering::Relaxed);
        let code = self
            .trouble
            .map_or_else(|| Ok(format!("{:06}", 111_111 + look).into()), |why| Err(Unanswered::because(why)));
        let held = self.held.clone();
        Box::pin(async move {
            if let Some(gate) = held {
                gate.opened().await;
            }
            code
        })
    }
}

fn stage_with(authenticator: Option<Authenticator>) -> Stage {
    let second_factor = authenticator.map(|it| Arc::new(it) as Arc<dyn SecondFactor>);
    Stage::of(Setting { second_factor, ..Setting::default() })
}

/// The password is right, the code is due. Gives the ticket.
fn asks_for_a_code(stage: &Stage) -> String {
    let ticket = stage.server.mint("2fa", 120);
    stage.server.will_answer(LOGIN, Answer::json(200, &json!({ "two_factor_auth": "totp", "token": ticket })));
    ticket
}

#[test]
fn the_code_is_sent_with_the_ticket_and_brings_the_session() {
    let stage = stage_with(Some(Authenticator::default()));
    let ticket = asks_for_a_code(&stage);
    let pair = stage.server.mint_pair(600);
    stage.server.will_answer(VERIFY, Answer::session(&pair.access, &pair.refresh));
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, VERIFY]);
    let verification = stage.server.last();
    assert_eq!(verification.authorization, Some(format!("Bearer {ticket}")));
    assert_eq!(verification.body, json!({ "type": "totp", "email": EMAIL, "code": "111111" }));
}

#[test]
fn the_ticket_is_never_taken_for_an_access_token() {
    let stage = stage_with(None);
    asks_for_a_code(&stage);
    stage.failure();
    assert!(stage.manager.look().token.is_none());
}

#[test]
fn a_refresh_needs_no_second_factor_and_each_login_a_fresh_code() {
    let stage = stage_with(Some(Authenticator::default()));
    asks_for_a_code(&stage);
    let pair = stage.server.mint_pair(600);
    stage.server.will_answer(VERIFY, Answer::session(&pair.access, &pair.refresh));
    stage.token();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.asked(), [LOGIN, VERIFY, REFRESH]);

    stage.advance(secs(8 * 24 * 3600));
    asks_for_a_code(&stage);
    stage.server.will_answer(VERIFY, Answer::session(&stage.server.mint("access", 600), &pair.refresh));
    stage.token();
    assert_eq!(stage.server.last().body["code"], "111112");
}

#[test]
fn without_a_code_the_failure_names_the_option_that_is_missing() {
    let stage = stage_with(None);
    asks_for_a_code(&stage);
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::TwoFactorRequired, 401));
    assert!(!failure.is_transient());
    assert!(failure.message.contains("totp"), "{failure}");
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_callback_that_fails_is_a_failure_that_says_why() {
    let stage = stage_with(Some(Authenticator { trouble: Some("the vault is sealed"), ..Authenticator::default() }));
    asks_for_a_code(&stage);
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::TwoFactorRequired, 401));
    assert!(failure.message.contains("the vault is sealed"), "{failure}");
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_callback_that_takes_for_ever_ends_with_the_deadline() {
    let authenticator = Authenticator { held: Some(Gate::default()), ..Authenticator::default() };
    let second_factor = Some(Arc::new(authenticator) as Arc<dyn SecondFactor>);
    let stage = Stage::of(Setting {
        second_factor,
        policy: Policy { deadline: secs(15), ..Policy::default() },
        ..Setting::default()
    });
    asks_for_a_code(&stage);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(14));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
}

#[test]
fn a_wrong_code_is_a_rejection_and_the_next_call_begins_with_the_password() {
    let stage = stage_with(Some(Authenticator::default()));
    asks_for_a_code(&stage);
    let wrong = json!({
        "error": "ERROR_TWO_FACTOR_AUTH_VERIFICATION_FAILED",
        "detail": "Two-factor authentication verification failed.",
    });
    stage.server.will_answer(VERIFY, Answer::json(401, &wrong));
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::InvalidCredentials, 401));
    let start = "BRIDGE_BASEROW_AUTH_FAILED: two-factor verification returned 401";
    assert!(failure.message.starts_with(start), "{failure}");

    asks_for_a_code(&stage);
    let pair = stage.server.mint_pair(600);
    stage.server.will_answer(VERIFY, Answer::session(&pair.access, &pair.refresh));
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, VERIFY, LOGIN, VERIFY]);
}

#[test]
fn a_second_factor_after_the_second_factor_is_a_failure_and_no_circle() {
    let stage = stage_with(Some(Authenticator::default()));
    asks_for_a_code(&stage);
    let again = json!({ "two_factor_auth": "totp", "token": "another-ticket" });
    stage.server.will_answer(VERIFY, Answer::json(200, &again));
    assert_eq!(stage.failure().code, Code::TwoFactorRequired);
}

#[test]
fn neither_the_code_nor_the_ticket_is_in_a_failure() {
    let stage = stage_with(Some(Authenticator::default()));
    let ticket = asks_for_a_code(&stage);
    let echo = format!("code 111111 of ticket {ticket} was not accepted");
    stage.server.will_answer(VERIFY, Answer::json(401, &json!({ "detail": echo })));
    let failure = stage.failure();
    assert!(failure.message.contains("was not accepted"), "{failure}");
    assert!(!failure.message.contains("111111"), "{failure}");
    assert!(!failure.message.contains(&ticket), "{failure}");
    assert!(!stage.log.text().contains("111111"), "{}", stage.log.text());
}
