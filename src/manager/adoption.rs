//! What lies in the store, judged: whether it is news, whether it is what ours came of, and what memory makes of it.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::found::Found;
use super::stored::session_of;
use super::{Demand, Inner};
use crate::policy::Zone;
use crate::provider::Provider;
use crate::random::Jitter;
use crate::session::{AccessToken, Life, Renewable, Session, Source};
use crate::store::record::Tokens;

impl Inner {
    /// The session that was found, if it is newer than `than` and good enough for those who want `demand`.
    pub(super) fn newer_session(
        &self,
        found: &Found,
        provider: &dyn Provider,
        than: Option<u64>,
        demand: Demand,
    ) -> Option<Session> {
        let newer = found.generation() > than;
        let tokens = found.tokens(provider)?;
        let session = self.restored(tokens, Source::Store);
        let is_news = newer && !self.has_replaced(tokens, provider);
        Some(session).filter(|session| is_news && self.zone(session).is_some_and(|zone| demand.is_met_in(zone)))
    }

    /// Does `session`, which came of what was found, stand whatever a sibling has put `there` since? What somebody has made of a refresh token
    /// that was refused, which led to our login, is refused next. And who puts it beside the one that we have exchanged heard of his reply too late.
    pub(super) fn stands(&self, session: &Session, found: &Found, there: &Found) -> bool {
        let before = if session.source == Source::Login { found } else { there };
        let spent = before.record.as_ref().and_then(|record| record.tokens.as_ref()?.refresh.as_ref());
        spent.is_some_and(|spent| self.shared.annex().keeping.kept.lock().dead.holds(spent))
    }

    /// What a sibling has gone on to since something was found, where refresh tokens work once. What `session` got for the one that was
    /// found is older than that then, or of a family that has ended.
    pub(super) fn gone_on(
        &self,
        session: &Session,
        there: &Found,
        provider: &dyn Provider,
        found: &Found,
    ) -> Option<Session> {
        // An older one is what a store had before it lost a write.
        let is_newer = there.generation() > found.generation();
        let refreshed = is_newer && provider.rotates() && session.source == Source::Refresh;
        let ours = self.shared.memory.load().session.filter(|_| refreshed)?;
        let before = found.tokens(provider).map(|tokens| self.restored(tokens, Source::Store))?;
        let theirs = self.with_another_refresh_token(there, provider, &ours)?;
        Some(theirs).filter(|theirs| !theirs.shares_refresh_token(&before))
    }

    /// What was found, if it can be refreshed, and not with what `used` has. Callers keep our token until that has brought another.
    pub(super) fn with_another_refresh_token(
        &self,
        found: &Found,
        provider: &dyn Provider,
        used: &Session,
    ) -> Option<Session> {
        // What an unsaved session of ours came of is older than that.
        let tokens = found.tokens(provider).filter(|tokens| !self.has_replaced(tokens, provider))?;
        let theirs = self.with_our_token(self.restored(tokens, Source::Store), tokens);
        let renews = matches!(theirs.renewable, Renewable::ByRefreshToken { .. });
        let is_another = !theirs.shares_refresh_token(used);
        Some(theirs).filter(|_| renews && is_another)
    }

    /// The session in `tokens`, without what was refused.
    pub(super) fn restored(&self, tokens: &Tokens, source: Source) -> Session {
        let now = self.parts.clock.now();
        let known = self.known(tokens);
        let jitter = known.map_or_else(|| Jitter::draw(&*self.parts.rng), |known| known.jitter);
        let mut session = session_of(tokens, source, now, &self.parts.policy, jitter);
        if let (Some(access), Some(known)) = (&mut session.access, known)
            && known.left(now) < access.life.left(now)
        {
            Arc::make_mut(access).life = known;
        }
        let Some(annex) = self.shared.annex_so_far() else { return session };
        let kept = annex.keeping.kept.lock();
        if session.access.as_ref().is_some_and(|access| kept.dead.holds(&access.secret)) {
            session.access = None;
            session.scoped.clear();
        }
        if matches!(&session.renewable, Renewable::ByRefreshToken { secret, .. } if kept.dead.holds(secret)) {
            session.renewable = Renewable::No;
        }
        session
    }

    /// The life of the token, where it is the current one or was one lately. However often it is read, chance is drawn once, and a
    /// clock that was set back meanwhile makes it no younger.
    fn known(&self, tokens: &Tokens) -> Option<Life> {
        let (current, access) = (self.current(), tokens.access.as_ref()?);
        let is_current = |known: &&Arc<AccessToken>| access.expose_secret() == known.secret.expose_secret();
        let lately = || self.shared.annex_so_far()?.keeping.kept.lock().lately.life(access);
        current.as_ref().filter(is_current).map(|known| known.life).or_else(lately)
    }

