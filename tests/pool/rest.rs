//! What becomes of a session while nobody is at it: it lies folded, and nobody can tell.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokenkeep::clock::Clock;
use tokenkeep::error::Failure;
use tokenkeep::identity::Identity;
use tokenkeep::manager::{Shared, State};
use tokenkeep::pool::Enrolled;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Answer as Reading, Currency, FoldedProvider, Provider, Reply};
use tokenkeep::transport::Request;

use super::crowd::Crowd;
use crate::stage::BASE_URL;
use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};

/// An account with a token that lives ten minutes, and nobody at it.
fn resting(crowd: &Crowd, name: &str) -> Arc<Shared> {
    let (manager, call) = crowd.ask_for(name);
    call.answer().unwrap();
    drop(manager);
    crowd.pool.get(name).unwrap().shared
}

fn token(crowd: &Crowd, shared: &Arc<Shared>) -> Option<String> {
    let look = shared.look(&crowd.policy, crowd.clock.now(), None);
    look.token.as_ref().map(SecretString::expose_secret).map(str::to_owned)
}

#[test]
fn a_session_that_nobody_is_at_lies_folded_and_has_the_same_token_and_generation_again() {
    let crowd = Crowd::new(10, 8);
    let pair = crowd.server.will_log_in(600);
    let (manager, call) = crowd.ask_for("alice");
    call.answer().unwrap();
    let shared = crowd.pool.get("alice").unwrap().shared;
    let generation = manager.look().generation;
    assert!(!shared.is_asleep());
    drop(manager);
    assert!(shared.is_asleep());
    let look = shared.look(&crowd.policy, crowd.clock.now(), None);
    assert_eq!(look.generation, generation);
    assert_eq!(look.token.unwrap().expose_secret(), pair.access);
    assert!(shared.is_asleep(), "a look is over at once");
}

#[test]
fn tokens_of_any_form_come_back_to_the_letter() {
    let texts = [
        "a",
        "ab",
        "abcd",
        "..",
        ".",
        "a.b.c",
        "QUJD",
        "QUJE",
        "QQ",
        "QR",
        "QQ==",
        "a+b/c",
        "with space",
        "~",
        "eyJhbGciOiJub25lIn0.e30.",
        "xoxb-1234-5678-abcdefghijklmnop",
        &"A".repeat(5000),
        &"x.".repeat(300),
    ];
    for text in texts {
        let crowd = Crowd::new(10, 8);
        let pair = crowd.server.mint_pair(600);
        crowd.server.will_answer(LOGIN, Answer::session(&pair.access, text));
        let shared = resting(&crowd, "alice");
        assert!(shared.is_asleep());
        assert_eq!(token(&crowd, &shared).as_deref(), Some(pair.access.as_str()));
        // The refresh token shows when it is sent.
        crowd.advance(Duration::from_secs(595));
        crowd.server.will_answer(REFRESH, Answer::refreshed(&crowd.server.mint_pair(600).access));
        crowd.ask(&crowd.manager("alice")).answer().unwrap();
        assert_eq!(crowd.server.last().body["refresh_token"], text, "{text:?}");
    }
}

