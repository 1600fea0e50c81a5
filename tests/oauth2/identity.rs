//! Whose sessions they are, and with what they were made.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::identity::Identity;
use tokenkeep::manager::Registry;
use tokenkeep::provider::Provider;
use tokenkeep::provider::oauth2::{ClientAuth, GrantType, OAuth2, OAuth2Options};

use super::row::{CLIENT_ID, client, runner, some};

fn identity(change: impl FnOnce(&mut OAuth2Options)) -> Identity {
    client(change).identity().clone()
}

#[test]
fn everything_that_changes_the_token_is_in_the_identity() {
    assert_eq!(
        identity(|options| {
            options.token_url = some("HTTPS://Auth.Example.com:443/oauth2/token/");
            options.scope = some(" files.read ");
            options.audience = some("https://api.example.com");
            options.account = some("backup@example.com");
        }),
        Identity {
            provider: "oauth2".to_owned(),
            issuer: "https://auth.example.com/oauth2/token".to_owned(),
            account: "backup@example.com".to_owned(),
            scope: some("files.read"),
            audience: some("https://api.example.com"),
            client_id: some(CLIENT_ID),
        }
    );
    assert_eq!(identity(|options| options.issuer = some("https://id.example.com/")).issuer, "https://id.example.com");
}

#[test]
fn the_account_is_the_client_unless_it_has_a_name() {
    assert_eq!(identity(|_| {}).account, CLIENT_ID);
    assert_eq!(identity(|options| options.account = some(" ")).account, CLIENT_ID);
    assert!(!client(|_| {}).is_named());
    assert!(client(|options| options.account = some("backup")).is_named());
}

#[test]
fn a_key_in_the_query_is_not_in_the_identity_but_tells_identities_apart() {
    let [one, other] = ["k3y-one", "k3y-two"].map(|key| {
        identity(|options| options.token_url = Some(format!("https://auth.example.com/token?key={key}"))).issuer
    });
    assert!(!one.contains("k3y") && one.starts_with("https://auth.example.com/token?"), "{one}");
    assert_ne!(one, other);
}

#[test]
fn the_credential_is_secret_and_refresh_token_each_with_its_length() {
    let of = |secret: Option<&str>, refresh: Option<&str>| {
        let provider: OAuth2 = runner(|options| {
            options.client_secret = secret.map(SecretString::from);
            options.refresh_token = refresh.map(SecretString::from);
        });
        provider.credential().expose_secret().to_owned()
    };
    let all = [
        of(Some("ab"), Some("c")),
        of(Some("a"), Some("bc")),
        of(Some("abc"), None),
        of(None, Some("abc")),
        of(None, None),
        of(Some("2:ab"), Some("c")),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{one}");
    }
}

/// Do managers of both share a session in memory?
fn share(one: OAuth2, other: OAuth2) -> bool {
    let registry = Registry::default();
    let [one, other] = [one, other].map(|provider| registry.shared(Arc::new(provider), ""));
    Arc::ptr_eq(&one, &other)
}

#[test]
fn who_asks_in_another_way_or_elsewhere_does_not_ride_along_with_the_first() {
    type Change = fn(&mut OAuth2Options);
    let discovered = |change: Change| {
        client(|options| {
            options.issuer = some("https://id.example.com");
            change(options);
        })
    };
    let table: [(&str, Change); 7] = [
        ("grant", |options| options.grant = GrantType::RefreshToken),
        ("clientAuth", |options| options.client_auth = ClientAuth::Post),
        ("revocationUrl", |options| options.revocation_url = None),
        ("revocationUrl", |options| options.revocation_url = some("https://auth.example.com/oauth2/revoke?key=k3y")),
        ("tokenUrl", |options| options.token_url = None),
        ("tokenUrl", |options| options.token_url = some("https://elsewhere.example.com/token")),
        ("tokenUrl", |options| options.token_url = some("https://auth.example.com/oauth2/token?key=k3y")),
    ];
    for (name, change) in table {
        assert!(!share(discovered(|_| {}), discovered(change)), "{name}");
    }
    assert!(share(discovered(|_| {}), discovered(|_| {})));
    let spelt_otherwise = discovered(|options| options.token_url = some("HTTPS://Auth.Example.com:443/oauth2/token/"));
    assert!(share(discovered(|_| {}), spelt_otherwise));
}

#[test]
fn what_tells_them_apart_in_memory_is_no_secret() {
    let provider = runner(|options| {
        options.token_url = some("https://user:pl4nted@auth.example.com/token?key=pl4nted");
        options.revocation_url = some("https://user:pl4nted@auth.example.com/revoke?key=pl4nted");
        options.client_secret = Some(SecretString::from("secret-pl4nted"));
        options.refresh_token = Some(SecretString::from("refresh-pl4nted"));
    });
    assert!(!provider.reading().contains("pl4nted"), "{}", provider.reading());
}
