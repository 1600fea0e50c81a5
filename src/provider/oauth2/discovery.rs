//! The issuer's metadata, which names the endpoints (RFC 8414, or OpenID Connect Discovery, whichever the server has).

use parking_lot::Mutex;
use secrecy::ExposeSecret;

use super::OAuth2;
use super::answer::text;
use crate::error::{Code, Failure};
use crate::identity::normalised_url;
use crate::provider::{Answer, Provider, Reply, Step, host_of};
use crate::transport::{Body, Request};

/// Where tokens are had, and where they are revoked.
#[derive(Clone)]
pub(super) struct Endpoints {
    pub(super) token: String,
    pub(super) revocation: Option<String>,
}

pub(super) struct Directory {
    issuer: String,
    state: Mutex<State>,
}

enum State {
    /// The metadata is looked for at this place, counted from 0.
    Looking(usize),
    Known(Endpoints),
}

impl Directory {
    pub(super) fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), state: Mutex::new(State::Looking(0)) }
    }

    pub(super) fn endpoints(&self) -> Option<Endpoints> {
        match &*self.state.lock() {
            State::Known(endpoints) => Some(endpoints.clone()),
            State::Looking(_) => None,
        }
    }

    /// What asks for the metadata, until that is known.
    pub(super) fn request(&self) -> Option<Request> {
        let State::Looking(place) = *self.state.lock() else { return None };
        let url = places(&self.issuer).into_iter().nth(place)?;
        Some(Request {
            url,
            authorization: None,
            headers: Vec::new(),
            body: Body::Nothing,
            secrets: Vec::new(),
            gate: None,
        })
    }

    /// Keeps what the answer brings. Where it brings none the next place is asked; after the last one it is a failure, and the
    /// next renewal begins anew.
    pub(super) fn read(&self, provider: &OAuth2, answer: &Answer<'_>) -> Result<Reply, Failure> {
        let status = answer.response.status;
        let body = answer.response.body.expose_secret();
        let (code, advice) = match status {
            200..=299 if text(body, "token_endpoint").is_some() => {
                let endpoints = self.checked(body).map_err(|why| {
                    *self.state.lock() = State::Looking(0);
                    let what = format!("returned {status}, but {}", answer.excerpt(&why));
                    provider.failure(Code::BadResponse, Step::Discovery, &what, "Is the issuer right?")
                })?;
                *self.state.lock() = State::Known(endpoints);
                return Ok(Reply::Done);
            }
            429 => return Err(self.failed(provider, answer, Code::RateLimited, "")),
            500..=599 => return Err(self.failed(provider, answer, Code::ServerError, "")),
            407 => {
                let advice = "The proxy wants a user and a password: put them into the proxy's URL";
                return Err(self.failed(provider, answer, Code::UnexpectedStatus, advice));
            }
            200..=399 => (Code::BadResponse, "There is no metadata: is the issuer right? Else set tokenUrl"),
            _ => (Code::UnexpectedStatus, "There is no metadata: is the issuer right? Else set tokenUrl"),
        };
        let mut state = self.state.lock();
        let last = places(&self.issuer).len() - 1;
        match *state {
            State::Looking(place) if place < last => {
                *state = State::Looking(place + 1);
                Ok(Reply::Done)
            }
            _ => {
                *state = State::Looking(0);
                drop(state);
                Err(self.failed(provider, answer, code, advice))
            }
        }
    }

    fn failed(&self, provider: &OAuth2, answer: &Answer<'_>, code: Code, advice: &str) -> Failure {
        let status = answer.response.status;
        let passed_on = if code == Code::BadResponse { code.default_status() } else { status };
        provider
            .failure(code, Step::Discovery, &format!("returned {status}"), advice)
            .with_status(passed_on)
            .with_retry_after(answer.response.headers.retry_after(answer.received_at))
    }

    /// Whoever can answer in the place of the issuer must not learn the credentials (section 3.3, section 6.2).
    fn checked(&self, metadata: &str) -> Result<Endpoints, String> {
        let issuer = text(metadata, "issuer");
        let issuer = issuer.as_ref().map(|issuer| issuer.expose_secret()).unwrap_or_default();
        if normalised_url(issuer) != normalised_url(&self.issuer) {
            return Err(format!("the metadata is that of another issuer ({issuer})"));
        }
        let token = self.endpoint(metadata, "token_endpoint")?.ok_or("it names no token_endpoint")?;
        Ok(Endpoints { token, revocation: self.endpoint(metadata, "revocation_endpoint")? })
    }

    fn endpoint(&self, metadata: &str, name: &str) -> Result<Option<String>, String> {
        let Some(url) = text(metadata, name) else { return Ok(None) };
        let url = url.expose_secret();
        let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_safe = match scheme(url).as_deref() {
            Some("https") => true,
            Some("http") => scheme(&self.issuer).as_deref() == Some("http"),
            _ => false,
        };
        let is_plain = !host_of(url).is_empty() && !url.contains(['@', ' ']) && !url.contains(char::is_control);
        if is_safe && is_plain { Ok(Some(url.to_owned())) } else { Err(format!("its {name} is no https URL ({url})")) }
    }
}

/// RFC 8414 §3.1 puts the well-known name between host and path; OpenID Connect Discovery §4.1 puts its own after the path.
fn places(issuer: &str) -> [String; 2] {
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    let start = issuer.find("://").map_or(0, |end| end + 3);
    let (origin, path) = issuer.split_at(issuer[start..].find('/').map_or(issuer.len(), |slash| start + slash));
    [
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{issuer}/.well-known/openid-configuration"),
    ]
}