    fn current(&self) -> Option<Arc<AccessToken>> {
        self.shared.memory.load().session?.access.clone()
    }

    /// Brings memory in line with the store before a renewal: what a sibling wrote replaces what we have, and a record that was
    /// removed by hand takes our session with it.
    pub(super) fn reconcile(&self, found: &Found, provider: &dyn Provider) {
        let (generation, unsaved) = {
            let kept = self.shared.annex().keeping.kept.lock();
            (kept.generation, kept.unsaved)
        };
        if found.unreadable {
            return;
        }
        if found.generation() > generation
            && let Some(tokens) = found.tokens(provider)
        {
            // A sibling may have written something about the old session, which ours has replaced everywhere but in the store.
            let theirs = self.restored(tokens, Source::Store);
            if !unsaved || (self.is_usable(&theirs) && !self.has_replaced(tokens, provider)) {
                self.hold(self.with_our_token(theirs, tokens), found.generation());
            }
        } else if found.record.is_none() && generation.is_some() && !unsaved {
            self.shared.memory.clear(|_| true);
            self.shared.annex().keeping.kept.lock().generation = None;
        }
    }

    /// Is there anything in it that callers can be served, or that one of them may be had with? A refresh token that is dead by a
    /// wrong clock of ours counts: to send our own instead, which a sibling may have spent, is worse than a login.
    fn is_usable(&self, session: &Session) -> bool {
        let is_live = self.zone(session).is_some_and(|zone| zone.is_live());
        is_live || matches!(session.renewable, Renewable::ByRefreshToken { .. })
    }

    /// Are these the tokens that our unsaved session came of? Whatever else lies there is a sibling's, and that sibling may have ours
    /// from a save that was done and not confirmed. The times say nothing: those of another host, or of a clock that was set back,
    /// would bring back a refresh token that is spent.
    pub(super) fn has_replaced(&self, tokens: &Tokens, provider: &dyn Provider) -> bool {
        let Some(annex) = self.shared.annex_so_far() else { return false };
        let kept = annex.keeping.kept.lock();
        kept.replaced.iter().any(|replaced| {
            let by_refresh_token = match (&tokens.refresh, &replaced.renewable) {
                (Some(theirs), Renewable::ByRefreshToken { secret, .. }) => {
                    theirs.expose_secret() == secret.expose_secret()
                }
                _ => false,
            };
            match &tokens.access {
                // A refresh token that works more than once is that of a sibling's newer session, too.
                Some(access) => {
                    let is_it = provider.rotates() || kept.dead.holds(access);
                    replaced.holds(access.expose_secret()) || (by_refresh_token && is_it)
                }
                None => by_refresh_token,
            }
        })
    }

    /// A session that has lost its token takes no living one away, unless it is ours that was refused: should the renewal fail, that
    /// would be worse than having asked for none. Of which token a record was is told by its time, earlier or later.
    fn with_our_token(&self, theirs: Session, tokens: &Tokens) -> Session {
        let ours = self.shared.memory.load().session;
        let ours = ours.filter(|ours| self.zone(ours).is_some_and(Zone::is_live));
        // One that the store has never seen nobody has refused there.
        let unsaved = self.shared.annex().keeping.kept.lock().unsaved;
        match ours.as_deref() {
            Some(Session { access: Some(access), scoped, source, .. })
                if theirs.access.is_none() && (unsaved || access.life.received.wall != tokens.saved_at) =>
            {
                Session { access: Some(Arc::clone(access)), scoped: scoped.clone(), source: *source, ..theirs }
            }
            _ => theirs,
        }
    }

    /// Puts a session into memory that the store has under `generation`. Answers memory's own generation.
    pub(super) fn hold(&self, session: Session, generation: Option<u64>) -> u32 {
        {
            let mut kept = self.shared.annex().keeping.kept.lock();
            kept.generation = generation;
            kept.saved();
        }
        self.replace(session)
    }

    /// Puts a session into memory. What was there before may come back from a store, if there is one.
    pub(super) fn replace(&self, session: Session) -> u32 {
        if self.parts.store.is_some()
            && let Some(before) = self.current()
        {
            self.shared.annex().keeping.kept.lock().lately.note(&before);
        }
        self.shared.memory.save(session)
    }
}
