//! A server with a memory of its own: it makes tokens when it answers, spends refresh tokens, and has moods.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use serde_json::{Value, json};
use tokenkeep::clock::Clock;
use tokenkeep::transport::{Headers, Lost, LostReason, Request, Response, Transport};

use super::ledger::{Ledger, Spent};
use super::world::Mood;
use crate::stage::clock::ManualClock;
use crate::stage::jwt;
use crate::stage::server::Gate;

pub struct Server {
    clock: Arc<ManualClock>,
    rotates: bool,
    lifetime: u64,
    state: Mutex<State>,
}

struct State {
    mood: Mood,
    ledger: Ledger,
    gate: Option<Gate>,
    under_way: usize,
    heard: usize,
    grants: usize,
    /// One-time tokens that were sent although an answer had said what follows them.
    sent_twice: Vec<String>,
    most_under_way: usize,
}

impl Server {
    pub fn new(clock: Arc<ManualClock>, rotates: bool, lifetime: u64) -> Self {
        let state = State {
            mood: Mood::Well,
            ledger: Ledger::default(),
            gate: None,
            under_way: 0,
            heard: 0,
            grants: 0,
            sent_twice: Vec::new(),
            most_under_way: 0,
        };
        Self { clock, rotates, lifetime, state: Mutex::new(state) }
    }

    pub fn turn(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    pub fn hold(&self) {
        self.state.lock().unwrap().gate.get_or_insert_default();
    }

    pub fn release(&self) {
        let gate = self.state.lock().unwrap().gate.take();
        if let Some(gate) = gate {
            gate.open();
        }
    }

    pub fn heard(&self) -> usize {
        self.state.lock().unwrap().heard
    }

    pub fn grants(&self) -> usize {
        self.state.lock().unwrap().grants
    }

    pub fn most_under_way(&self) -> usize {
        self.state.lock().unwrap().most_under_way
    }

    pub fn sent_twice(&self) -> Vec<String> {
        self.state.lock().unwrap().sent_twice.clone()
    }

    pub fn left(&self, access: &str) -> i64 {
        self.state.lock().unwrap().ledger.left(access, self.now())
    }

    pub fn is_refused(&self, access: &str) -> bool {
        self.state.lock().unwrap().ledger.is_refused(access)
    }

    pub fn refuse(&self, access: &str) {
        self.state.lock().unwrap().ledger.refuse(access);
    }

    /// True time.
    fn now(&self) -> i64 {
        self.clock.true_millis()
    }

    /// What is done, and what is said of it.
    fn answer(&self, request: &Request) -> Option<Result<Response, Lost>> {
        let body: Value = serde_json::from_str(request.body.text()).unwrap();
        let spent = body["refresh_token"].as_str();
        let mut state = self.state.lock().unwrap();
        let state = &mut *state;
        let mood = state.mood;
        let says = |status: u16, body: &str| {
            let headers = Headers::default();
            Some(Ok(Response { status, headers, body: body.into() }))
        };
        match mood {
            Mood::Well | Mood::Silent => {}
            Mood::Forgetful if spent.is_none() => {}
            Mood::Rejecting | Mood::Forgetful => return says(401, r#"{"error":"no"}"#),
            Mood::Broken => return says(500, "<h1>500</h1>"),
            Mood::Babbling => return says(200, "<h1>Welcome</h1>"),
            Mood::Unreachable => {
                let summary = "connection refused".to_owned();
                let lost = Lost { reason: LostReason::Network, summary, hint: None, causes: Vec::new(), thrown: None };
                return Some(Err(lost));
            }
            Mood::Limiting(seconds) => {
                let headers = Headers { retry_after: Some(seconds.to_string()), ..Headers::default() };
                return Some(Ok(Response { status: 429, headers, body: "{}".into() }));
            }
        }
        if let Some(spent) = spent.filter(|_| self.rotates) {
            match state.ledger.spent(spent) {
                Spent::No => {}
                before => {
                    if before == Spent::Yes {
                        state.sent_twice.push(spent.to_owned());
                    }
                    return says(401, r#"{"error":"the refresh token was used before"}"#);
                }
            }
            state.ledger.spend(spent, if mood == Mood::Silent { Spent::Unheard } else { Spent::Yes });
        }
        if mood == Mood::Silent {
            return None;
        }
        state.grants += 1;
        let issued_at = self.clock.server_seconds();
        let access = jwt::minted("access", issued_at, self.lifetime as i64);
        let refresh = (spent.is_none() || self.rotates).then(|| jwt::minted("refresh", issued_at, 7 * 24 * 3600));
        state.ledger.granted(&access, self.now() + self.lifetime as i64 * 1000, refresh.as_deref());
        let mut body = json!({ "token": access });
        if let Some(refresh) = refresh {
            body["refresh_token"] = refresh.into();
        }
        says(200, &body.to_string())
    }
}

/// The way to a server that somebody else holds, too.
pub struct Wire(pub Arc<Server>);

impl Transport for Wire {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let server = Arc::clone(&self.0);
        let gate = {
            let mut state = server.state.lock().unwrap();
            state.heard += 1;
            state.under_way += 1;
            state.most_under_way = state.most_under_way.max(state.under_way);
            state.gate.clone()
        };
        let on_its_way = UnderWay(Arc::clone(&server));
        let over = server.clock.sleep(timeout);
        Box::pin(async move {
            let _on_its_way = on_its_way;
            let answered = async {
                if let Some(gate) = gate {
                    gate.opened().await;
                }
                request.leave().await?;
                match server.answer(&request) {
                    Some(answer) => answer,
                    None => future::pending().await,
                }
            };
            let late = async {
                over.await;
                let summary = "no answer within the limit".to_owned();
                Err(Lost { reason: LostReason::Timeout, summary, hint: None, causes: Vec::new(), thrown: None })
            };
            future::or(answered, late).await
        })
    }
}

/// A request that is answered, or given up.
struct UnderWay(Arc<Server>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().under_way -= 1;
    }
}