#[test]
fn an_account_with_the_tokens_of_a_real_baserow_lies_in_less_than_350_bytes() {
    let crowd = Crowd::new(10, 8);
    let now = crowd.clock.now().wall / 1000;
    // `baserow-contract.md`: the claims of its tokens, and what nobody can guess of them.
    let token = |kind: &str, seed: &[u8], more: &str| {
        let (head, random) = (r#"{"alg":"HS256","typ":"JWT"}"#, Sha256::digest(seed));
        let jti: String = random[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let exp = now + 600;
        let claims =
            format!(r#"{{"token_type":"{kind}","exp":{exp},"iat":{now},"jti":"{jti}","user_id":100002{more}}}"#);
        let signature = Sha256::digest(random);
        let parts = [head.as_bytes(), claims.as_bytes(), &signature];
        parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    };
    let (access, refresh) =
        (token("access", b"1", ""), token("refresh", b"2", r#","verified_email_claim":"enforced""#));
    assert!((228..=240).contains(&access.len()) && (275..=290).contains(&refresh.len()));
    crowd.server.will_answer(LOGIN, Answer::session(&access, &refresh));
    let shared = resting(&crowd, "some.body");
    let shown = format!("{shared:?}");
    let bytes: usize = shown.split("bytes: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!(bytes < 350, "{bytes}");
}

#[test]
fn whoever_is_counted_is_not_woken() {
    let crowd = Crowd::new(10, 8);
    crowd.server.will_log_in(600);
    let shared = resting(&crowd, "alice");
    for (seconds, state) in [(0, State::Valid), (560, State::Expiring), (60, State::Expired)] {
        crowd.advance(Duration::from_secs(seconds));
        assert_eq!(shared.state(&crowd.policy, crowd.clock.now()), state);
        assert!(shared.is_asleep());
    }
}

#[test]
fn a_watcher_is_told_of_a_sleeper_too_and_wakes_nobody() {
    let crowd = Crowd::new(10, 8);
    crowd.server.will_log_in(600);
    let shared = resting(&crowd, "alice");
    let generation = shared.look(&crowd.policy, crowd.clock.now(), None).generation;
    let watch = crowd.watch(&shared);
    assert!(shared.is_asleep());
    // Awake and asleep again: to the watcher that is nothing.
    drop(shared.stay());
    crowd.server.will_refresh(600);
    crowd.advance(Duration::from_secs(590));
    crowd.ask(&crowd.manager("alice")).answer().unwrap();
    let renewed = shared.look(&crowd.policy, crowd.clock.now(), None).generation;
    assert!(shared.is_asleep() && renewed != generation);
    assert_eq!(watch.generations(), [generation, renewed]);
    crowd.pool.clear();
    drop(shared);
    assert_eq!(watch.generations(), [generation, renewed, 0]);
}

#[test]
fn whoever_knows_the_generation_of_a_sleeper_gets_everything_but_the_token() {
    let crowd = Crowd::new(10, 8);
    crowd.server.will_log_in(600);
    let shared = resting(&crowd, "alice");
    let look = |known| shared.look(&crowd.policy, crowd.clock.now(), known);
    let (first, again) = (look(None), look(Some(look(None).generation)));
    assert!(first.token.is_some() && again.token.is_none());
    assert_eq!((first.generation, first.fresh_for, first.look_in), (again.generation, again.fresh_for, again.look_in));
}

#[test]
fn a_flight_keeps_its_session_awake_and_lands_in_it() {
    let crowd = Crowd::new(10, 8);
    let (pair, gate) = crowd.will_hold_a_login();
    let (manager, call) = crowd.ask_for("alice");
    drop(manager);
    let shared = crowd.pool.get("alice").unwrap().shared;
    assert!(!shared.is_asleep() && shared.is_held());
    crowd.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert!(shared.is_asleep());
    assert_eq!(token(&crowd, &shared), Some(pair.access));
}

#[test]
fn failures_are_remembered_in_the_sleep() {
    let crowd = Crowd::new(10, 8);
    let policy = tokenkeep::policy::Policy { cool_down: Some(Default::default()), ..crowd.policy.clone() };
    crowd.server.will_answer(LOGIN, Answer::wrong_password());
    crowd.enrol([1]);
    let manager = crowd.manager_with("1", policy.clone());
    assert!(crowd.ask(&manager).answer().is_err());
    drop(manager);
    let shared = crowd.pool.get("1").unwrap().shared;
    assert!(shared.is_asleep());
    let failure = crowd.ask(&crowd.manager_with("1", policy)).answer().unwrap_err();
    assert_eq!(failure.code.as_str(), "COOLING_DOWN");
    assert_eq!(crowd.server.heard().len(), 1);
}

#[test]
fn an_account_that_others_spell_differently_is_still_theirs_after_its_sleep() {
    let crowd = Crowd::new(10, 8);
    let of = |email: &str| -> Arc<dyn Provider> {
        let url = "https://baserow.example.com/api";
        Arc::new(Baserow::known_as("ａlice@example.com".to_owned(), url, email.to_owned(), SecretString::from("p")))
    };
    let shared = crowd.registry.shared(of(" Alice@example.com"), "");
    drop(shared.stay());
    assert!(shared.is_asleep());
    assert!(Arc::ptr_eq(&shared, &crowd.registry.shared(of("alice@example.com "), "")));
}

#[test]
fn an_address_with_more_than_one_slash_at_its_end_is_the_same_after_any_number_of_sleeps() {
    let crowd = Crowd::new(10, 8);
    let of = || -> Arc<dyn Provider> {
        let url = format!("{BASE_URL}///");
        Arc::new(Baserow::new(&url, "alice@example.com", SecretString::from("p")))
    };
    let sent_to = |shared: &Arc<Shared>| {
        crowd.pool.enrol("alice", &Enrolled { shared: Arc::clone(shared), note: 1 });
        crowd.server.will_answer(LOGIN, Answer::wrong_password());
        crowd.ask(&crowd.manager("alice")).answer().unwrap_err();
        crowd.server.last().url
    };
    let shared = crowd.registry.shared(of(), "");
    let at_first = sent_to(&shared);
    for _ in 0..3 {
        drop(shared.stay());
        assert!(shared.is_asleep());
    }
    assert_eq!(sent_to(&shared), at_first);
}

/// A Baserow that cannot be folded up the first time.
struct Crooked(Baserow, AtomicBool);

impl Provider for Crooked {
    fn folded(&self) -> Option<FoldedProvider<'_>> {
        assert!(self.1.swap(true, Ordering::Relaxed), "it was crooked");
        self.0.folded()
    }

    fn identity(&self) -> &Identity {
        self.0.identity()
    }

    fn credential(&self) -> &SecretString {
        self.0.credential()
    }

    fn account(&self) -> &str {
        self.0.account()
    }

    fn host(&self) -> &str {
        self.0.host()
    }

    fn failure_prefix(&self) -> &'static str {
        self.0.failure_prefix()
    }

    fn default_lifetime(&self) -> Duration {
        self.0.default_lifetime()
    }

    fn login(&self) -> Option<Request> {
        self.0.login()
    }

    fn second_factor(&self, ticket: &SecretString, code: &SecretString) -> Request {
        self.0.second_factor(ticket, code)
    }

    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        self.0.refresh(currency)
    }

    fn revoke(&self, currency: Currency<'_>) -> Option<Request> {
        self.0.revoke(currency)
    }

    fn read(&self, answer: &Reading<'_>) -> Result<Reply, Failure> {
        self.0.read(answer)
    }
}

#[test]
fn a_session_that_fails_to_fall_asleep_is_as_good_as_before() {
    let crowd = Crowd::new(10, 8);
    let pair = crowd.server.will_log_in(600);
    let baserow = Baserow::new(BASE_URL, "alice@example.com", SecretString::from("p"));
    let shared = Shared::of(Arc::new(Crooked(baserow, AtomicBool::new(false))));
    let stay = shared.stay();
    let manager = crowd.stranger(Arc::clone(&shared));
    crowd.ask(&manager).answer().unwrap();
    drop(manager);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(stay))).is_err());
    assert_eq!(token(&crowd, &shared), Some(pair.access));
    drop(shared.stay());
    assert!(shared.is_asleep(), "the second time nothing is crooked");
}

#[test]
fn a_sleeper_shows_no_secret() {
    let crowd = Crowd::new(10, 8);
    let pair = crowd.server.will_log_in(600);
    let shared = resting(&crowd, "alice");
    let shown = format!("{shared:?}");
    assert!(shown.contains("Asleep") && !shown.contains(&pair.access) && !shown.contains(&pair.refresh), "{shown}");
}
