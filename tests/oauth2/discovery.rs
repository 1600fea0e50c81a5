//! Endpoints that the issuer's metadata names (RFC 8414).

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::provider::{Provider, Reply, Step};
use tokenkeep::transport::Body;

use super::play::{METADATA, OPENID, REVOKE, TOKEN, stored, trying, will_grant, will_rotate};
use super::row::{Came, HOST, came, client, runner, shows, some};
use crate::stage::answer::Answer;
use crate::stage::{Setting, Stage, secs};

const ISSUER: &str = "https://auth.example.com";

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "token_endpoint": "https://tokens.example.com/v1/token",
        "revocation_endpoint": "https://tokens.example.com/v1/revoke",
    })
}

fn by_issuer(issuer: &str) -> tokenkeep::provider::oauth2::OAuth2 {
    client(|options| {
        options.token_url = None;
        options.revocation_url = None;
        options.issuer = some(issuer);
    })
}

fn stage() -> Stage {
    Stage::of(stored(by_issuer(ISSUER)))
}

fn found(change: impl FnOnce(&mut Value)) -> Came {
    let mut metadata = metadata();
    change(&mut metadata);
    came(200, &metadata.to_string()).to(Step::Discovery)
}

#[test]
fn the_well_known_name_stands_between_host_and_path_and_then_after_the_path() {
    let rows = [
        (
            ISSUER,
            [
                "https://auth.example.com/.well-known/oauth-authorization-server",
                "https://auth.example.com/.well-known/openid-configuration",
            ],
        ),
        (
            "https://auth.example.com/tenant/one/",
            [
                "https://auth.example.com/.well-known/oauth-authorization-server/tenant/one",
                "https://auth.example.com/tenant/one/.well-known/openid-configuration",
            ],
        ),
        (
            "http://127.0.0.1:4000/",
            [
                "http://127.0.0.1:4000/.well-known/oauth-authorization-server",
                "http://127.0.0.1:4000/.well-known/openid-configuration",
            ],
        ),
    ];
    for (issuer, places) in rows {
        let provider = by_issuer(issuer);
        for place in places {
            let request = provider.discovery(Step::Login).expect("a place");
            assert_eq!(request.url, place);
            assert!(
                matches!(request.body, Body::Nothing) && request.authorization.is_none(),
                "no credentials go there"
            );
            drop(came(404, "").to(Step::Discovery).read_by(&provider));
        }
        assert_eq!(provider.discovery(Step::Login).expect("the first again").url, places[0]);
    }
}

#[test]
fn the_endpoints_are_looked_up_before_the_first_request_and_once() {
    let stage = stage();
    stage.server.will_answer(METADATA, Answer::json(200, &metadata()));
    let first = will_grant(&stage);
    assert_eq!(stage.token(), first);
    stage.advance(secs(600));
    will_grant(&stage);
    stage.token();
    stage.server.will_answer(REVOKE, Answer::text(200, ""));
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [METADATA, TOKEN, TOKEN, REVOKE]);
    let urls: Vec<_> = stage.server.heard().into_iter().map(|heard| heard.url).collect();
    assert_eq!(urls[1], "https://tokens.example.com/v1/token");
    assert_eq!(urls[3], "https://tokens.example.com/v1/revoke");
}

#[test]
fn a_server_without_the_one_document_is_asked_for_the_other() {
    let nothing = [
        Answer::text(404, "not found"),
        Answer::text(400, r#"{"error":"invalid_request"}"#),
        Answer::text(200, "<html>Sign in</html>"),
        Answer::text(302, ""),
        Answer::json(200, &json!({ "issuer": ISSUER })),
    ];
    for answer in nothing {
        let stage = stage();
        stage.server.will_answer(METADATA, answer);
        stage.server.will_answer(OPENID, Answer::json(200, &metadata()));
        let token = will_grant(&stage);
        assert_eq!(stage.token(), token);
        assert_eq!(stage.server.asked(), [METADATA, OPENID, TOKEN]);
    }
}

#[test]
fn without_either_it_is_a_failure_and_the_next_renewal_begins_anew() {
    let stage = stage();
    for place in [METADATA, OPENID] {
        stage.server.will_answer(place, Answer::text(404, ""));
    }
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::UnexpectedStatus, 404));
    shows(&failure, &["discovery returned 404", "is the issuer right? Else set tokenUrl"]);
    stage.server.will_answer(METADATA, Answer::json(200, &metadata()));
    let token = will_grant(&stage);
    assert_eq!(stage.token(), token);
}

