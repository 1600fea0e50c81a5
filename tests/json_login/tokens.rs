//! Where the tokens are in an answer.

use tokenkeep::provider::Step;
use tokenkeep::provider::json_login::is_pointer;

use super::row::{came, pair, some, with};

/// What is in the answer, and what has to be found there.
type Row = (&'static str, (&'static str, Option<&'static str>));

#[test]
fn the_tokens_have_their_usual_names() {
    let rows: [Row; 12] = [
        (r#"{"token":"A"}"#, ("A", None)),
        (r#"{"access_token":"A"}"#, ("A", None)),
        (r#"{"access_token":"B","token":"A"}"#, ("A", None)),
        (r#"{"token":null,"access_token":"A"}"#, ("A", None)),
        (r#"{"token":" ","access_token":"A"}"#, ("A", None)),
        (r#"{"token":{"value":"B"},"access_token":"A"}"#, ("A", None)),
        (r#"{"token":"a\nb","access_token":"A"}"#, ("A", None)),
        (r#"{"token":"A","refresh_token":"R"}"#, ("A", Some("R"))),
        (r#"{"token":"A","refresh_token":null}"#, ("A", None)),
        (r#"{"token":"A","refresh_token":7}"#, ("A", None)),
        (r#"{"token":" A\n","refresh_token":" R "}"#, ("A", Some("R"))),
        (r#"{"token":"B","token":"A"}"#, ("A", None)),
    ];
    let login = with(|_| {});
    for step in [Step::Login, Step::Refresh] {
        for (body, expected) in rows {
            assert_eq!(pair(&came(200, body).to(step).grant(&login)), expected, "{body}");
        }
    }
}

#[test]
fn pointers_lead_anywhere() {
    let body = r#"{"data":[{"a/b":"slash","a~b":"tilde","":"empty","~1":"tilde-one"},["x","y"]],"token":"usual"}"#;
    let rows = [
        ("/data/0/a~1b", "slash"),
        ("/data/0/a~0b", "tilde"),
        ("/data/0/", "empty"),
        ("/data/0/~01", "tilde-one"),
        ("/data/1/1", "y"),
    ];
    for (pointer, expected) in rows {
        let login = with(|options| options.token_pointer = some(pointer));
        assert_eq!(pair(&came(200, body).grant(&login)).0, expected, "{pointer}");
    }
    let login = with(|options| options.refresh_token_pointer = some("/data/1/0"));
    assert_eq!(pair(&came(200, body).grant(&login)), ("usual", Some("x")));
    let login = with(|options| options.token_pointer = some(""));
    assert_eq!(pair(&came(200, r#""bare""#).grant(&login)).0, "bare");
}

#[test]
fn a_pointer_that_leads_nowhere_is_named_together_with_its_option() {
    let body = r#"{"data":[{"n":7}],"token":"usual","refresh_token":"R"}"#;
    for pointer in
        ["/data/0/x", "/data/00/n", "/data/-", "/data/1", "/data/0/n", "/data", "/token/x", "data/token", "/~2"]
    {
        let login = with(|options| options.token_pointer = some(pointer));
        came(200, body).is_bad(&login, &[&format!("string at {pointer}. Set tokenPointer"), "login returned 200"]);
    }
    let login = with(|options| options.refresh_token_pointer = some("/nowhere"));
    assert_eq!(pair(&came(200, body).grant(&login)), ("usual", None));
}

#[test]
fn a_success_without_a_usable_token_is_a_bad_response() {
    let login = with(|_| {});
    let nothing = ["response missing token field: login returned 200", "at /token or /access_token", "tokenPointer"];
    for body in ["{}", "[]", "null", r#""text""#, r#"{"token":""}"#, r#"{"token":7}"#, r#"{"data":{"token":"A"}}"#] {
        came(200, body).is_bad(&login, &nothing);
    }
    for body in ["", "<html>", "{", r#"{"token":"A"}}"#, r#"{"token":"A""#] {
        came(200, body).is_bad(&login, &["no JSON", "Is the url right?"]);
    }
    for body in [r#"{"token":"a\nb"}"#, r#"{"token":"a\u0000b"}"#, r#"{"token":"a\tb"}"#, r#"{"token":"ü"}"#] {
        came(200, body).is_bad(&login, &["what is at /token cannot be sent in a header"]);
    }
    came(204, "").to(Step::Refresh).is_bad(&login, &["refresh returned 204", "Is the refreshUrl right?"]);
}

#[test]
fn a_pointer_is_checked_before_it_is_used() {
    for good in ["", "/", "/a", "/a/0", "/~0~1", "/ä ö"] {
        assert!(is_pointer(good), "{good}");
    }
    for bad in ["a", "a/b", " /a", "/~", "/~2", "/a~/b", "$.token"] {
        assert!(!is_pointer(bad), "{bad}");
    }
}
