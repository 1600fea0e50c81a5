//! Which accounts of a process are one session, and which only look like it.

use std::sync::Arc;

use secrecy::SecretString;
use tokenkeep::manager::{Registry, Shared};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::host::{HostLogin, HostLoginOptions};
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};
use tokenkeep::provider::oauth2::{OAuth2, OAuth2Options};

type Made = Arc<dyn Provider>;
type Change<T> = fn(&mut T);

fn are_one(one: Made, other: Made) -> bool {
    let registry = Registry::default();
    let first = registry.shared(one, "here");
    Arc::ptr_eq(&first, &registry.shared(other, "here"))
}

fn baserow(url: &str, email: &str, password: &str) -> Made {
    Arc::new(Baserow::new(url, email, SecretString::from(password)))
}

fn json(change: impl FnOnce(&mut JsonLoginOptions)) -> Made {
    let mut options = JsonLoginOptions {
        url: "https://api.example.com/login".to_owned(),
        body: SecretString::from(r#"{"api_key":"k"}"#),
        account: Some("alice".to_owned()),
        ..JsonLoginOptions::default()
    };
    change(&mut options);
    Arc::new(JsonLogin::new(options))
}

fn oauth(change: impl FnOnce(&mut OAuth2Options)) -> Made {
    let mut options = OAuth2Options {
        token_url: Some("https://id.example.com/token".to_owned()),
        client_id: "client".to_owned(),
        client_secret: Some(SecretString::from("hush")),
        scope: Some("read".to_owned()),
        audience: Some("api".to_owned()),
        ..OAuth2Options::default()
    };
    change(&mut options);
    Arc::new(OAuth2::new(options))
}

fn host(change: impl FnOnce(&mut HostLoginOptions)) -> Made {
    let mut options = HostLoginOptions {
        callbacks: 1,
        home: "1".to_owned(),
        account: "alice".to_owned(),
        issuer: "somewhere".to_owned(),
        credential: SecretString::from("k"),
        refreshes: true,
        revokes: false,
    };
    change(&mut options);
    Arc::new(HostLogin::new(options))
}

const URL: &str = "https://baserow.example.com/api";

#[test]
fn whoever_says_the_same_has_one_session() {
    assert!(are_one(baserow(URL, "a@example.com", "p"), baserow(&format!("{URL}/"), " A@example.com ", "p")));
    assert!(are_one(json(|_| {}), json(|_| {})));
    assert!(are_one(oauth(|_| {}), oauth(|_| {})));
    assert!(are_one(host(|_| {}), host(|_| {})));
}

#[test]
fn another_issuer_account_or_password_is_another_session() {
    let alice = || baserow(URL, "a@example.com", "p");
    assert!(!are_one(alice(), baserow("https://other.example.com/api", "a@example.com", "p")));
    assert!(!are_one(alice(), baserow(URL, "b@example.com", "p")));
    assert!(!are_one(alice(), baserow(URL, "a@example.com", "P")));
}

#[test]
fn another_kind_of_provider_is_another_session_even_if_all_else_is_the_same() {
    let url = "https://api.example.com/login";
    let login = host(|options| {
        (options.account, options.issuer) = ("alice".to_owned(), url.to_owned());
        options.credential = SecretString::from("");
    });
    let baserow = baserow(url, "alice", "");
    let json = json(|_| {});
    assert!(!are_one(Arc::clone(&login), Arc::clone(&baserow)));
    assert!(!are_one(login, Arc::clone(&json)));
    assert!(!are_one(baserow, json));
}

#[test]
fn each_field_of_an_oauth_client_tells_sessions_apart() {
    let changes: [(&str, Change<OAuth2Options>); 7] = [
        ("token URL", |options| options.token_url = Some("https://id.example.com/other".to_owned())),
        ("account", |options| options.account = Some("bob".to_owned())),
        ("client id", |options| options.client_id = "another".to_owned()),
        ("client secret", |options| options.client_secret = Some(SecretString::from("hush!"))),
        ("scope", |options| options.scope = Some("write".to_owned())),
        ("no scope", |options| options.scope = None),
        ("audience", |options| options.audience = Some("other".to_owned())),
    ];
    for (what, change) in changes {
        assert!(!are_one(oauth(|_| {}), oauth(change)), "{what}");
    }
    // A value in one field is not the same value in another.
    let scope = oauth(|options| (options.scope, options.audience) = (Some("x".to_owned()), None));
    let audience = oauth(|options| (options.scope, options.audience) = (None, Some("x".to_owned())));
    assert!(!are_one(scope, audience));
}

#[test]
fn each_field_of_a_json_login_tells_sessions_apart() {
    let changes: [(&str, Change<JsonLoginOptions>); 8] = [
        ("body", |options| options.body = SecretString::from(r#"{"api_key":"l"}"#)),
        ("headers", |options| options.headers = vec![("x-key".to_owned(), SecretString::from("1"))]),
        ("account", |options| options.account = Some("bob".to_owned())),
        ("url", |options| options.url = "https://other.example.com/login".to_owned()),
        ("token pointer", |options| options.token_pointer = Some("/data/token".to_owned())),
        ("refresh pointer", |options| options.refresh_token_pointer = Some("/data/refresh".to_owned())),
        ("lifetime pointer", |options| options.expires_in_pointer = Some("/data/ttl".to_owned())),
        ("expiry pointer", |options| options.expires_at_pointer = Some("/data/expires".to_owned())),
    ];
    for (what, change) in changes {
        assert!(!are_one(json(|_| {}), json(change)), "{what}");
    }
}

#[test]
fn the_callbacks_of_one_login_are_one_session_and_those_of_another_login_or_thread_are_not() {
    assert!(are_one(host(|_| {}), host(|_| {})));
    assert!(!are_one(host(|_| {}), host(|options| options.callbacks = 2)));
    assert!(!are_one(host(|_| {}), host(|options| options.home = "2".to_owned())));
    assert!(!are_one(host(|_| {}), host(|options| options.credential = SecretString::from("l"))));
}

#[test]
fn what_is_kept_in_different_ways_is_not_one_session() {
    let registry = Registry::default();
    let here = registry.shared(json(|_| {}), "here");
    assert!(!Arc::ptr_eq(&here, &registry.shared(json(|_| {}), "there")));
    assert!(Arc::ptr_eq(&here, &registry.shared(json(|_| {}), "here")));
}

#[test]
fn whoever_has_the_second_password_shares_with_others_who_have_it_while_the_first_is_in_use() {
    let registry = Registry::default();
    let of = |password| registry.shared(baserow(URL, "a@example.com", password), "");
    let first = of("p");
    let second = of("q");
    assert!(Arc::ptr_eq(&second, &of("q")) && Arc::ptr_eq(&first, &of("p")));
}

#[test]
fn a_session_that_nobody_has_any_more_is_gone_and_the_next_one_is_another() {
    let registry = Registry::default();
    let first = registry.shared(json(|_| {}), "");
    let gone = Arc::downgrade(&first);
    assert_eq!(Arc::strong_count(&first), 1, "the registry keeps nobody alive");
    drop(first);
    assert!(gone.upgrade().is_none());
    let second = registry.shared(json(|_| {}), "");
    assert!(Arc::ptr_eq(&second, &registry.shared(json(|_| {}), "")));
}

#[test]
fn those_who_are_gone_are_swept_out_and_those_who_are_there_are_found() {
    let registry = Registry::default();
    let one = |name: usize| registry.shared(super::crowd::of(&name.to_string()), "");
    let staying: Vec<Arc<Shared>> = (0..100).map(one).collect();
    for name in 100..10_000 {
        drop(one(name));
    }
    let known = format!("{registry:?}");
    let count: usize = known.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
    assert!((100..=400).contains(&count), "{known}");
    for (name, shared) in staying.iter().enumerate() {
        assert!(Arc::ptr_eq(shared, &one(name)));
    }
}
