//! Tokens that somebody else got: "`fallbackEnv` (validated; if its access token is expired but it has a refresh token, refresh
//! with that once; never the very token that was just refused)", import and export.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::manager::{Demand, Fallback, State};
use tokenkeep::session::Source;
use tokenkeep::store::record::rfc3339;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{EMAIL, PASSWORD, Setting, Stage, patient, secs};

const VARIABLE: &str = "ONEMOUNT_TOKENS";

/// An environment variable that a test can set.
#[derive(Debug, Default)]
struct Environment(Mutex<Option<String>>);

impl Environment {
    fn set(&self, text: impl ToString) {
        *self.0.lock().unwrap() = Some(text.to_string());
    }
}

impl Fallback for Environment {
    fn tokens(&self) -> Option<(SecretString, String)> {
        let text = self.0.lock().unwrap().clone()?;
        Some((SecretString::from(text), VARIABLE.to_owned()))
    }
}

/// The form of the runner in use-case 3; times in epoch seconds.
fn one_mount(pair: &Pair, expires_at: i64) -> Value {
    json!({ "access_token": pair.access, "refresh_token": pair.refresh, "expires_at": expires_at, "account": EMAIL })
}

fn with_environment(setting: Setting) -> (Stage, Arc<Environment>) {
    let environment = Arc::new(Environment::default());
    let fallback = Some(Arc::clone(&environment) as Arc<dyn Fallback>);
    (Stage::of(Setting { stored: true, fallback, ..setting }), environment)
}

fn in_seconds(stage: &Stage, seconds: i64) -> i64 {
    stage.clock.server_seconds() + seconds
}

fn goes_down(stage: &Stage) {
    stage.server.will_answer(LOGIN, Answer::connection_refused());
}

#[test]
fn when_login_has_failed_the_environments_token_is_used_and_stored() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.mint_pair(600);
    environment.set(one_mount(&pair, in_seconds(&stage, 600)));
    goes_down(&stage);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
    assert_eq!(stage.manager.status().source, Some(Source::Environment));
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
    assert_eq!(stage.sibling().token(), pair.access);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains(VARIABLE) && warnings[0].contains("connection refused"), "{warnings:#?}");
}

#[test]
fn an_expired_one_with_a_refresh_token_is_refreshed_once() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.mint_pair(600);
    environment.set(one_mount(&pair, in_seconds(&stage, -60)));
    goes_down(&stage);
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.server.last().body["refresh_token"], pair.refresh);
    assert_eq!(stage.disk.access().unwrap(), next);
}

#[test]
fn one_that_was_used_up_is_not_tried_again_after_its_successor() {
    let (stage, environment) = with_environment(Setting { rotates: true, ..Setting::default() });
    let pair = stage.server.mint_pair(600);
    environment.set(one_mount(&pair, in_seconds(&stage, -60)));
    goes_down(&stage);
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    assert_eq!(stage.token(), next.access);
    assert_eq!(stage.disk.refresh().unwrap(), next.refresh);
    stage.advance(secs(600));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    goes_down(&stage);
    assert_eq!(stage.failure().code, Code::Network);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH, LOGIN]);
}

#[test]
fn one_that_stays_the_same_is_tried_as_often_as_it_is_needed() {
    let (stage, environment) = with_environment(Setting { rotates: true, ..Setting::default() });
    let pair = stage.server.mint_pair(600);
    environment.set(one_mount(&pair, in_seconds(&stage, -60)));
    goes_down(&stage);
    stage.server.will_refresh(600);
    stage.token();
    stage.advance(secs(600));
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn a_refresh_token_that_was_refused_is_not_tried_again() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.mint_pair(600);
    environment.set(one_mount(&pair, in_seconds(&stage, -60)));
    goes_down(&stage);
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    assert_eq!(stage.failure().code, Code::Network, "the login's, which is what can be mended");
    goes_down(&stage);
    stage.failure();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn the_refresh_token_that_was_just_refused_is_not_tried_from_the_environment_either() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.will_log_in(600);
    stage.token();
    environment.set(one_mount(&pair, in_seconds(&stage, 600)));
    stage.advance(secs(600));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    goes_down(&stage);
    stage.failure();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn a_token_that_an_api_refused_does_not_come_back_from_the_environment() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.mint_pair(600);
    environment.set(json!({ "access_token": pair.access, "expires_at": in_seconds(&stage, 600), "account": EMAIL }));
    goes_down(&stage);
    assert_eq!(stage.token(), pair.access);
    stage.invalidate(Some(&pair.access));
    goes_down(&stage);
    assert_eq!(stage.failure().code, Code::Network);
}

#[test]
fn the_environments_token_is_no_success_twice() {
    let (stage, environment) = with_environment(Setting { policy: patient(), ..Setting::default() });
    let pair = stage.server.mint_pair(600);
    environment.set(json!({ "access_token": pair.access, "expires_at": in_seconds(&stage, 600) }));
    goes_down(&stage);
    assert_eq!(stage.token(), pair.access);
    stage.advance(secs(550));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    goes_down(&stage);
    let generation = stage.disk.generation();
    assert_eq!(stage.token(), pair.access, "while it lives");
    let asked = stage.server.asked();
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), asked, "the failure is remembered");
    assert_eq!(stage.disk.generation(), generation + 1);
    assert!(stage.disk.record().unwrap().failure.is_some(), "and noted, not saved as a session");
}

#[test]
fn the_environment_does_not_cost_us_the_refresh_token_that_we_have() {
    let (stage, environment) = with_environment(Setting { rotates: true, ..Setting::default() });
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(600));
    let lent = stage.server.mint("access", 600);
    environment.set(json!({ "access_token": lent, "expires_at": in_seconds(&stage, 600) }));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    goes_down(&stage);
    assert_eq!(stage.token(), lent);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
}

