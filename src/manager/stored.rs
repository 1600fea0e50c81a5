//! A session on its way to the store and back.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::claims::Claims;
use crate::clock::Moment;
use crate::policy::Policy;
use crate::random::Jitter;
use crate::session::{AccessToken, Life, Renewable, Session, Source};
use crate::store::record::Tokens;

/// The session in `tokens`. Its times were taken by another process, so they are the wall clock's alone; from here on both
/// clocks count.
pub(super) fn session_of(tokens: &Tokens, source: Source, now: Moment, policy: &Policy, jitter: Jitter) -> Session {
    // It would be young again for every process that starts until then.
    let from_the_future = between(now.wall, tokens.saved_at) > policy.limits.skew;
    // How old it is nobody knows then, so it is renewed.
    let lifetime = if from_the_future { Duration::ZERO } else { between(tokens.saved_at, tokens.expires_at) };
    let lifetime = lifetime.min(policy.ttl.unwrap_or(Duration::MAX));
    let life = Life { received: then(tokens.saved_at, now), lifetime, jitter };
    let access = tokens.access.clone().map(|secret| Arc::new(AccessToken { secret, life }));
    let renewable = match &tokens.refresh {
        Some(secret) => Renewable::ByRefreshToken { secret: secret.clone(), life: life_of(secret, now) },
        None if access.is_some() => Renewable::ByAccessToken,
        None => Renewable::No,
    };
    Session { access, renewable, scoped: tokens.scoped.clone(), source }
}

/// What is worth storing of `session`, if anything is.
pub(super) fn tokens_of(session: &Session, now: Moment) -> Option<Tokens> {
    let refresh = match &session.renewable {
        Renewable::ByRefreshToken { secret, .. } => Some(secret.clone()),
        Renewable::ByAccessToken | Renewable::No => None,
    };
    let access = session.access.as_ref();
    if access.is_none() && refresh.is_none() {
        return None;
    }
    Some(Tokens {
        access: access.map(|access| access.secret.clone()),
        refresh,
        scoped: session.scoped.clone(),
        expires_at: access.map_or(now.wall, |access| access.life.expires_at()),
        saved_at: access.map_or(now.wall, |access| access.life.received.wall),
    })
}

/// When a refresh token dies, where it says so. It was not minted by a reply at hand, so its `exp` counts as it stands.
pub(super) fn life_of(token: &SecretString, now: Moment) -> Option<Life> {
    let expires_at = Claims::read(token.expose_secret())?.expires_at?;
    Some(Life { received: now, lifetime: between(now.wall, expires_at), jitter: Jitter::NONE })
}

fn then(wall: i64, now: Moment) -> Moment {
    Moment { wall, steady: now.steady.saturating_sub(between(wall, now.wall)) }
}

fn between(from: i64, to: i64) -> Duration {
    Duration::from_millis(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
}
