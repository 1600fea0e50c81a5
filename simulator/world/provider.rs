//! Baserow as it is, or a Baserow whose refresh tokens work once.

use std::time::Duration;

use secrecy::SecretString;
use tokenkeep::error::Failure;
use tokenkeep::identity::Identity;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Answer, Currency, Provider, Reply};
use tokenkeep::transport::Request;

pub struct Service {
    baserow: Baserow,
    rotates: bool,
}

impl Service {
    pub fn new(account: usize, rotates: bool) -> Self {
        let email = format!("user{account}@example.com");
        let password = SecretString::from(format!("password {account}"));
        Self { baserow: Baserow::new("https://baserow.example.com/api", email, password), rotates }
    }
}

impl Provider for Service {
    fn rotates(&self) -> bool {
        self.rotates
    }

    fn identity(&self) -> &Identity {
        self.baserow.identity()
    }

    fn credential(&self) -> &SecretString {
        self.baserow.credential()
    }

    fn account(&self) -> &str {
        self.baserow.account()
    }

    fn host(&self) -> &str {
        self.baserow.host()
    }

    fn failure_prefix(&self) -> &'static str {
        self.baserow.failure_prefix()
    }

    fn default_lifetime(&self) -> Duration {
        self.baserow.default_lifetime()
    }

    fn login(&self) -> Option<Request> {
        self.baserow.login()
    }

    fn second_factor(&self, ticket: &SecretString, code: &SecretString) -> Request {
        self.baserow.second_factor(ticket, code)
    }

    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        self.baserow.refresh(currency)
    }

    fn revoke(&self, currency: Currency<'_>) -> Option<Request> {
        self.baserow.revoke(currency)
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        self.baserow.read(answer)
    }
}
