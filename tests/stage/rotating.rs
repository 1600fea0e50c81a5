//! A provider whose refresh tokens work once, and Baserow in all else.

use std::time::Duration;

use secrecy::SecretString;
use tokenkeep::error::Failure;
use tokenkeep::identity::Identity;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Answer, Currency, Provider, Reply};
use tokenkeep::transport::Request;

#[derive(Debug)]
pub struct Rotating(pub Baserow);

impl Provider for Rotating {
    fn rotates(&self) -> bool {
        true
    }

    fn identity(&self) -> &Identity {
        self.0.identity()
    }

    fn credential(&self) -> &SecretString {
        self.0.credential()
    }

    fn account(&self) -> &str {
        self.0.account()
    }

    fn host(&self) -> &str {
        self.0.host()
    }

    fn failure_prefix(&self) -> &'static str {
        self.0.failure_prefix()
    }

    fn default_lifetime(&self) -> Duration {
        self.0.default_lifetime()
    }

    fn login(&self) -> Option<Request> {
        self.0.login()
    }

    fn second_factor(&self, ticket: &SecretString, code: &SecretString) -> Request {
        self.0.second_factor(ticket, code)
    }

    fn refresh(&self, currency: Currency<'_>) -> Option<Request> {
        self.0.refresh(currency)
    }

    fn revoke(&self, currency: Currency<'_>) -> Option<Request> {
        self.0.revoke(currency)
    }

    fn read(&self, answer: &Answer<'_>) -> Result<Reply, Failure> {
        self.0.read(answer)
    }
}