#[test]
fn an_outage_is_tried_again_and_then_reported() {
    let stage = Stage::of(Setting { policy: trying(2), ..stored(by_issuer(ISSUER)) });
    stage.server.will_answer(METADATA, Answer::server_error());
    stage.server.will_answer(METADATA, Answer::connection_refused());
    let failure = stage.failure();
    assert_eq!(failure.code, Code::Network, "{failure}");
    shows(&failure, &["discovery got no answer", "the issuer right?"]);
    stage.server.will_answer(METADATA, Answer::text(503, "").retry_after("40"));
    assert_eq!(stage.failure().retry_after, Some(secs(40)));
}

#[test]
fn it_shares_the_deadline_of_the_renewal() {
    let stage = stage();
    let _never = stage.server.will_hold(METADATA, Answer::json(200, &metadata()));
    let _neither = stage.server.will_hold(METADATA, Answer::json(200, &metadata()));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(30));
    assert_eq!(call.answer().unwrap_err().code, Code::Timeout);
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    let provider = by_issuer(ISSUER);
    for issuer in [
        json!("https://evil.example.com"),
        json!("https://auth.example.com/tenant"),
        json!("http://auth.example.com"),
        json!(null),
    ] {
        let failure = found(|metadata| metadata["issuer"] = issuer.clone()).failure(&provider);
        assert_eq!(failure.code, Code::BadResponse);
        shows(
            &failure,
            &["discovery returned 200, but the metadata is that of another issuer", "Is the issuer right?"],
        );
    }
    for issuer in ["https://auth.example.com/", "HTTPS://AUTH.example.com:443"] {
        let reply = found(|metadata| metadata["issuer"] = json!(issuer)).read_by(&by_issuer(ISSUER));
        assert!(matches!(reply, Ok(Reply::Done)), "{issuer}: {reply:?}");
    }
}

#[test]
fn endpoints_without_tls_are_refused_unless_the_issuer_has_none_either() {
    for field in ["token_endpoint", "revocation_endpoint"] {
        for url in
            ["http://tokens.example.com/token", "/token", "ftp://x/", "https://", "https://me:pw@tokens.example.com/t"]
        {
            let failure = found(|metadata| metadata[field] = json!(url)).failure(&by_issuer(ISSUER));
            assert_eq!(failure.code, Code::BadResponse);
            assert!(failure.message.contains(&format!("its {field} is no https URL")), "{failure}");
        }
    }
    let local = by_issuer("http://127.0.0.1:4000");
    let reply = found(|metadata| {
        metadata["issuer"] = json!("http://127.0.0.1:4000");
        metadata["token_endpoint"] = json!("http://127.0.0.1:4000/token");
    });
    assert!(matches!(reply.read_by(&local), Ok(Reply::Done)));
    assert_eq!(local.login().expect("a login").url, "http://127.0.0.1:4000/token");
}

#[test]
fn what_is_given_is_not_looked_up() {
    let stage = Stage::of(stored(client(|options| {
        options.issuer = some(ISSUER);
        options.revocation_url = None;
    })));
    will_grant(&stage);
    stage.token();
    assert_eq!(stage.server.asked(), [TOKEN]);
    stage.server.will_answer(METADATA, Answer::json(200, &metadata()));
    stage.server.will_answer(REVOKE, Answer::text(200, ""));
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [TOKEN, METADATA, REVOKE]);
    let neither = client(|options| options.issuer = some(ISSUER));
    assert!([Step::Login, Step::Refresh, Step::Revoke].iter().all(|step| neither.discovery(*step).is_none()));
}

#[test]
fn a_server_that_revokes_nothing_is_only_forgotten() {
    let stage = stage();
    let mut metadata = metadata();
    metadata.as_object_mut().unwrap().remove("revocation_endpoint");
    stage.server.will_answer(METADATA, Answer::json(200, &metadata));
    will_grant(&stage);
    stage.token();
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [METADATA, TOKEN]);
}

#[test]
fn a_refresh_finds_the_endpoints_too() {
    let stage = Stage::of(stored(runner(|options| {
        options.token_url = None;
        options.issuer = some(ISSUER);
    })));
    stage.server.will_answer(METADATA, Answer::json(200, &metadata()));
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
    assert_eq!(stage.server.asked(), [METADATA, TOKEN]);
    assert_eq!(by_issuer(ISSUER).host(), HOST);
}
