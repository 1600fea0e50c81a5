//! A server that answers by script: each endpoint has a queue of answers, and every request is written down.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokenkeep::clock::Clock;
use tokenkeep::transport::{Body, Lost, LostReason, Request, Response, Transport};

use super::answer::Answer;
use super::clock::ManualClock;
use super::jwt;

pub const LOGIN: &str = "token-auth";
pub const REFRESH: &str = "token-refresh";
pub const VERIFY: &str = "verify";
pub const BLACKLIST: &str = "token-blacklist";

/// The tokens of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

/// A request, as it arrived.
#[derive(Debug, Clone)]
pub struct Heard {
    pub endpoint: String,
    pub url: String,
    pub authorization: Option<String>,
    pub body: Value,
    pub timeout: Duration,
}

#[derive(Debug, Clone)]
pub struct Server {
    clock: Arc<ManualClock>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Holds up the next request before there is a connection for it.
    connection: Mutex<Option<Gate>>,
    /// The next request is answered before all of it has come.
    is_early: AtomicBool,
    script: Mutex<HashMap<&'static str, VecDeque<(Answer, Gate)>>>,
    /// For whatever the script has no answer to.
    standing: Mutex<Option<Answer>>,
    heard: Mutex<Vec<Heard>>,
    tokens: Mutex<Vec<String>>,
}

impl Server {
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, state: Arc::default() }
    }

    /// The next answer of an endpoint that has none before it.
    pub fn will_answer(&self, endpoint: &'static str, answer: Answer) {
        self.will_hold(endpoint, answer).open();
    }

    /// An answer that does not come before its gate is opened.
    pub fn will_hold(&self, endpoint: &'static str, answer: Answer) -> Gate {
        let gate = Gate::default();
        self.state.script.lock().unwrap().entry(endpoint).or_default().push_back((answer, gate.clone()));
        gate
    }

    /// The next request has no connection before this is opened.
    pub fn will_be_hard_to_reach(&self) -> Gate {
        let gate = Gate::default();
        *self.state.connection.lock().unwrap() = Some(gate.clone());
        gate
    }

    /// The next request is answered, or hung up on, as soon as its gate is asked.
    pub fn will_not_wait_for_the_body(&self) {
        self.state.is_early.store(true, Ordering::Relaxed);
    }

    /// From here on every endpoint answers so that has no other answer to give; `None` for none at all.
    pub fn always_answers(&self, answer: Option<Answer>) {
        *self.state.standing.lock().unwrap() = answer;
    }

    /// A login that succeeds; the access token lives so many seconds, the refresh token seven days.
    pub fn will_log_in(&self, lifetime: i64) -> Pair {
        let pair = self.mint_pair(lifetime);
        self.will_answer(LOGIN, Answer::session(&pair.access, &pair.refresh));
        pair
    }

    /// A refresh that succeeds.
    pub fn will_refresh(&self, lifetime: i64) -> String {
        let access = self.mint("access", lifetime);
        self.will_answer(REFRESH, Answer::refreshed(&access));
        access
    }

    pub fn mint_pair(&self, lifetime: i64) -> Pair {
        Pair { access: self.mint("access", lifetime), refresh: self.mint("refresh", 7 * 24 * 3600) }
    }

    pub fn mint(&self, kind: &str, lifetime: i64) -> String {
        self.keep(jwt::minted(kind, self.clock.server_seconds(), lifetime))
    }

    /// A token of any shape, put among those that no log may show.
    pub fn keep(&self, token: String) -> String {
        self.state.tokens.lock().unwrap().push(token.clone());
        token
    }

    /// Every token that was minted here.
    pub fn tokens(&self) -> Vec<String> {
        self.state.tokens.lock().unwrap().clone()
    }

    /// The endpoints that were asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.endpoint).collect()
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.state.heard.lock().unwrap().clone()
    }

    /// The last request.
    pub fn last(&self) -> Heard {
        self.heard().pop().expect("nothing was asked")
    }

    /// The last request to this endpoint.
    pub fn last_to(&self, endpoint: &str) -> Heard {
        self.heard().into_iter().rfind(|heard| heard.endpoint == endpoint).expect("nothing was asked of it")
    }
}

impl State {
    /// Writes a request down, and finds the answer to it.
    fn hear(&self, request: Request, timeout: Duration) -> (Answer, Gate) {
        let endpoint = request.url.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
        let next = self.script.lock().unwrap().get_mut(endpoint.as_str()).and_then(VecDeque::pop_front);
        let next = next.or_else(|| Some((self.standing.lock().unwrap().clone()?, Gate::opened_already())));
        self.heard.lock().unwrap().push(Heard {
            url: request.url,
            authorization: request.authorization.map(|value| value.expose_secret().to_owned()),
            body: fields_of(&request.body),
            timeout,
            endpoint: endpoint.clone(),
        });
        next.unwrap_or_else(|| panic!("{endpoint} was asked once more than the script says"))
    }
}

impl Transport for Server {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let connection = self.state.connection.lock().unwrap().take();
        let state = Arc::clone(&self.state);
        let over = self.clock.sleep(timeout);
        Box::pin(future::or(
            async move {
                if let Some(connection) = connection {
                    connection.opened().await;
                }
                if state.is_early.swap(false, Ordering::Relaxed) {
                    future::poll_once(request.leave()).await;
                } else {
                    request.leave().await?;
                }
                let (answer, gate) = state.hear(request, timeout);
                gate.opened().await;
                answer.ending
            },
            async move {
                over.await;
                let summary = "no answer within the limit".to_owned();
                Err(Lost { reason: LostReason::Timeout, summary, hint: None, causes: Vec::new(), thrown: None })
            },
        ))
    }
}

/// What was sent, as the fields of an object.
fn fields_of(body: &Body) -> Value {
    match body {
        Body::Json(text) => serde_json::from_str(text.expose_secret()).expect("JSON"),
        Body::Form(text) => {
            let pairs = form_urlencoded::parse(text.expose_secret().as_bytes());
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect()
        }
        Body::Nothing => Value::Null,
    }
}

/// Holds an answer back.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    open: bool,
    waiting: Vec<Waker>,
}

impl Gate {
    fn opened_already() -> Self {
        let gate = Self::default();
        gate.open();
        gate
    }

    pub fn open(&self) {
        let waiting = {
            let mut held = self.0.lock().unwrap();
            held.open = true;
            std::mem::take(&mut held.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub async fn opened(&self) {
        future::poll_fn(|context| {
            let mut held = self.0.lock().unwrap();
            if held.open {
                return Poll::Ready(());
            }
            held.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
