//! A user of a Baserow who is not asked for at the moment.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::Baserow;

#[derive(Serialize, Deserialize)]
pub(crate) struct Folded<'a> {
    base_url: &'a str,
    email: &'a str,
    password: &'a str,
    /// Where it is not simply the address.
    account: Option<&'a str>,
}

impl<'a> Folded<'a> {
    pub(super) fn of(baserow: &'a Baserow) -> Self {
        let Baserow { base_url, email, password, identity, .. } = baserow;
        let account = Some(identity.account.as_str()).filter(|account| account != email);
        Self { base_url, email, password: password.expose_secret(), account }
    }

    pub(crate) fn unfolded(self) -> Baserow {
        let account = self.account.unwrap_or(self.email).to_owned();
        // As it was, to the letter: one slash has been taken off already.
        Baserow::at(account, self.base_url, self.email.to_owned(), SecretString::from(self.password))
    }
}
