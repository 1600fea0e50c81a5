//! The line to the server: requests get lost on it, replies get lost or come late, and a server in trouble answers anything.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{self, Boxed};
use tokenkeep::clock::Clock;
use tokenkeep::transport::{Headers, Lost, LostReason, Request, Response, Transport};

use super::host::{Cut, HostClock};
use super::process::Who;
use super::promise::Promise;
use super::server::{Grant, Plea};
use super::timeline::{SECOND, START};
use super::{State, World};

type Ending = Result<(Response, Option<Grant>), Lost>;

/// What a server does that is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// 500.
    Failing,
    /// 503 with a Retry-After of so many seconds.
    Busy(u64),
    /// 429 with a Retry-After of so many seconds.
    Flooded(u64),
    /// 200, and a page that is no token.
    Talking,
}

pub struct Wire {
    pub world: Arc<World>,
    pub who: Who,
}

impl Transport for Wire {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let (world, who) = (Arc::clone(&self.world), self.who);
        Box::pin(async move {
            request.leave().await?;
            let promise = Promise::new();
            let letter = {
                let mut state = world.state();
                let plea = state.plea(&request);
                let letter = state.judge_sending(who, plea);
                state.post(who, plea, letter, promise.clone());
                letter
            };
            let mut open = Open { world: Arc::clone(&world), letter, who, is_open: true };
            let clock = HostClock { world: Arc::clone(&world), host: who.host };
            let over = async {
                clock.sleep(timeout).await;
                Err(lost(LostReason::Timeout, "no answer within the limit"))
            };
            let ending = future::or(promise.kept(), over).await;
            open.is_open = false;
            world.state().judge_reply(
                who,
                letter,
                ending.as_ref().map(|(_, grant)| *grant).map_err(|lost| lost.reason),
            );
            ending.map(|(response, _)| response)
        })
    }
}

/// A request whose reply is waited for.
struct Open {
    world: Arc<World>,
    letter: usize,
    who: Who,
    is_open: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.is_open {
            self.world.state().judge_giving_up(self.who, self.letter);
        }
    }
}

impl State {
    fn plea(&self, request: &Request) -> Plea {
        if request.url.trim_end_matches('/').ends_with("token-auth") {
            return Plea::Login;
        }
        let body: serde_json::Value = serde_json::from_str(request.body.text()).unwrap_or_default();
        let token = body.get("refresh_token").or(body.get("token")).and_then(|token| token.as_str());
        Plea::Refresh(token.and_then(|token| self.server.number(token)))
    }

    /// Sends a request on its way.
    fn post(&mut self, who: Who, plea: Plea, letter: usize, promise: Promise<Ending>) {
        match self.hosts[who.host].from_server {
            Some(Cut::Refused) => {
                let ending = Err(lost(LostReason::Network, "connection refused"));
                return self.timeline.after(3, move |_| promise.keep(ending));
            }
            Some(Cut::Silent) => return,
            None => {}
        }
        if self.mishap(|plan| plan.lost_requests) {
            self.note(|| format!("{who} the request gets lost"));
            return self.break_off(promise);
        }
        let travel = self.dice.spread(2, 120);
        self.timeline.after(travel, move |world| world.state().arrive(who, plea, letter, promise));
    }

    fn arrive(&mut self, who: Who, plea: Plea, letter: usize, promise: Promise<Ending>) {
        let now = self.timeline.now();
        let (mut status, mut headers, mut body, mut grant) = (200, Headers::default(), String::new(), None);
        // Some fail before they have done anything, some after.
        let ailment = self.ailing;
        let does_it = ailment.is_none_or(|ailment| ailment == Ailment::Failing && self.dice.chance(300));
        if does_it {
            match self.server.hear(who.account, plea, now) {
                Ok((granted, text)) => (grant, body) = (Some(granted), text),
                Err(()) => {
                    status = 401;
                    body = r#"{"error":"ERROR_INVALID_REFRESH_TOKEN","detail":"expired or invalid"}"#.to_owned();
                }
            }
            self.judge_hearing(letter, grant);
            self.note(|| match grant {
                Some(grant) => {
                    let refresh = grant.refresh.map(|number| format!(" and {}", self.server.name(number)));
                    let access = self.server.name(grant.access);
                    format!("{who} the server grants {access}{}", refresh.unwrap_or_default())
                }
                None => format!("{who} the server refuses"),
            });
        }
        match ailment {
            Some(Ailment::Failing) => (status, body) = (500, "Server Error (500)".to_owned()),
            Some(Ailment::Busy(seconds)) => (status, headers.retry_after) = (503, Some(seconds.to_string())),
            Some(Ailment::Flooded(seconds)) => (status, headers.retry_after) = (429, Some(seconds.to_string())),
            Some(Ailment::Talking) => body = "<!doctype html><title>Welcome</title>".to_owned(),
            None => {}
        }
        if self.plan.dates {
            let seconds = (START + now as i64 + self.server.skew) / 1000;
            let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
            headers.date = Some(httpdate::fmt_http_date(time));
        }
        if self.mishap(|plan| plan.lost_replies) {
            self.note(|| format!("{who} the reply gets lost"));
            return self.break_off(promise);
        }
        let late = self.mishap(|plan| plan.late_replies);
        let travel = if late { self.dice.spread(SECOND, 20 * SECOND) } else { self.dice.spread(2, 120) };
        let response = Response { status, headers, body: body.into() };
        // A body that no grant can be read from is one that nobody has received.
        let grant = grant.filter(|_| status == 200);
        self.timeline.after(travel, move |world| {
            let is_cut = world.state().hosts[who.host].from_server.is_some();
            if !is_cut {
                promise.keep(Ok((response, grant)));
            }
        });
    }

    /// The connection is lost: noticed at once, later, or never.
    fn break_off(&mut self, promise: Promise<Ending>) {
        if self.dice.chance(500) {
            let wait = self.dice.spread(1, 5 * SECOND);
            let ending = Err(lost(LostReason::Network, "connection reset"));
            self.timeline.after(wait, move |_| promise.keep(ending));
        }
    }
}

fn lost(reason: LostReason, summary: &str) -> Lost {
    Lost { reason, summary: summary.to_owned(), hint: None, causes: Vec::new(), thrown: None }
}

/// For the trace.
pub fn plea_in_words(state: &State, plea: Plea) -> String {
    match plea {
        Plea::Login => "logs in".to_owned(),
        Plea::Refresh(Some(number)) => format!("refreshes with {}", state.server.name(number)),
        Plea::Refresh(None) => "refreshes with a token that nobody minted".to_owned(),
    }
}
