//! Who takes part: the processes of a scenario, and the tokens by the names that it gives them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use secrecy::SecretString;
use tokenkeep::error::Unanswered;
use tokenkeep::manager::{Fallback, SecondFactor};
use tokenkeep::policy::{Background, CoolDown, Margin, Policy, Retry};

use super::script::Options;
use super::services::SEED;
use crate::stage::jwt;
use crate::stage::server::Server;

/// The tokens of a scenario, by name.
pub struct Names {
    server: Arc<Server>,
    texts: Mutex<HashMap<String, String>>,
}

impl Names {
    pub fn new(server: Arc<Server>) -> Self {
        let texts = Mutex::new(HashMap::from([(SEED.to_owned(), SEED.to_owned())]));
        Self { server, texts }
    }

    /// The text of a token that has a name by now.
    pub fn text(&self, name: &str) -> String {
        let texts = self.texts.lock().unwrap();
        texts.get(name).unwrap_or_else(|| panic!("nobody has seen the token {name:?} yet")).clone()
    }

    /// The name of a text.
    pub fn name(&self, text: &str) -> String {
        let texts = self.texts.lock().unwrap();
        texts
            .iter()
            .find(|(_, known)| *known == text)
            .map_or_else(|| "a token without a name".to_owned(), |(name, _)| name.clone())
    }

    /// The token of that name, minted if it is new.
    pub fn minted(&self, kind: &str, name: &str, issued_at: i64, lifetime: i64) -> String {
        self.named(name, || jwt::minted(kind, issued_at, lifetime))
    }

    /// The same, of a token that says nothing about itself.
    pub fn opaque(&self, name: &str) -> String {
        self.named(name, || format!("opaque-{}", jwt::serial_number()))
    }

    fn named(&self, name: &str, make: impl FnOnce() -> String) -> String {
        let mut texts = self.texts.lock().unwrap();
        texts.entry(name.to_owned()).or_insert_with(|| self.server.keep(make())).clone()
    }
}

/// The options as the core takes them; the defaults are those of `lib/options.ts`, but for one try instead of three, since most
/// scenarios are about what comes after the last, and for the drop-in's margin of a minute.
pub fn policy(options: &Options, drop_in: bool) -> Policy {
    let ms = |millis: f64| Duration::from_secs_f64(millis / 1000.0);
    let retry = Retry {
        attempts: options.retry.attempts.unwrap_or(1),
        base: ms(options.retry.base_delay_ms.unwrap_or(200.0)),
        longest: ms(options.retry.max_delay_ms.unwrap_or(5000.0)),
    };
    Policy {
        margin: match &options.refresh_margin_seconds {
            None => Margin::Fixed(Duration::from_secs(60)),
            Some(margin) if margin == "auto" => Margin::Auto,
            Some(margin) => Margin::Fixed(Duration::from_secs_f64(margin.as_f64().expect("a number of seconds"))),
        },
        background: match options.refresh.as_deref() {
            None | Some("on-demand") => None,
            Some("background") => Some(Background::default()),
            Some(other) => panic!("there is no way of refreshing called {other}"),
        },
        ttl: options.ttl_seconds.map(Duration::from_secs_f64),
        attempt: ms(options.timeout_ms.unwrap_or(10_000.0)),
        deadline: ms(options.deadline_ms.unwrap_or(30_000.0)),
        serve_stale: options.serve_stale.unwrap_or(true),
        retry,
        cool_down: (!drop_in).then(CoolDown::default),
        ..Policy::default()
    }
}

/// A variable with tokens in it.
pub struct Variable(pub String);

impl Fallback for Variable {
    fn tokens(&self) -> Option<(SecretString, String)> {
        Some((SecretString::from(self.0.clone()), "the variable SCENARIO_TOKENS".to_owned()))
    }
}

/// Somebody who always knows the code.
pub struct Authenticator;

impl SecondFactor for Authenticator {
    fn code(&self) -> Boxed<Result<SecretString, Unanswered>> {
        Box::pin(future::ready(Ok(SecretString::from("123456"))))
    }
}
