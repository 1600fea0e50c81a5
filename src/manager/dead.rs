//! Tokens that were refused: access tokens by an API, refresh tokens by the server. And provisioned refresh tokens that are used up.
//! They are not taken back from anywhere, be it a store that could not be told, its backup, or the environment.

use std::collections::VecDeque;

use secrecy::{ExposeSecret, SecretString};

/// More than twice the places where one may still lie: an access token is followed by the refresh token that was exchanged for the next.
const REMEMBERED: usize = 20;

#[derive(Default)]
pub(super) struct Dead(VecDeque<SecretString>);

impl Dead {
    pub(super) fn bury(&mut self, token: &SecretString) {
        if !self.holds(token) {
            self.0.truncate(REMEMBERED - 1);
            self.0.push_front(token.clone());
        }
    }

    /// Somebody brings it again, and knows better.
    pub(super) fn raise(&mut self, token: &SecretString) {
        self.0.retain(|dead| dead.expose_secret() != token.expose_secret());
    }

    pub(super) fn holds(&self, token: &SecretString) -> bool {
        self.0.iter().any(|dead| dead.expose_secret() == token.expose_secret())
    }
}
