//! Whose tokens they are.

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::provider::Provider;
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};

use super::row::{HOST, some, with};

fn nameless(change: impl FnOnce(&mut JsonLoginOptions)) -> JsonLogin {
    with(|options| {
        options.account = None;
        change(options);
    })
}

fn headers(headers: &[(&str, &str)]) -> Vec<(String, SecretString)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
}

/// Both what an account without a name is called, and what its sessions are checked by.
fn signs(login: &JsonLogin) -> (String, String) {
    (login.account().to_owned(), login.credential().expose_secret().to_owned())
}

#[test]
fn the_identity_is_the_kind_the_whole_url_and_the_account() {
    let login = with(|options| {
        options.url = "HTTPS://API.Colony.example:443/Auth/Token/?tenant=Blue".to_owned();
        options.account = some("  Colony 1 ");
    });
    let identity = login.identity();
    assert_eq!(identity.provider, "jsonLogin");
    // A query may carry a key, and the record is not the place for it.
    let query = identity.issuer.strip_prefix("https://api.colony.example/Auth/Token/?").expect("the URL");
    assert!(query.len() == 16 && !query.contains("Blue"), "{query}");
    assert_eq!(identity.account, "Colony 1");
    assert_eq!((&identity.scope, &identity.audience, &identity.client_id), (&None, &None, &None));
    assert_eq!(login.account(), "Colony 1");
}

#[test]
fn the_query_is_part_of_who_it_is() {
    let key = |url: &str| with(|options| options.url = url.to_owned()).identity().key();
    assert_ne!(key("https://a.example/t?tenant=1"), key("https://a.example/t?tenant=2"));
    assert_ne!(key("https://a.example/t"), key("https://a.example/u"));
    assert_eq!(key("https://a.example:443/t/"), key("https://A.example/t"));
}

#[test]
fn an_account_without_a_name_is_called_by_a_hash_of_its_credentials() {
    let account = nameless(|_| {}).account().to_owned();
    let digits = account.strip_prefix("key-").expect("key-");
    assert!(digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{account}");
    assert_eq!(nameless(|options| options.account = some("  ")).account(), account);
    // Written down: another version that calls it otherwise finds none of the sessions.
    assert_eq!(account, "key-a2ab16aa3f2b8f3c");
}

#[test]
fn what_says_the_same_is_the_same() {
    let plain = nameless(|options| {
        options.body = r#"{"a":{"x":1,"y":[true,null,"ü"]},"b":"s"}"#.into();
        options.headers = headers(&[("X-One", "1"), ("X-Two", "2")]);
    });
    let same = nameless(|options| {
        options.body = r#" { "b" : "s", "a" : { "y": [true, null, "\u00fc"], "x": 1 } } "#.into();
        options.headers = headers(&[("x-two", "2"), ("x-ONE", " 1 ")]);
    });
    assert_eq!(signs(&plain), signs(&same));
}

#[test]
fn whatever_differs_makes_another_credential_and_another_name() {
    let plain = signs(&nameless(|_| {}));
    let others = [
        nameless(|options| options.body = r#"{"api_key":"another"}"#.into()),
        nameless(|options| options.body = r#"{"api_key":"col_live_8f3ab61c","n":1}"#.into()),
        nameless(|options| options.headers = headers(&[("X-Client", "another")])),
        nameless(|options| options.headers = headers(&[("X-Other", "h3ader-secret")])),
        nameless(|options| options.headers.clear()),
    ];
    for other in &others {
        let signs = signs(other);
        assert!(signs.0 != plain.0 && signs.1 != plain.1);
    }
    let elsewhere = signs(&nameless(|options| options.url = "https://staging.colony.example/auth/token".to_owned()));
    assert!(elsewhere.0 != plain.0 && elsewhere.1 == plain.1, "the URL is in the name");
}

#[test]
fn parts_cannot_flow_into_one_another() {
    let of = |list: &[(&str, &str)], body: &str| {
        let body = SecretString::from(body);
        signs(&nameless(|options| {
            options.headers = headers(list);
            options.body = body;
        }))
    };
    let seen = [
        of(&[("a", "b"), ("c", "d")], "{}"),
        of(&[("a", "b1:c1:d")], "{}"),
        of(&[("a", "bc"), ("", "d")], "{}"),
        of(&[("ab", ""), ("c", "d")], "{}"),
        of(&[("a", "b")], r#"{"c":"d"}"#),
        of(&[], r#"{"a":"b","c":"d"}"#),
        of(&[], r#"{"a":["b","c"]}"#),
        of(&[], r#"{"a":["b"],"c":[]}"#),
        of(&[], r#"{"a":"1"}"#),
        of(&[], r#"{"a":1}"#),
    ];
    for (index, signs) in seen.iter().enumerate() {
        assert!(!seen[..index].contains(signs), "{index}");
    }
}

#[test]
fn the_host_is_named_as_a_person_would_and_without_a_password() {
    let rows = [
        ("https://api.colony.example/auth/token", HOST),
        ("https://api.colony.example", HOST),
        ("https://api.colony.example?x=y", HOST),
        ("http://localhost:8000/token", "localhost:8000"),
        ("http://[::1]:8000/token", "[::1]:8000"),
        ("https://user:p4ss@api.colony.example/token?x=a@b", HOST),
    ];
    for (url, host) in rows {
        assert_eq!(with(|options| options.url = url.to_owned()).host(), host, "{url}");
    }
}
