//! The steps of one renewal (`life-cycle.md`, "A renewal"). Cool-down, store and lock belong between joining and
//! refreshing; saving belongs before publishing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_lite::future;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use tracing::{info, warn};

use super::{Inner, Outcome};
use crate::claims::Claims;
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::lifetime::Evidence;
use crate::policy::Zone;
use crate::provider::{Answer, Currency, Grant, Reply, Step};
use crate::session::{AccessToken, Life, Renewable, Session, Source};
use crate::telemetry::{TARGET, in_words, whole_seconds};
use crate::transport::{Headers, Request};

/// Beyond this round trip the Date header says too little about the server's clock.
const SLOW_ROUND_TRIP: Duration = Duration::from_secs(2);

/// A good answer, with what its dates are measured by.
pub(super) struct Received {
    reply: Reply,
    headers: Headers,
    at: Moment,
    round_trip: Duration,
}

impl Inner {
    /// One flight from start to end: a renewal under one deadline, the record of it, and the lines in the log.
    pub(super) async fn fly(&self) -> Outcome {
        let started = self.parts.clock.now();
        // Which step is under way, also for the deadline's message: the renewal's own future is gone by then.
        let step = Mutex::new(Step::Login);
        let deadline = async {
            self.parts.clock.sleep(self.parts.policy.deadline).await;
            let what = format!("did not end within deadlineMs ({} ms)", self.parts.policy.deadline.as_millis());
            Err(self.parts.provider.failure(Code::Timeout, *step.lock(), &what, ""))
        };
        let renewed = future::or(self.renewal(&step), deadline).await;
        // That of the save and no later one: what happens to the session from here on is no longer this flight's.
        let generation = renewed.as_ref().map_or(0, |(_, generation)| *generation);
        let result = renewed.map(|(token, _)| token);
        let now = self.parts.clock.now();
        let how = if *step.lock() == Step::Refresh { Source::Refresh } else { Source::Login };
        let duration = now.since(started);
        self.telemetry.lock().record(now.wall, how, duration, result.as_ref().err());
        let stale = match &result {
            Ok(token) => {
                self.tell_success(token, how, now, duration);
                None
            }
            Err(failure) => self.tell_failure(failure, now),
        };
        Outcome { result, stale, generation, how: Some(how), at: now.wall, duration }
    }

    async fn renewal(&self, step: &Mutex<Step>) -> Result<(Arc<AccessToken>, u32), Failure> {
        let before = self.memory.load();
        if let Some(request) = before.session.as_ref().and_then(|session| self.refresh_request(session)) {
            *step.lock() = Step::Refresh;
            let refreshed = match self.exchange(Step::Refresh, request).await {
                Ok(received) => self.admit(Step::Refresh, received, before.session.as_deref()),
                Err(failure) => Err(failure),
            };
            match refreshed {
                Ok(renewed) => return Ok(renewed),
                Err(failure) => self.give_up_refresh(&failure, before.session.as_deref()),
            }
        }
        *step.lock() = Step::Login;
        let received = self.login().await?;
        self.admit(Step::Login, received, None)
    }

    /// Is there anything to refresh with that is not known to be dead?
    fn refresh_request(&self, session: &Session) -> Option<Request> {
        let now = self.parts.clock.now();
        let currency = match &session.renewable {
            Renewable::ByRefreshToken { life: Some(life), .. } if life.left(now).is_zero() => return None,
            Renewable::ByRefreshToken { secret, .. } => Currency::RefreshToken(secret),
            Renewable::ByAccessToken => match &session.access {
                Some(access) if !access.life.left(now).is_zero() => Currency::AccessToken(&access.secret),
                _ => return None,
            },
            Renewable::No => return None,
        };
        self.parts.provider.refresh(currency)
    }

    /// A failed refresh of any kind leads to a login. Only a refusal says that the refresh token is dead, and only the one
    /// that was used goes: after a server error it is as good as before.
    fn give_up_refresh(&self, failure: &Failure, used: Option<&Session>) {
        if failure.is_rejection() {
            // By the token and not by the generation: an invalidation meanwhile is another generation with the same one.
            self.memory.drop_refresh(used);
        }
        warn!(
            target: TARGET,
            account = self.parts.provider.account(),
            host = self.parts.provider.host(),
            code = failure.code.as_str(),
            status = failure.status,
            "refresh failed, logging in instead: {failure}"
        );
    }

    async fn login(&self) -> Result<Received, Failure> {
        let provider = &self.parts.provider;
        let received = self.exchange(Step::Login, provider.login()).await?;
        let Reply::SecondFactor(ticket) = &received.reply else { return Ok(received) };
        let Some(second_factor) = &self.parts.second_factor else {
            let advice = "Pass the totp option";
            return Err(provider.failure(Code::TwoFactorRequired, Step::Login, "needs a second factor", advice));
        };
        let code = second_factor.code().await.map_err(|why| {
            let what = format!("needs a second factor, but {why}");
            provider.failure(Code::TwoFactorRequired, Step::Login, &what, "")
        })?;
        self.exchange(Step::SecondFactor, provider.second_factor(ticket, &code)).await
    }

