//! What the revocation endpoint answers (RFC 7009 §2.2).

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::provider::{Reply, Step};

use super::row::{came, runner, shows};

#[test]
fn a_revoked_token_a_dead_one_and_one_that_is_never_revoked_are_as_good() {
    let done = [
        (200, ""),
        (204, ""),
        (200, "<html>anything</html>"),
        (400, r#"{"error":"unsupported_token_type"}"#),
        (400, r#"{"error":"invalid_token"}"#),
        (400, r#"{"error":"invalid_grant"}"#),
    ];
    for (status, body) in done {
        let reply = came(status, body).to(Step::Revoke).read_by(&runner(|_| {}));
        assert!(matches!(reply, Ok(Reply::Done)), "{status} {body}: {reply:?}");
    }
}

#[test]
fn whatever_else_is_a_failure_that_says_so() {
    let rows = [
        (400, r#"{"error":"invalid_request"}"#, Code::UnexpectedStatus),
        (401, r#"{"error":"invalid_client"}"#, Code::InvalidCredentials),
        (404, "", Code::UnexpectedStatus),
        (302, "", Code::BadResponse),
        (500, "", Code::ServerError),
    ];
    for (status, body, code) in rows {
        let failure = came(status, body).to(Step::Revoke).failure(&runner(|_| {}));
        assert_eq!(failure.code, code, "{failure}");
        shows(&failure, &[&format!("logout returned {status}")]);
    }
    let failure = came(404, "").to(Step::Revoke).failure(&runner(|_| {}));
    shows(&failure, &["Usually the revocationUrl is wrong"]);
}

#[test]
fn a_server_that_asks_for_patience_has_not_revoked() {
    let busy = came(503, "").to(Step::Revoke).with(|headers| headers.retry_after = Some("120".to_owned()));
    let failure = busy.failure(&runner(|_| {}));
    assert_eq!((failure.code, failure.retry_after), (Code::ServerError, Some(Duration::from_secs(120))));
}
