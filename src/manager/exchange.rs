//! What passes between us and the server: requests, their repetitions, and what an answer makes of the session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::journey::Journey;
use super::{Account, Inner};
use crate::claims::Claims;
use crate::clock::Moment;
use crate::error::{Code, Failure, Unanswered};
use crate::lifetime::Evidence;
use crate::policy::Retry;
use crate::provider::{Answer, Currency, Grant, Provider, Reply, Step};
use crate::random::Jitter;
use crate::session::{AccessToken, Life, Renewable, Scoped, Session, Source};
use crate::transport::gate::Gate;
use crate::transport::{Headers, Request};

/// A good answer, with what its dates are measured by.
pub(super) struct Received {
    pub(super) reply: Reply,
    headers: Headers,
    at: Moment,
    round_trip: Duration,
}

impl Inner {
    /// What there is to refresh with, if that is taken and not known to be dead.
    pub(super) fn currency<'a>(&self, provider: &dyn Provider, session: &'a Session) -> Option<Currency<'a>> {
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
        Some(currency).filter(|currency| provider.takes(*currency))
    }

    /// One refresh, as an attempt of this journey, unless `gate` did not let it go.
    pub(super) async fn refresh(
        &self,
        provider: &dyn Provider,
        currency: Currency<'_>,
        gate: Option<&Gate>,
        before: &Session,
        journey: &Journey,
    ) -> Result<Session, Failure> {
        journey.enter(Step::Refresh);
        let started = self.parts.clock.now();
        let refreshed = async {
            let claim = self.claim(provider, currency)?;
            let received = self.currency_accepted(provider, currency, gate, before).await?;
            let after = self.admit(provider, Step::Refresh, received, Some(before))?;
            self.note_spent(provider, before, &after);
            // Not before that is noted.
            drop(claim);
            Ok(after)
        }
        .await;
        if !gate.is_some_and(Gate::keeps) {
            journey.note(Source::Refresh, self.parts.clock.now().since(started), &refreshed);
        }
        refreshed
    }

    /// One full login, as an attempt of this journey.
    pub(super) async fn login(&self, account: &Account, journey: &Journey) -> Result<Session, Failure> {
        journey.enter(Step::Login);
        let started = self.parts.clock.now();
        let logged_in = match self.credentials_accepted(account).await {
            Ok(received) => self.admit(&*account.provider, Step::Login, received, None),
            Err(failure) => Err(failure),
        };
        journey.note(Source::Login, self.parts.clock.now().since(started), &logged_in);
        logged_in
    }

    async fn currency_accepted(
        &self,
        provider: &dyn Provider,
        currency: Currency<'_>,
        gate: Option<&Gate>,
        before: &Session,
    ) -> Result<Received, Failure> {
        let retry = &self.parts.policy.retry;
        self.discover(provider, Step::Refresh, retry).await?;
        let request = provider.refresh(currency).ok_or_else(|| provider.unprovisioned())?;
        let request = provider.about(Step::Refresh, request, Some(before));
        let request = Request { gate: gate.cloned(), ..request };
        self.exchange(provider, Step::Refresh, request, retry).await
    }

    async fn credentials_accepted(&self, account: &Account) -> Result<Received, Failure> {
        let provider = &*account.provider;
        let retry = &self.parts.policy.retry;
        self.discover(provider, Step::Login, retry).await?;
        let request = provider.login().ok_or_else(|| provider.unprovisioned())?;
        let before = self.shared.memory.load().session;
        let request = provider.about(Step::Login, request, before.as_deref());
        let received = self.exchange(provider, Step::Login, request, retry).await?;
        let Reply::SecondFactor(ticket) = &received.reply else { return Ok(received) };
        let Some(second_factor) = &account.second_factor else {
            let advice = "Pass the totp option";
            return Err(provider.failure(Code::TwoFactorRequired, Step::Login, "needs a second factor", advice));
        };
        let code = second_factor.code().await.map_err(|Unanswered { why, thrown }| {
            let what = format!("needs a second factor, but {why}");
            provider.failure(Code::TwoFactorRequired, Step::Login, &what, "").thrown_as(thrown)
        })?;
        // Once: a code that may have been used is refused the second time, whatever became of the first.
        self.exchange(provider, Step::SecondFactor, provider.second_factor(ticket, &code), &Retry::never()).await
    }

    /// Finds the endpoints that `step` needs, where they are not known yet.
    pub(super) async fn discover(&self, provider: &dyn Provider, step: Step, retry: &Retry) -> Result<(), Failure> {
        while let Some(request) = provider.discovery(step) {
            self.exchange(provider, Step::Discovery, request, retry).await?;
        }
        Ok(())
    }

    /// One request and what its answer means, again while that may help.
    pub(super) async fn exchange(
        &self,
        provider: &dyn Provider,
        step: Step,
        request: Request,
        retry: &Retry,
    ) -> Result<Received, Failure> {
        let mut tried = 0;
        loop {
            let failure = match self.attempt(provider, step, request.clone()).await {
                Ok(received) => return Ok(received),
                Err(failure) => failure,
            };
            // Whoever guards it looks again first.
            if request.gate.as_ref().is_some_and(Gate::keeps) {
                return Err(failure);
            }
            tried += 1;
            match retry.wait(tried, &failure, &*self.parts.rng) {
                Some(wait) => self.parts.clock.sleep(wait).await,
                None => return Err(failure),
            }
        }
    }

    async fn attempt(&self, provider: &dyn Provider, step: Step, request: Request) -> Result<Received, Failure> {
        let Inner { parts, shared, .. } = self;
        let mut secrets = request.secrets.clone();
        secrets.extend(shared.memory.load().session.iter().flat_map(|session| session.secrets()));
        let sent = parts.clock.now();
        let gate = request.gate.clone();
        let carried = parts.transport.send(request, parts.policy.attempt).await;
        let response = carried.map_err(|lost| provider.lost(step, lost))?;
        if let Some(gate) = gate {
            gate.answered();
        }
        let at = parts.clock.now();
        let answer = Answer { step, response: &response, received_at: at.wall, secrets: &secrets };
        let reply = provider.read(&answer)?;
        Ok(Received { reply, headers: response.headers, at, round_trip: at.since(sent) })
    }

    /// Turns a grant into the session of this account. A bad grant never replaces a good session.
    fn admit(
        &self,
        provider: &dyn Provider,
        step: Step,
        received: Received,
        before: Option<&Session>,
    ) -> Result<Session, Failure> {
        let Reply::Granted(grant) = &received.reply else {
            let what = "was answered as if another step were due";
            return Err(provider.failure(Code::BadResponse, step, what, ""));
        };
        let evidence = self.evidence(provider, &grant.token, grant.lifetime, &received);
        let lifetime = evidence.lifetime().map_err(|born_expired| {
            provider.failure(Code::BadResponse, step, &format!("returned an unusable token: {born_expired}"), "")
        })?;
        if lifetime.assumed && !self.logbook.told_of_assumption.swap(true, Ordering::Relaxed) {
            self.warn_of_assumption(provider, lifetime.duration);
        }
        if step == Step::Login {
            self.logbook.telemetry.lock().clock_skew = received.clock_skew(self.parts.policy.limits.round_trip);
        }
        let jitter = Jitter::draw(&*self.parts.rng);
        let life = Life { received: received.at, lifetime: lifetime.duration, jitter };
        Ok(Session {
            access: Some(Arc::new(AccessToken { secret: grant.token.clone(), life })),
            renewable: self.renewable(provider, grant, &received, before),
            scoped: match (&grant.scoped, before) {
                (Some(scoped), _) => scoped.clone(),
                (None, Some(before)) => self.still_granted(before),
                (None, None) => Scoped::new(),
            },
            source: if step == Step::Refresh { Source::Refresh } else { Source::Login },
        })
    }

    /// What the session before had and has: some of it may have been refused while this renewal was under way.
    fn still_granted(&self, before: &Session) -> Scoped {
        let now = self.shared.memory.load().session;
        let now = now.as_ref().map(|session| &session.scoped);
        let mut scoped = before.scoped.clone();
        scoped.retain(|scope, _| now.is_some_and(|now| now.contains_key(scope)));
        scoped
    }

    /// A refresh token that is there replaces, one that is absent keeps the old one (gemini-cli#25464).
    fn renewable(
        &self,
        provider: &dyn Provider,
        grant: &Grant,
        received: &Received,
        before: Option<&Session>,
    ) -> Renewable {
        let Some(secret) = &grant.refresh_token else {
            return before.map_or(Renewable::ByAccessToken, |before| before.renewable.clone());
        };
        // `ttlSeconds` is about access tokens.
        let evidence = Evidence { ttl: None, ..self.evidence(provider, secret, None, received) };
        let life = evidence.claims.expires_at.map(|_| {
            let lifetime = evidence.lifetime().map_or(Duration::ZERO, |lifetime| lifetime.duration);
            Life { received: received.at, lifetime, jitter: Jitter::NONE }
        });
        Renewable::ByRefreshToken { secret: secret.clone(), life }
    }

    fn evidence(
        &self,
        provider: &dyn Provider,
        token: &SecretString,
        stated: Option<Duration>,
        received: &Received,
    ) -> Evidence {
        let claims = Claims::read(token.expose_secret()).unwrap_or_default();
        Evidence {
            stated,
            claims: if provider.mints() { claims } else { Claims { issued_at: None, ..claims } },
            server_time: received.headers.server_time(),
            received_at: received.at.wall,
            ttl: self.parts.policy.ttl,
            default: provider.default_lifetime(),
        }
    }
}

impl Received {
    /// The server's clock minus ours. A Date header is cut to whole seconds, so the middle of that second counts, held
    /// against the middle of the round trip.
    fn clock_skew(&self, slow: Duration) -> Option<i64> {
        if self.round_trip > slow {
            return None;
        }
        let half_trip = i64::try_from(self.round_trip.as_millis() / 2).ok()?;
        Some(self.headers.server_time()?.saturating_add(500).saturating_sub(self.at.wall - half_trip))
    }
}