#[test]
fn what_is_somebody_elses_or_nothing_is_not_used_and_a_warning_says_why() {
    let (stage, environment) = with_environment(Setting::default());
    let pair = stage.server.mint_pair(600);
    let later = in_seconds(&stage, 600);
    let table = [
        (json!({ "access_token": pair.access, "expires_at": later, "account": "bob@example.com" }), "bob@example.com"),
        (
            json!({ "access_token": pair.access, "expires_at": later, "issuer": "https://x.org/login?key=secret" }),
            "they are for x.org",
        ),
        (json!({ "access_token": pair.access, "expires_at": in_seconds(&stage, -1) }), "dead"),
        (json!({ "nothing": "of use" }), VARIABLE),
        (json!("no object"), VARIABLE),
    ];
    for (text, said) in table {
        environment.set(&text);
        goes_down(&stage);
        let before = stage.log.warnings().len();
        assert_eq!(stage.failure().code, Code::Network, "{text}");
        let warning = &stage.log.warnings()[before];
        assert!(warning.contains(VARIABLE) && warning.contains(said), "{warning}");
    }
    assert!(stage.disk.access().is_none());
}

#[test]
fn the_environment_comes_before_the_backup() {
    let (stage, environment) = with_environment(Setting::default());
    stage.server.will_log_in(3600);
    stage.token();
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.advance(secs(600));
    let lent = stage.server.mint_pair(600);
    environment.set(one_mount(&lent, in_seconds(&stage, 600)));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    goes_down(&stage);
    assert_eq!(stage.token(), lent.access);
}

#[test]
fn while_login_works_nobody_looks_at_the_environment() {
    let (stage, environment) = with_environment(Setting::default());
    environment.set("garbage");
    stage.server.will_log_in(600);
    stage.token();
    assert!(stage.log.warnings().is_empty());
}

#[test]
fn what_is_imported_is_the_session_from_then_on() {
    let stage = Stage::stored();
    let pair = stage.server.mint_pair(600);
    let now = stage.clock.wall();
    let forms = [
        one_mount(&pair, in_seconds(&stage, 600)),
        json!({ "token": pair.access, "email": EMAIL, "expires_at": rfc3339(now + 600_000), "saved_at": rfc3339(now) }),
    ];
    for form in forms {
        stage.import(&form.to_string()).unwrap();
        assert_eq!(stage.token(), pair.access);
        assert_eq!(stage.disk.access().unwrap(), pair.access);
        assert_eq!(stage.manager.status().state, State::Valid);
    }
    assert!(stage.server.asked().is_empty());
    assert!(stage.disk.record().unwrap().check.is_none(), "the first to come adopts it");
    let newcomer = stage.sibling();
    assert_eq!(newcomer.token(), pair.access);
    assert!(stage.disk.record().unwrap().check.unwrap().matches(&SecretString::from(PASSWORD)));
    assert_eq!(stage.log.infos()[0], "imported a session");
}

#[test]
fn an_import_takes_the_place_of_a_session_which_becomes_the_backup() {
    let (stage, before) = Stage::logged_in(Setting::default());
    let pair = stage.server.mint_pair(600);
    stage.import(&one_mount(&pair, in_seconds(&stage, 600)).to_string()).unwrap();
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.disk.backup_access().unwrap(), before.access);
}

#[test]
fn an_expired_import_is_worth_its_refresh_token() {
    let stage = Stage::stored();
    let pair = stage.server.mint_pair(600);
    stage.import(&one_mount(&pair, in_seconds(&stage, -60)).to_string()).unwrap();
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [REFRESH]);
}

#[test]
fn what_is_of_no_use_is_not_imported_and_leaves_everything_as_it_is() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let other = stage.server.mint("access", 600);
    let useless = [
        json!({ "access_token": other, "expires_at": in_seconds(&stage, -1) }),
        json!({ "access_token": other, "expires_at": in_seconds(&stage, 600), "account": "bob@example.com" }),
        json!({ "nothing": "of use" }),
    ];
    let generation = stage.disk.generation();
    for text in useless {
        let failure = stage.import(&text.to_string()).unwrap_err();
        assert_eq!(failure.code, Code::BadResponse, "{failure}");
        assert!(failure.message.contains(EMAIL), "{failure}");
    }
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.disk.generation(), generation);
}

#[test]
fn an_import_that_cannot_be_stored_says_so() {
    let stage = Stage::stored();
    let pair = stage.server.mint_pair(600);
    stage.disk.cannot_be_written(true);
    let failure = stage.import(&one_mount(&pair, in_seconds(&stage, 600)).to_string()).unwrap_err();
    assert_eq!(failure.code, Code::Store);
    assert!(failure.message.contains("Read-only file system"), "{failure}");
    assert_eq!(stage.manager.status().state, State::Empty);
}

#[test]
fn an_import_forgets_the_failure_before_it() {
    let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    goes_down(&stage);
    stage.failure();
    let pair = stage.server.mint_pair(600);
    stage.import(&one_mount(&pair, in_seconds(&stage, -60)).to_string()).unwrap();
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    let text = newcomer.export().unwrap();
    let elsewhere = Stage::stored();
    elsewhere.import(&text).unwrap();
    assert_eq!(elsewhere.token(), pair.access);
    elsewhere.advance(secs(540));
    let next = elsewhere.server.will_refresh(600);
    assert_eq!(elsewhere.token(), next);
    assert_eq!(elsewhere.server.last().body["refresh_token"], pair.refresh);
}
