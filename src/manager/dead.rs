//! Tokens that were refused: access tokens by an API, refresh tokens by the server. They are not taken back from anywhere, be it
//! a store that could not be told, its backup, or the environment.

use std::collections::VecDeque;

use secrecy::{ExposeSecret, SecretString};

/// More than the places where one may still lie.
const REMEMBERED: usize = 8;

#[derive(Default)]
pub(super) struct Dead {
    refused: VecDeque<SecretString>,
    /// Provisioned refresh tokens that were exchanged for others.
    spent: Vec<SecretString>,
}

impl Dead {
    pub(super) fn bury(&mut self, token: &SecretString) {
        if !self.holds(token) {
            self.refused.truncate(REMEMBERED - 1);
            self.refused.push_front(token.clone());
        }
    }

    pub(super) fn holds(&self, token: &SecretString) -> bool {
        is_among(&self.refused, token)
    }

    /// What was refused may be tried again. What is spent stays spent.
    pub(super) fn forgive(&mut self) {
        self.refused.clear();
    }

    pub(super) fn spend(&mut self, seed: &SecretString) {
        if !self.is_spent(seed) {
            self.spent.push(seed.clone());
        }
    }

    pub(super) fn is_spent(&self, seed: &SecretString) -> bool {
        is_among(&self.spent, seed)
    }
}

fn is_among<'a>(tokens: impl IntoIterator<Item = &'a SecretString>, token: &SecretString) -> bool {
    tokens.into_iter().any(|other| other.expose_secret() == token.expose_secret())
}
