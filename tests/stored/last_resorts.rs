//! What tides us over, and what it leaves of the session that there was.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokenkeep::manager::{Demand, Fallback};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[derive(Default)]
struct Environment(Mutex<Option<String>>);

impl Fallback for Environment {
    fn tokens(&self) -> Option<(SecretString, String)> {
        Some((SecretString::from(self.0.lock().unwrap().clone()?), "the variable X".to_owned()))
    }
}

impl Environment {
    fn set(&self, stage: &Stage, access: &str, refresh: &str, left: i64) {
        let expires_at = stage.clock.server_seconds() + left;
        let text = format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}","expires_at":{expires_at}}}"#);
        *self.0.lock().unwrap() = Some(text);
    }
}

fn with_environment() -> (Stage, Arc<Environment>) {
    let environment = Arc::new(Environment::default());
    let fallback = Some(Arc::clone(&environment) as Arc<dyn Fallback>);
    let (stage, _) = Stage::logged_in(Setting { fallback, ..Setting::default() });
    (stage, environment)
}

#[test]
fn a_refresh_token_of_the_environment_that_works_more_than_once_is_tried_although_ours_may_still_work() {
    let (stage, environment) = with_environment();
    stage.advance(secs(600));
    let (access, theirs) = (stage.server.mint("access", -1), stage.server.mint("refresh", 3600));
    environment.set(&stage, &access, &theirs, -1);
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let renewed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), renewed);
    assert_eq!(stage.server.last().body["refresh_token"], theirs);
}

#[test]
fn a_refresh_token_that_has_expired_is_no_way_on_beside_the_environments_token() {
    let (stage, environment) = with_environment();
    stage.advance(secs(8 * 24 * 3600));
    let theirs = stage.server.mint_pair(600);
    environment.set(&stage, &theirs.access, &theirs.refresh, 600);
    stage.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(stage.token(), theirs.access);
    stage.advance(secs(545));
    let renewed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), renewed);
    assert_eq!(stage.server.last().body["refresh_token"], theirs.refresh);
}

#[test]
fn an_import_makes_a_backup_of_what_lay_there_without_a_refresh_token_that_works_once() {
    for rotates in [false, true] {
        let (stage, before) = Stage::logged_in(Setting { rotates, ..Setting::default() });
        let pair = stage.server.mint_pair(600);
        let expires_at = stage.clock.server_seconds() + 600;
        let text = format!(
            r#"{{"access_token":"{}","refresh_token":"{}","expires_at":{expires_at}}}"#,
            pair.access, pair.refresh
        );
        stage.import(&text).unwrap();
        let backup = stage.disk.backup_record().unwrap().tokens.unwrap();
        assert_eq!(stage.disk.backup_access().unwrap(), before.access);
        assert_eq!(backup.refresh.is_some(), !rotates);
    }
}

#[test]
fn a_renewal_that_brings_the_same_token_again_costs_no_backup() {
    let (stage, first) = Stage::logged_in(Setting::default());
    let second = stage.server.will_log_in(600);
    stage.get(Demand::LoggedIn).unwrap();
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
    stage.server.will_answer(REFRESH, Answer::refreshed(&second.access));
    assert_eq!(stage.get(Demand::Renewed).unwrap(), second.access);
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
}
