//! Whose session it is: "A key that lacks a field hands one account's token to another".

use std::collections::HashSet;
use std::sync::Mutex;

use secrecy::SecretString;
use tokenkeep::identity::{Check, Identity, normalised_url};
use tokenkeep::random::Rng;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn alice() -> Identity {
    Identity {
        provider: "oauth2".to_owned(),
        issuer: "https://login.example.com".to_owned(),
        account: "alice@example.com".to_owned(),
        scope: some("read write"),
        audience: some("https://api.example.com"),
        client_id: some("client-1"),
    }
}

fn key(identity: &Identity) -> String {
    identity.key().to_string()
}

#[test]
fn a_key_is_thirty_two_hex_digits_that_do_not_change() {
    let key = key(&alice());
    assert_eq!(key.len(), 32);
    assert!(key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)), "{key}");
    assert_eq!(key, self::key(&alice()));
    assert_eq!(alice().key().as_str(), key);
}

/// Files of earlier versions are found by it.
#[test]
fn the_keys_of_today_are_those_of_tomorrow() {
    assert_eq!(key(&alice()), "500901192d28f9a5c458c4351ec9bfd0");
    assert_eq!(key(&Identity::default()), "7e37c05efa5054864292e22e115ed9cd");
}

#[test]
fn every_field_changes_the_key() {
    let others = [
        Identity { provider: "baserow".to_owned(), ..alice() },
        Identity { issuer: "https://login.example.org".to_owned(), ..alice() },
        Identity { account: "bob@example.com".to_owned(), ..alice() },
        Identity { scope: some("read"), ..alice() },
        Identity { audience: some("https://api.example.org"), ..alice() },
        Identity { client_id: some("client-2"), ..alice() },
        Identity { scope: None, ..alice() },
        Identity { audience: None, ..alice() },
        Identity { client_id: None, ..alice() },
        Identity { scope: some(""), ..alice() },
        Identity { audience: some(""), ..alice() },
        Identity { client_id: some(""), ..alice() },
    ];
    let keys: HashSet<_> = others.iter().chain([&alice()]).map(key).collect();
    assert_eq!(keys.len(), others.len() + 1);
}

#[test]
fn no_two_identities_read_the_same() {
    let of = |provider: &str, issuer: &str, account: &str| Identity {
        provider: provider.to_owned(),
        issuer: issuer.to_owned(),
        account: account.to_owned(),
        ..Identity::default()
    };
    let optional = |scope: Option<&str>, audience: Option<&str>, client_id: Option<&str>| Identity {
        scope: scope.map(str::to_owned),
        audience: audience.map(str::to_owned),
        client_id: client_id.map(str::to_owned),
        ..Identity::default()
    };
    let look_alikes = [
        of("ab", "c", ""),
        of("a", "bc", ""),
        of("a", "b", "c"),
        of("", "ab", "c"),
        of("", "", "abc"),
        of("a\0b", "c", ""),
        of("a", "\0bc", ""),
        optional(Some("x"), None, None),
        optional(None, Some("x"), None),
        optional(None, None, Some("x")),
        optional(Some(""), Some("x"), None),
        optional(Some("\0"), None, Some("x")),
        Identity { account: "x".to_owned(), ..Identity::default() },
    ];
    let keys: HashSet<_> = look_alikes.iter().map(key).collect();
    assert_eq!(keys.len(), look_alikes.len());
}

#[test]
fn a_base_url_is_the_same_however_it_is_spelt() {
    let table = [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://API.Example.COM/Api/", "https://api.example.com/Api"),
        ("https://api.example.com:443/api", "https://api.example.com/api"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("https://api.example.com:80", "https://api.example.com:80"),
        ("http://api.example.com:443", "http://api.example.com:443"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
        ("https://api.example.com:4430", "https://api.example.com:4430"),
        ("https://[::1]:443/api/", "https://[::1]/api"),
        ("https://[2001:DB8::80]/", "https://[2001:db8::80]"),
    ];
    for (spelt, normalised) in table {
        assert_eq!(normalised_url(spelt), normalised, "{spelt}");
    }
}

#[test]
fn what_makes_a_difference_to_the_server_stays_different() {
    let different = [
        "https://api.example.com",
        "http://api.example.com",
        "https://api.example.org",
        "https://api.example.com/api",
        "https://api.example.com/API",
        "https://api.example.com/api?tenant=1",
        "https://api.example.com:8443",
    ];
    let urls: HashSet<_> = different.iter().map(|url| normalised_url(url)).collect();
    assert_eq!(urls.len(), different.len());
}

/// Bytes that count up, so that no two salts are the same.
#[derive(Default)]
struct Counting(Mutex<u8>);

impl Rng for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut next = self.0.lock().unwrap();
        for byte in bytes {
            *byte = *next;
            *next = next.wrapping_add(1);
        }
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn a_check_matches_its_own_credential_and_no_other() {
    let check = Check::new(&secret("hunter2"), &Counting::default());
    assert!(check.matches(&secret("hunter2")));
    for other in ["hunter3", "Hunter2", "hunter2 ", "", "hunter"] {
        assert!(!check.matches(&secret(other)), "{other}");
    }
}

#[test]
fn a_check_is_salted_so_that_equal_credentials_look_different() {
    let rng = Counting::default();
    let (first, second) = (Check::new(&secret("hunter2"), &rng), Check::new(&secret("hunter2"), &rng));
    assert_ne!(first, second);
    assert!(first.matches(&secret("hunter2")) && second.matches(&secret("hunter2")));
}

#[test]
fn a_check_gives_away_sixteen_bits() {
    let check = Check::new(&secret("hunter2"), &Counting::default()).to_string();
    let (salt, digest) = check.split_once(':').unwrap();
    assert_eq!((salt, digest.len()), ("0001020304050607", 4));
}

#[test]
fn a_check_is_read_back_as_it_was_written() {
    let check = Check::new(&secret("hunter2"), &Counting::default());
    assert_eq!(check.to_string().parse(), Ok(check));
    for broken in ["", ":", "00:", ":00", "00", "0g:00", "00:0g", "00:00:00"] {
        assert!(broken.parse::<Check>().is_err(), "{broken}");
    }
}
