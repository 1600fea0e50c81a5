//! What can go wrong, as the caller is told it.

use std::sync::Arc;
use std::time::Duration;

/// The kind of a failure; the names are those of `TokenErrorCode` in the TypeScript API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// The login itself was rejected: check the credentials.
    InvalidCredentials,
    /// The account needs a second factor that nobody supplied.
    TwoFactorRequired,
    /// An answer that a token endpoint does not give: usually a wrong base URL.
    UnexpectedStatus,
    /// The server asked for fewer requests.
    RateLimited,
    /// The server failed.
    ServerError,
    /// A success without a usable token in it.
    BadResponse,
    /// The server could not be reached.
    Network,
    /// The server, or the second factor, took too long.
    Timeout,
    /// It failed a moment ago and is not tried again yet.
    CoolingDown,
    /// The session holds no token for the scope that was asked for.
    ScopeNotGranted,
    /// The store could not do what it was asked for by name.
    Store,
    /// The manager was closed.
    Closed,
}

impl Code {
    /// The code as the TypeScript API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidCredentials => "INVALID_CREDENTIALS",
            Code::TwoFactorRequired => "TWO_FACTOR_REQUIRED",
            Code::UnexpectedStatus => "UNEXPECTED_STATUS",
            Code::RateLimited => "RATE_LIMITED",
            Code::ServerError => "SERVER_ERROR",
            Code::BadResponse => "BAD_RESPONSE",
            Code::Network => "NETWORK",
            Code::Timeout => "TIMEOUT",
            Code::CoolingDown => "COOLING_DOWN",
            Code::ScopeNotGranted => "SCOPE_NOT_GRANTED",
            Code::Store => "STORE",
            Code::Closed => "CLOSED",
        }
    }

    /// The code of that name, if a renewal can fail with it.
    pub fn of(name: &str) -> Option<Self> {
        const ALL: [Code; 8] = [
            Code::InvalidCredentials,
            Code::TwoFactorRequired,
            Code::UnexpectedStatus,
            Code::RateLimited,
            Code::ServerError,
            Code::BadResponse,
            Code::Network,
            Code::Timeout,
        ];
        ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The HTTP status a bridge answers with where the server itself gave none to pass on.
    pub fn default_status(self) -> u16 {
        match self {
            Code::InvalidCredentials | Code::TwoFactorRequired => 401,
            Code::RateLimited => 429,
            Code::ServerError | Code::UnexpectedStatus | Code::BadResponse | Code::Network => 502,
            Code::Timeout => 504,
            Code::ScopeNotGranted => 403,
            Code::Store => 500,
            Code::CoolingDown | Code::Closed => 503,
        }
    }
}

/// A failed renewal. Cheap to clone, because every waiter of a flight gets the same one.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind it is.
    pub code: Code,
    /// The HTTP status a bridge should answer with.
    pub status: u16,
    /// What failed, for which account and host, and what to do next. Never a secret.
    pub message: String,
    /// How long the server asked us to stay away.
    pub retry_after: Option<Duration>,
    /// What went wrong underneath, outermost first.
    pub causes: Arc<[String]>,
    /// The number under which the host keeps what a callback of its threw, where that is what went wrong underneath.
    pub thrown: Option<u32>,
    /// It was our client that was refused, or the way in which it asked: the token that it sent is as good as before.
    pub spares_token: bool,
    /// The failure that this one follows from.
    pub after: Option<Arc<Failure>>,
}

impl Failure {
    /// A failure with the code's own status.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let status = code.default_status();
        Self {
            code,
            status,
            message: message.into(),
            retry_after: None,
            causes: Arc::default(),
            thrown: None,
            spares_token: false,
            after: None,
        }
    }

    /// Passes on the status that the server gave.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Keeps what the server said about when to come back.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Keeps what went wrong underneath.
    #[must_use]
    pub fn caused_by(mut self, causes: Vec<String>) -> Self {
        self.causes = causes.into();
        self
    }

    /// Keeps by which number the host knows what was thrown.
    #[must_use]
    pub fn thrown_as(mut self, thrown: Option<u32>) -> Self {
        self.thrown = thrown;
        self
    }

    /// Says nothing about the token that was sent.
    #[must_use]
    pub fn sparing_the_token(mut self) -> Self {
        self.spares_token = true;
        self
    }

    /// Keeps the failure that this one follows from.
    #[must_use]
    pub fn following(mut self, failure: Failure) -> Self {
        self.after = Some(Arc::new(failure));
        self
    }

    /// Can the same request succeed in a moment? (`life-cycle.md`, step 5 of a renewal.)
    pub fn is_transient(&self) -> bool {
        match self.code {
            Code::Network | Code::Timeout | Code::RateLimited => true,
            Code::ServerError => matches!(self.status, 500 | 502 | 503 | 504),
            // A renewal for which the store may be back in a moment. What it was asked for by name has another status.
            Code::Store => self.status == 503,
            _ => false,
        }
    }

    /// Is the token that was sent dead?
    pub fn refuses_token(&self) -> bool {
        self.is_rejection() && !self.spares_token
    }

    /// Did the server refuse what we sent, rather than fail to deal with it?
    pub fn is_rejection(&self) -> bool {
        matches!(self.code, Code::InvalidCredentials | Code::TwoFactorRequired)
    }
}

/// A callback of the host gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// In a few words.
    pub why: String,
    /// The number under which the host keeps what the callback threw.
    pub thrown: Option<u32>,
}

impl Unanswered {
    /// Nothing was thrown.
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), thrown: None }
    }
}
