//! What the callbacks are given.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokenkeep::clock::Moment;
use tokenkeep::provider::host::{HostLogin, HostLoginOptions};
use tokenkeep::provider::{Currency, Provider, Step};
use tokenkeep::random::Jitter;
use tokenkeep::session::{AccessToken, Life, Renewable, Session, Source};

use super::home::{CREDENTIAL, RECEIVED_AT, errand, login, options, text};

fn session() -> Session {
    let received = Moment { wall: RECEIVED_AT, steady: Duration::ZERO };
    let life = Life { received, lifetime: Duration::from_secs(60), jitter: Jitter::NONE };
    Session {
        access: Some(Arc::new(AccessToken { secret: "t0ken".into(), life })),
        renewable: Renewable::ByRefreshToken { secret: "r3fresh".into(), life: None },
        scoped: BTreeMap::from([("guild".to_owned(), "gu1ld".into())]),
        source: Source::Login,
    }
}

#[test]
fn a_first_login_is_told_of_no_session() {
    let login = login();
    let request = login.about(Step::Login, login.login().expect("a login"), None);
    assert_eq!((request.url.as_str(), errand(&request)), ("host:7", json!({ "step": "login" })));
}

#[test]
fn every_step_is_told_of_the_whole_session() {
    let (login, session, pays) = (login(), session(), "r3fresh".into());
    let told = json!({ "token": "t0ken", "refreshToken": "r3fresh", "expiresAt": RECEIVED_AT + 60_000, "scoped": { "guild": "gu1ld" } });
    let requests = [
        (Step::Login, login.login().expect("a login"), "login"),
        (Step::Refresh, login.refresh(Currency::RefreshToken(&pays)).expect("a refresh"), "refresh"),
        (Step::Revoke, login.revoke(Currency::RefreshToken(&pays)).expect("a revocation"), "revoke"),
    ];
    for (step, request, name) in requests {
        let request = login.about(step, request, Some(&session));
        assert_eq!(errand(&request), json!({ "step": name, "session": told }));
        let secrets: Vec<&str> = request.secrets.iter().map(text).collect();
        assert_eq!(secrets, [CREDENTIAL, "t0ken", "r3fresh", "gu1ld"]);
    }
}

#[test]
fn the_token_of_an_invalidated_session_is_empty_and_a_session_without_any_token_is_none() {
    let login = login();
    let invalidated = Session { access: None, scoped: BTreeMap::new(), ..session() };
    let request = login.about(Step::Login, login.login().expect("a login"), Some(&invalidated));
    assert_eq!(errand(&request), json!({ "step": "login", "session": { "token": "", "refreshToken": "r3fresh" } }));
    let spent = Session { renewable: Renewable::No, ..invalidated };
    assert_eq!(
        errand(&login.about(Step::Login, login.login().expect("a login"), Some(&spent))),
        json!({ "step": "login" })
    );
}

#[test]
fn what_has_no_callback_is_not_asked_for() {
    let login = HostLogin::new(HostLoginOptions { refreshes: false, revokes: false, ..options() });
    let token = "t0ken".into();
    assert!(login.refresh(Currency::RefreshToken(&token)).is_none());
    assert!(login.revoke(Currency::AccessToken(&token)).is_none());
    assert!(!login.rotates());
    assert!(super::home::login().rotates(), "nobody says whether its refresh tokens work once");
}

#[test]
fn an_account_is_known_by_its_issuer_and_its_name_and_not_by_its_credential() {
    let with = |change: fn(&mut HostLoginOptions)| {
        let mut options = options();
        change(&mut options);
        HostLogin::new(options).identity().key()
    };
    let plain = login().identity().key();
    assert_eq!(with(|options| options.credential = "another".into()), plain);
    assert_eq!(with(|options| options.callbacks = 8), plain);
    assert_ne!(with(|options| options.issuer = "kosmi".to_owned()), plain);
    assert_ne!(with(|options| options.account = "bob".to_owned()), plain);
    let spellings = ["https://Kosmi.example:443/", "https://kosmi.example"];
    let [one, other] = spellings.map(|issuer| {
        let options = HostLoginOptions { issuer: issuer.to_owned(), ..options() };
        HostLogin::new(options)
    });
    assert_eq!(one.identity(), other.identity());
    assert_eq!((one.host(), login().host()), ("kosmi.example", "custom()"));
}

#[test]
fn nothing_shows_a_credential_or_a_token() {
    let login = login();
    let request = login.about(Step::Login, login.login().expect("a login"), Some(&session()));
    for shown in [format!("{:?}", options()), format!("{login:?}"), format!("{request:?}")] {
        for secret in [CREDENTIAL, "t0ken", "r3fresh", "gu1ld"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