    /// One request and what its answer means.
    pub(super) async fn exchange(&self, step: Step, request: Request) -> Result<Received, Failure> {
        let Inner { parts, memory, .. } = self;
        let mut secrets = request.secrets.clone();
        secrets.extend(memory.load().session.iter().flat_map(|session| session.secrets()));
        let sent = parts.clock.now();
        let response = parts
            .transport
            .send(request, parts.policy.attempt)
            .await
            .map_err(|lost| parts.provider.lost(step, lost))?;
        let at = parts.clock.now();
        let answer = Answer { step, response: &response, received_at: at.wall, secrets: &secrets };
        let reply = parts.provider.read(&answer)?;
        Ok(Received { reply, headers: response.headers, at, round_trip: at.since(sent) })
    }

    /// Turns a grant into the session of this account. A bad grant never replaces a good session.
    fn admit(
        &self,
        step: Step,
        received: Received,
        before: Option<&Session>,
    ) -> Result<(Arc<AccessToken>, u32), Failure> {
        let provider = &self.parts.provider;
        let Reply::Granted(grant) = &received.reply else {
            let what = "was answered as if another step were due";
            return Err(provider.failure(Code::BadResponse, step, what, ""));
        };
        let evidence = self.evidence(&grant.token, grant.lifetime, &received);
        let lifetime = evidence.lifetime().map_err(|born_expired| {
            provider.failure(Code::BadResponse, step, &format!("returned an unusable token: {born_expired}"), "")
        })?;
        if lifetime.assumed && !self.told_of_assumption.swap(true, Ordering::Relaxed) {
            self.warn_of_assumption(lifetime.duration);
        }
        let life = Life { received: received.at, lifetime: lifetime.duration };
        let token = Arc::new(AccessToken { secret: grant.token.clone(), life });
        let session = Session {
            access: Some(Arc::clone(&token)),
            renewable: self.renewable(grant, &received, before),
            source: if step == Step::Refresh { Source::Refresh } else { Source::Login },
        };
        if step == Step::Login {
            self.telemetry.lock().clock_skew = received.clock_skew();
        }
        let generation = self.memory.save(session);
        Ok((token, generation))
    }

    /// A refresh token that is there replaces, one that is absent keeps the old one.
    fn renewable(&self, grant: &Grant, received: &Received, before: Option<&Session>) -> Renewable {
        let Some(secret) = &grant.refresh_token else {
            return before.map_or(Renewable::ByAccessToken, |before| before.renewable.clone());
        };
        // `ttlSeconds` is about access tokens.
        let evidence = Evidence { ttl: None, ..self.evidence(secret, None, received) };
        let life = evidence.claims.expires_at.map(|_| {
            let lifetime = evidence.lifetime().map_or(Duration::ZERO, |lifetime| lifetime.duration);
            Life { received: received.at, lifetime }
        });
        Renewable::ByRefreshToken { secret: secret.clone(), life }
    }

    fn evidence(&self, token: &SecretString, stated: Option<Duration>, received: &Received) -> Evidence {
        Evidence {
            stated,
            claims: Claims::read(token.expose_secret()).unwrap_or_default(),
            server_time: received.headers.server_time(),
            received_at: received.at.wall,
            ttl: self.parts.policy.ttl,
            default: self.parts.provider.default_lifetime(),
        }
    }

    fn warn_of_assumption(&self, lifetime: Duration) {
        warn!(
            target: TARGET,
            account = self.parts.provider.account(),
            host = self.parts.provider.host(),
            "the token does not say when it expires: it counts as good for {}",
            in_words(lifetime)
        );
    }

    fn tell_success(&self, token: &AccessToken, how: Source, now: Moment, duration: Duration) {
        let left = token.life.left(now);
        info!(
            target: TARGET,
            account = self.parts.provider.account(),
            host = self.parts.provider.host(),
            durationMs = duration.as_millis() as u64,
            expiresInSeconds = whole_seconds(left),
            "{}, the token expires in {}",
            if how == Source::Refresh { "refreshed" } else { "logged in" },
            in_words(left)
        );
    }

    /// Says what failed, and finds what callers may have instead: the current token while it has not expired.
    fn tell_failure(&self, failure: &Failure, now: Moment) -> Option<Arc<AccessToken>> {
        let current = self.memory.load().session;
        let serves_stale = self.parts.policy.serve_stale;
        let live = current
            .filter(|session| serves_stale && matches!(self.zone(session), Some(Zone::Fresh | Zone::Hard)))
            .and_then(|session| session.access.clone());
        let consequence = live.as_ref().map(|token| {
            let full_stop = if failure.message.ends_with(['.', '?']) { "" } else { "." };
            format!("{full_stop} Serving the current token, which expires in {}", in_words(token.life.left(now)))
        });
        warn!(
            target: TARGET,
            account = self.parts.provider.account(),
            host = self.parts.provider.host(),
            code = failure.code.as_str(),
            status = failure.status,
            "{failure}{}",
            consequence.unwrap_or_default()
        );
        live
    }
}

impl Received {
    /// The server's clock minus ours. A Date header is cut to whole seconds, so the middle of that second counts, held
    /// against the middle of the round trip.
    fn clock_skew(&self) -> Option<i64> {
        if self.round_trip > SLOW_ROUND_TRIP {
            return None;
        }
        let half_trip = i64::try_from(self.round_trip.as_millis() / 2).ok()?;
        Some(self.headers.server_time()?.saturating_add(500).saturating_sub(self.at.wall - half_trip))
    }
}
