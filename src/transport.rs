//! What goes over the wire, and the trait of whoever carries it.

use std::fmt::{self, Debug};
use std::time::{Duration, UNIX_EPOCH};

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};

use self::gate::Gate;

pub mod gate;
#[cfg(feature = "native")]
pub mod http;

/// A Retry-After beyond this is not believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// A login answer is 2.5 kB and grows with the workspaces of the user (contract, section 1). Nothing sane is larger.
#[cfg(any(feature = "native", feature = "wasm"))]
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// Of an error page only a line is ever shown.
#[cfg(any(feature = "native", feature = "wasm"))]
pub(crate) const ERROR_BODY_LIMIT: usize = 1 << 16;

/// Who asks.
#[cfg(any(feature = "native", feature = "wasm"))]
pub(crate) const USER_AGENT: &str = concat!("tokenkeep/", env!("CARGO_PKG_VERSION"));

/// What is asked of a server: a POST of a body, or a GET where there is none.
#[derive(Clone)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// The value of the Authorization header.
    pub authorization: Option<SecretString>,
    /// More headers, as the user gave them. Their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// What is posted.
    pub body: Body,
    /// What of it no message may ever show.
    pub secrets: Vec<SecretString>,
    /// Whether it may still leave, where that can change.
    pub gate: Option<Gate>,
}

/// What a request carries.
#[derive(Clone)]
pub enum Body {
    /// A JSON text.
    Json(SecretString),
    /// Names and values as HTML forms send them (RFC 6749, appendix B).
    Form(SecretString),
    /// Nothing: a GET.
    Nothing,
}

impl Body {
    /// What it says, whatever its type.
    pub fn text(&self) -> &str {
        self.parts().map_or("", |(_, text)| text.expose_secret())
    }

    /// Its media type and its text.
    pub fn parts(&self) -> Option<(&'static str, &SecretString)> {
        match self {
            Body::Json(text) => Some(("application/json", text)),
            Body::Form(text) => Some(("application/x-www-form-urlencoded", text)),
            Body::Nothing => None,
        }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The few headers that matter here.
    pub headers: Headers,
    /// The whole body, within the transport's limit.
    pub body: SecretString,
}

/// Headers as they came.
#[derive(Clone, Default)]
pub struct Headers {
    /// When the server answered (RFC 9110 §6.6.1).
    pub date: Option<String>,
    /// How long a cache held the answer (RFC 9111 §5.1); its presence means that `date` is not the present.
    pub age: Option<String>,
    /// When to come back (RFC 9110 §10.2.3).
    pub retry_after: Option<String>,
    /// Where a redirect leads.
    pub location: Option<String>,
}

impl Headers {
    /// The server's clock at the time of the answer, in epoch milliseconds.
    pub fn server_time(&self) -> Option<i64> {
        if self.age.is_some() {
            return None;
        }
        self.date.as_deref().and_then(http_date)
    }

    /// How long to stay away; a date counts from the server's own clock where it is known, else from `wall`.
    pub fn retry_after(&self, wall: i64) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let from = self.server_time().unwrap_or(wall);
                Duration::from_millis(u64::try_from(http_date(text)?.saturating_sub(from)).unwrap_or(0))
            }
        };
        Some(wait.min(LONGEST_RETRY_AFTER))
    }
}

fn http_date(text: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// No answer came.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Why.
    pub reason: LostReason,
    /// In a few words, for the message: "connection refused".
    pub summary: String,
    /// What to do about it, where that is known.
    pub hint: Option<&'static str>,
    /// What went wrong underneath, outermost first.
    pub causes: Vec<String>,
    /// The number under which the host keeps what its own carrier threw.
    pub thrown: Option<u32>,
}

/// The ways in which an answer can fail to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostReason {
    /// It could not be reached, or hung up.
    Network,
    /// The attempt took longer than it may.
    Timeout,
    /// The body is larger than any token answer.
    TooLarge,
    /// Whoever carries it is no longer there. That says nothing about the server.
    Gone,
}

/// Carries a request and brings the answer.
pub trait Transport: Send + Sync {
    /// Sends once: no retries, no redirects. Gives up after `timeout`. Asks the request's gate as late as it can.
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>>;
}

impl Request {
    /// Asks the gate, if there is one.
    pub async fn leave(&self) -> Result<(), Lost> {
        match &self.gate {
            Some(gate) if !gate.opens().await => {
                let summary = "not sent".to_owned();
                Err(Lost { reason: LostReason::Network, summary, hint: None, causes: Vec::new(), thrown: None })
            }
            _ => Ok(()),
        }
    }
}

/// The answer is no token.
#[cfg(any(feature = "native", feature = "wasm"))]
pub(crate) fn too_large() -> Lost {
    let summary = format!("more than {} KiB", BODY_LIMIT >> 10);
    Lost { reason: LostReason::TooLarge, summary, hint: None, causes: Vec::new(), thrown: None }
}

impl Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().map_or("nothing", |_| "[redacted]"))
    }
}

impl Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("url", &self.url).field("body", &self.body).finish_non_exhaustive()
    }
}

/// Without the query of the redirect's target: tickets travel there.
impl Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers")
            .field("date", &self.date)
            .field("age", &self.age)
            .field("retry_after", &self.retry_after)
            .field("location", &self.location.as_ref().map(|_| "[redacted]"))
            .finish()
    }
}

impl Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("[redacted, {} bytes]", self.body.expose_secret().len()))
            .finish()
    }
}
