//! What an answer says about the token's life.

use std::time::Duration;

use tokenkeep::provider::Provider;

use super::row::{RECEIVED_AT, came, secs, some, with};
use crate::stage::answer::http_date;

const NOW: i64 = RECEIVED_AT / 1000;

#[test]
fn a_lifetime_is_stated_in_seconds_from_receipt_or_as_a_moment() {
    let rows = [
        (String::new(), None),
        (r#","expires_in":900"#.to_owned(), secs(900)),
        (r#","expires_in":"900""#.to_owned(), secs(900)),
        (r#","expires_in":0.5"#.to_owned(), Some(Duration::from_millis(500))),
        (r#","expires_in":1e300"#.to_owned(), Some(Duration::MAX)),
        (format!(r#","expires_at":{}"#, NOW + 60), secs(60)),
        (format!(r#","expires_at":"{}""#, NOW + 60), secs(60)),
        (format!(r#","expires_at":{}"#, RECEIVED_AT + 60_000), secs(60)),
        (r#","expires_at":"2026-11-20T21:42:20Z""#.to_owned(), secs(120)),
        (r#","expires_at":"2026-11-20T23:42:20.500+02:00""#.to_owned(), Some(Duration::from_millis(120_500))),
        (r#","expires_at":"0001-01-01T00:00:00Z""#.to_owned(), None),
        // The first that is there counts.
        (format!(r#","expires_in":30,"expires_at":{}"#, NOW + 60), secs(30)),
        (format!(r#","expires_in":null,"expires_at":{}"#, NOW + 60), secs(60)),
        // Usual names used for something else.
        (format!(r#","expires_in":"soon","expires_at":{}"#, NOW + 60), secs(60)),
        (r#","expires_in":"NaN","expires_at":"inf""#.to_owned(), None),
        (r#","expires_in":{},"expires_at":true"#.to_owned(), None),
    ];
    let login = with(|_| {});
    for (fields, expected) in rows {
        assert_eq!(came(200, &format!(r#"{{"token":"A"{fields}}}"#)).grant(&login).lifetime, expected, "{fields}");
    }
}

#[test]
fn what_the_user_points_at_comes_before_what_has_a_usual_name() {
    let body = format!(r#"{{"token":"A","expires_in":1,"expires_at":{},"ttl":77,"until":{}}}"#, NOW + 2, NOW + 88);
    let lifetime = |expires_in: Option<&str>, expires_at: Option<&str>| {
        let login = with(|options| {
            options.expires_in_pointer = expires_in.map(str::to_owned);
            options.expires_at_pointer = expires_at.map(str::to_owned);
        });
        came(200, &body).grant(&login).lifetime
    };
    assert_eq!(lifetime(None, None), secs(1));
    assert_eq!(lifetime(Some("/ttl"), None), secs(77));
    assert_eq!(lifetime(None, Some("/until")), secs(88));
    assert_eq!(lifetime(Some("/ttl"), Some("/until")), secs(77));
    assert_eq!(lifetime(Some("/nowhere"), Some("/until")), secs(88));
    assert_eq!(lifetime(Some("/nowhere"), None), secs(2), "its usual name is out of the game, the other's is not");
    assert_eq!(lifetime(Some("/nowhere"), Some("/nowhere")), None);
}

#[test]
fn a_chosen_place_must_hold_a_time() {
    let login = with(|options| options.expires_in_pointer = some("/ttl"));
    for odd in [r#""soon""#, "true", "{}", r#""2026-11-20T21:42:20Z""#] {
        came(200, &format!(r#"{{"token":"A","ttl":{odd}}}"#)).is_bad(&login, &["/ttl is no number of seconds"]);
    }
    let login = with(|options| options.expires_at_pointer = some("/until"));
    for odd in [r#""soon""#, "false", "[]"] {
        came(200, &format!(r#"{{"token":"A","until":{odd}}}"#)).is_bad(&login, &["/until is neither a number"]);
    }
}

#[test]
fn a_token_that_is_born_expired_is_a_bad_response() {
    let login = with(|_| {});
    for odd in ["0", "-1", r#""-900""#, "-1e300"] {
        came(200, &format!(r#"{{"token":"A","expires_in":{odd}}}"#))
            .is_bad(&login, &["login returned 200", "by /expires_in the token has no time to live"]);
    }
    for odd in ["0", "-5", "1795210820", "1795210819", r#""2026-11-20T21:40:20Z""#] {
        came(200, &format!(r#"{{"token":"A","expires_at":{odd}}}"#))
            .is_bad(&login, &["by /expires_at the token had already expired"]);
    }
}

#[test]
fn the_servers_own_clock_is_the_better_now_for_a_moment() {
    let login = with(|_| {});
    let body = format!(r#"{{"token":"A","expires_at":{}}}"#, NOW + 60);
    let dated = came(200, &body).with(|headers| headers.date = Some(http_date(NOW - 3600)));
    assert_eq!(dated.grant(&login).lifetime, secs(3660));
    let cached = dated.with(|headers| headers.age = Some("10".to_owned()));
    assert_eq!(cached.grant(&login).lifetime, secs(60));
    let counted = came(200, r#"{"token":"A","expires_in":60}"#);
    let counted = counted.with(|headers| headers.date = Some(http_date(NOW - 3600)));
    assert_eq!(counted.grant(&login).lifetime, secs(60));
}

#[test]
fn when_nothing_says_a_token_is_good_for_55_minutes() {
    assert_eq!(with(|_| {}).default_lifetime(), Duration::from_secs(55 * 60));
}
