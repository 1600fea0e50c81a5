//! The server: it mints tokens, and where refresh tokens work once, it takes a second use for a theft and revokes everything
//! that came of that login (RFC 9700 §4.14.2).

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::timeline::START;

pub struct Server {
    /// Its clock minus the true time.
    pub skew: i64,
    /// Do refresh tokens work once?
    pub rotates: bool,
    /// In seconds.
    pub access_lifetime: u64,
    /// In seconds.
    pub refresh_lifetime: u64,
    tokens: Vec<Token>,
    known: HashMap<String, usize>,
    /// Whether each login's tokens have been revoked.
    revoked: Vec<bool>,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub account: usize,
    pub is_refresh: bool,
    pub family: usize,
    /// In true time, as all here.
    pub minted: u64,
    pub expires: u64,
    pub is_spent: bool,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plea {
    Login,
    /// With the token of that number, if there is one.
    Refresh(Option<usize>),
}

/// What is granted: the numbers of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub access: usize,
    pub refresh: Option<usize>,
}

impl Server {
    pub fn new(skew: i64, rotates: bool, access_lifetime: u64, refresh_lifetime: u64) -> Self {
        let (tokens, known, revoked) = (Vec::new(), HashMap::new(), Vec::new());
        Self { skew, rotates, access_lifetime, refresh_lifetime, tokens, known, revoked }
    }

    pub fn token(&self, number: usize) -> &Token {
        &self.tokens[number]
    }

    pub fn number(&self, text: &str) -> Option<usize> {
        self.known.get(text).copied()
    }

    /// `A7` or `R8`.
    pub fn name(&self, number: usize) -> String {
        format!("{}{number}", if self.tokens[number].is_refresh { 'R' } else { 'A' })
    }

    pub fn is_revoked(&self, number: usize) -> bool {
        self.revoked[self.tokens[number].family]
    }

    /// Would an API take this access token, and would this refresh token be exchanged?
    pub fn is_good(&self, number: usize, now: u64) -> bool {
        let token = &self.tokens[number];
        !token.is_spent && now < token.expires && !self.is_revoked(number)
    }

    /// `Err`: the token was refused. `Ok`: what is granted, and the body that says so.
    pub fn hear(&mut self, account: usize, plea: Plea, now: u64) -> Result<(Grant, String), ()> {
        let (family, with_refresh) = match plea {
            Plea::Login => {
                self.revoked.push(false);
                (self.revoked.len() - 1, true)
            }
            Plea::Refresh(None) => return Err(()),
            Plea::Refresh(Some(number)) => {
                let token = &mut self.tokens[number];
                if token.is_spent {
                    self.revoked[token.family] = true;
                }
                if !token.is_refresh || token.is_spent || now >= token.expires || self.revoked[token.family] {
                    return Err(());
                }
                token.is_spent = self.rotates;
                (token.family, self.rotates)
            }
        };
        let (access, text) = self.mint(account, false, family, now);
        let mut body = format!(r#"{{"access_token":"{text}","user":{{"id":{account}}}"#);
        let refresh = with_refresh.then(|| {
            let (number, text) = self.mint(account, true, family, now);
            body.push_str(&format!(r#","refresh_token":"{text}""#));
            number
        });
        body.push('}');
        Ok((Grant { access, refresh }, body))
    }

    fn mint(&mut self, account: usize, is_refresh: bool, family: usize, now: u64) -> (usize, String) {
        let number = self.tokens.len();
        let lifetime = if is_refresh { self.refresh_lifetime } else { self.access_lifetime };
        let issued = (START + self.skew + now as i64).div_euclid(1000);
        let expires = (issued + lifetime as i64) * 1000 - START - self.skew;
        let claims = format!(r#"{{"exp":{},"iat":{issued},"jti":"{number}"}}"#, issued + lifetime as i64);
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let text =
            format!("{}.{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(&claims), part("nobody verifies it"));
        let expires = u64::try_from(expires).unwrap_or(0);
        self.tokens.push(Token { account, is_refresh, family, minted: now, expires, is_spent: false });
        self.known.insert(text.clone(), number);
        (number, text)
    }
}
