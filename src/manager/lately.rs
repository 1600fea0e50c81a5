//! How old the access tokens are that memory had before the current one. The store, or its backup, may bring one again, and knows
//! its age by the wall clock alone, which may have been set back meanwhile.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use secrecy::{ExposeSecret, SecretString};

use crate::session::{AccessToken, Life};

/// The one before, and the one that its backup has.
const REMEMBERED: usize = 2;

/// Lives by the token they are of; of that a number is enough, since what is mistaken for another is renewed too early at worst.
#[derive(Default)]
pub(super) struct Lately(VecDeque<(u64, Life)>);

impl Lately {
    /// Memory lets go of `token`.
    pub(super) fn note(&mut self, AccessToken { secret, life }: &AccessToken) {
        let number = number(secret);
        self.0.retain(|(known, _)| *known != number);
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front((number, *life));
    }

    pub(super) fn life(&self, token: &SecretString) -> Option<Life> {
        let number = number(token);
        self.0.iter().find(|(known, _)| *known == number).map(|(_, life)| *life)
    }
}

fn number(token: &SecretString) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.expose_secret().hash(&mut hasher);
    hasher.finish()
}
