//! How an account is doing, for people and dashboards.

use super::Manager;
use crate::policy::Zone;
use crate::session::Source;
use crate::telemetry::Telemetry;

/// The state of an account's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Empty,
    /// It is fresh.
    Valid,
    /// It is due for a renewal.
    Expiring,
    /// It is dead.
    Expired,
}

impl State {
    pub(super) fn of(zone: Option<Zone>) -> Self {
        match zone {
            None => State::Empty,
            Some(Zone::Fresh) => State::Valid,
            Some(Zone::Soft | Zone::Hard) => State::Expiring,
            Some(Zone::Expired) => State::Expired,
        }
    }

    /// The name under which the TypeScript API knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Empty => "empty",
            State::Valid => "valid",
            State::Expiring => "expiring",
            State::Expired => "expired",
        }
    }
}

/// Everything there is to say without a secret. Times are epoch milliseconds.
#[derive(Debug, Clone)]
pub struct Status {
    /// The state of the token.
    pub state: State,
    /// Where the token came from.
    pub source: Option<Source>,
    /// When it expires.
    pub expires_at: Option<i64>,
    /// From when on it is renewed.
    pub refresh_at: Option<i64>,
    /// When the session was received, if it is in the store.
    pub saved_at: Option<i64>,
    /// Where the store keeps it.
    pub location: Option<String>,
    /// Is a flight under way?
    pub renewing: bool,
    /// The scopes that there are tokens for.
    pub scopes: Vec<String>,
    /// What happened so far.
    pub telemetry: Telemetry,
}

impl Manager {
    /// The account's state, without I/O.
    pub fn status(&self) -> Status {
        let inner = self.inner();
        let session = inner.shared.memory.load().session;
        let access = session.as_ref().and_then(|session| session.access.as_ref());
        let stored = inner.shared.annex_so_far().is_some_and(|annex| {
            let kept = annex.keeping.kept.lock();
            kept.generation.is_some() && !kept.unsaved
        });
        let zone = session.as_ref().and_then(|session| inner.zone(session));
        Status {
            state: State::of(zone),
            source: access.and(session.as_ref()).map(|session| session.source),
            expires_at: access.map(|access| access.life.expires_at()),
            refresh_at: access.map(|access| inner.parts.policy.refresh_at(&access.life)),
            saved_at: access.filter(|_| stored).map(|access| access.life.received.wall),
            location: inner.store().map(|store| store.location(inner.provider().identity())),
            scopes: session.as_ref().map_or_else(Vec::new, |session| session.scoped.keys().cloned().collect()),
            renewing: inner.shared.flights.underway().is_some(),
            telemetry: inner.logbook.telemetry.lock().clone(),
        }
    }
}
