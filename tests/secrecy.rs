//! `{:?}` of every public type that can hold a secret: what was planted is never in it.

mod stage;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokenkeep::clock::Moment;
use tokenkeep::manager::{Demand, Outcome};
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Answer, Currency, Grant, Provider, Reply, Step};
use tokenkeep::random::Jitter;
use tokenkeep::session::{AccessToken, Life, Renewable, Scoped, Session, Source};
use tokenkeep::store::memory::{MemoryStore, Snapshot};
use tokenkeep::transport::{Body, Headers, Request, Response};

use stage::server::{LOGIN, REFRESH};
use stage::{BASE_URL, EMAIL, PASSWORD, Stage};

/// Every planted secret contains this.
const PLANTED: &str = "pl4nted";

fn planted(name: &str) -> SecretString {
    SecretString::from(format!("{name}-{PLANTED}"))
}

#[track_caller]
fn shows_nothing(thing: &dyn Debug) {
    // Pretty-printing goes through other code in a hand-written `Debug`.
    for text in [format!("{thing:?}"), format!("{thing:#?}")] {
        assert!(!text.contains(PLANTED), "{text}");
    }
}

fn life() -> Life {
    Life {
        received: Moment { wall: 0, steady: Duration::ZERO },
        lifetime: Duration::from_secs(600),
        jitter: Jitter::NONE,
    }
}

fn access() -> Arc<AccessToken> {
    Arc::new(AccessToken { secret: planted("access"), life: life() })
}

fn session() -> Session {
    let renewable = Renewable::ByRefreshToken { secret: planted("refresh"), life: Some(life()) };
    Session {
        access: Some(access()),
        renewable,
        scoped: Scoped::from([("guild".to_owned(), planted("scoped"))]),
        source: Source::Login,
    }
}

fn baserow() -> Baserow {
    Baserow::new(BASE_URL, EMAIL, planted("password"))
}

fn response() -> Response {
    Response { status: 200, headers: Headers::default(), body: planted("body") }
}

#[test]
fn a_session_and_its_parts_show_nothing() {
    shows_nothing(&session());
    shows_nothing(&*access());
    shows_nothing(&session().renewable);
    shows_nothing(&Renewable::ByRefreshToken { secret: planted("refresh"), life: None });
    shows_nothing(&session().secrets());
}

#[test]
fn a_store_and_what_it_holds_show_nothing() {
    let store = MemoryStore::default();
    store.save(session());
    shows_nothing(&store);
    shows_nothing(&store.load());
    shows_nothing(&Snapshot { generation: 1, session: Some(Arc::new(session())) });
}

#[test]
fn a_provider_shows_nothing() {
    shows_nothing(&baserow());
}

#[test]
fn a_request_of_any_kind_shows_nothing() {
    let requests = [
        baserow().login(),
        Some(baserow().second_factor(&planted("ticket"), &planted("code"))),
        baserow().refresh(Currency::RefreshToken(&planted("refresh"))),
        baserow().refresh(Currency::AccessToken(&planted("access"))),
        baserow().revoke(Currency::RefreshToken(&planted("refresh"))),
    ];
    for request in requests {
        shows_nothing(&request.expect("a request"));
    }
    let (url, body) = ("https://example.com/".to_owned(), planted("body"));
    shows_nothing(&Request {
        url,
        authorization: Some(planted("header")),
        headers: vec![(String::from("x-key"), planted("value"))],
        body: Body::Json(body),
        secrets: vec![planted("secret")],
        gate: None,
    });
}

#[test]
fn a_response_shows_nothing() {
    shows_nothing(&response());
}

#[test]
fn the_query_of_a_redirect_is_not_shown() {
    let location = Some(format!("https://sso.example.com/in?ticket={PLANTED}"));
    let headers = Headers { location, ..Headers::default() };
    shows_nothing(&Response { headers: headers.clone(), ..response() });
    shows_nothing(&headers);
}

#[test]
fn what_a_provider_reads_shows_nothing() {
    let grant =
        Grant { token: planted("access"), refresh_token: Some(planted("refresh")), lifetime: None, scoped: None };
    shows_nothing(&grant);
    shows_nothing(&Reply::Granted(grant));
    shows_nothing(&Reply::SecondFactor(planted("ticket")));
    shows_nothing(&Currency::RefreshToken(&planted("refresh")));
    shows_nothing(&Currency::AccessToken(&planted("access")));
    let answer = Answer { step: Step::Login, response: &response(), received_at: 0, secrets: &[planted("password")] };
    shows_nothing(&answer);
}

#[test]
fn the_outcome_of_a_flight_shows_nothing() {
    let outcome = Outcome {
        result: Ok(access()),
        stale: Some(access()),
        generation: 1,
        how: Some(Source::Login),
        cause: None,
        renewed: true,
        again: false,
        belated: false,
        at: 0,
        duration: Duration::ZERO,
        attempts: Vec::new(),
    };
    shows_nothing(&outcome);
}

#[test]
fn a_manager_in_the_midst_of_its_work_shows_nothing() {
    let stage = Stage::new();
    let access = stage.server.keep(format!("access-{PLANTED}"));
    let refresh = stage.server.keep(format!("refresh-{PLANTED}"));
    stage.server.will_answer(LOGIN, stage::answer::Answer::session(&access, &refresh));
    stage.token();
    stage.server.will_hold(REFRESH, stage::answer::Answer::refreshed(&access));
    stage.ask(Demand::Renewed).leave();
    // Its parts are the stage's own, and the server on this stage does show what it was asked: so not the whole manager.
    shows_nothing(&stage.manager.look());
    shows_nothing(&stage.manager.status());
    assert!(!format!("{:?}", stage.manager.look()).contains(PASSWORD));
    drop(stage.manager.renew(Demand::Fresh));
}
