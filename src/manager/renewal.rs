//! The steps of one renewal, in the order of `life-cycle.md`, "A renewal". Joining and the cool-down come before (`board`).

use std::sync::Arc;

use futures_lite::future;

use super::found::Found;
use super::journey::Journey;
use super::keeping::Keep;
use super::turn::{Turn, Wanted};
use super::{Account, Demand, Inner, Outcome};
use crate::clock::Moment;
use crate::error::{Code, Failure};
use crate::provider::{Provider, Start};
use crate::session::{AccessToken, Session, Source};
use crate::store::Store;

/// The token at the end of a flight, and where memory has it.
pub(super) struct Arrival {
    token: Arc<AccessToken>,
    generation: u32,
    source: Source,
}

/// A session that was found for the account.
pub(super) enum Got {
    /// From the server or the environment: to be stored before anybody gets its token.
    New(Session),
    /// From the environment or the backup, for this process alone: until the store can be read, or has what could not be saved.
    Lent(Session),
    /// In the store under this generation, or from its backup: as it is.
    Stored(Session, Option<u64>),
}

impl Inner {
    /// One flight from start to end: a renewal, the record of it, and the lines in the log.
    pub(super) async fn fly(self: &Arc<Self>, demand: Demand) -> Outcome {
        let started = self.parts.clock.now();
        let journey = Journey::new();
        self.shared.memory.age(started);
        self.next_spell();
        let account = self.account();
        let arrived = self.renewal(&account, demand, &journey).await;
        self.next_spell();
        let now = self.parts.clock.now();
        if arrived.is_err() {
            // The machine may have slept in between.
            self.shared.memory.age(now);
        }
        let how = arrived.as_ref().map_or_else(|_| journey.how(), |arrival| arrival.source);
        let provider = &*account.provider;
        let late = arrived.as_ref().ok().and_then(|arrival| self.belated(provider, &arrival.token, Some(how), now));
        let belated = late.is_some();
        if let Some(late) = &late {
            // It works, if not in time.
            self.come_too_late(late);
        }
        let arrived = late.map_or(arrived, Err);
        // That of the save and no later one: what happens to the session from here on is no longer this flight's.
        let generation = arrived.as_ref().map_or(0, |arrival| arrival.generation);
        let result = arrived.map(|arrival| arrival.token);
        let duration = now.since(started);
        self.record(now.wall, how, duration, result.as_ref().err());
        let stale = match &result {
            Ok(token) => {
                self.warm_up();
                self.tell_success(provider, token, how, now, duration);
                None
            }
            Err(failure) => self.tell_failure(provider, failure, now),
        };
        Outcome {
            renewed: result.is_ok()
                && (!demand.takes_what_is_there() || matches!(how, Source::Login | Source::Refresh)),
            result,
            stale,
            generation,
            how: Some(how),
            belated,
            at: now.wall,
            duration,
            attempts: journey.attempts(),
            ..Outcome::blank()
        }
    }

    async fn renewal(
        self: &Arc<Self>,
        account: &Account,
        demand: Demand,
        journey: &Journey,
    ) -> Result<Arrival, Failure> {
        let provider = &*account.provider;
        let Some(store) = self.store() else {
            let _turn = self.turn_in_pool().await;
            let ended = self.obtain(account, demand, &Found::default(), journey).await;
            if let Err(failure) = &ended {
                self.cool_down(failure);
            }
            return ended;
        };
        let looked = self.find_ours(&*store, provider).await;
        let than = match demand {
            Demand::Fresh | Demand::Ahead => self.kept_generation(),
            Demand::Renewed | Demand::LoggedIn => looked.generation(),
        };
        if demand.takes_what_is_there()
            && let Some(session) = self.newer_session(&looked, provider, than, demand)
        {
            return Ok(self.take(session, looked.generation()));
        }
        crate::waypoint::reach("before the lock");
        // Before the lock and not after it: who queues here holds nothing that others wait for.
        let _turn = self.turn_in_pool().await;
        let waiting_since = self.parts.clock.now();
        let wanted = Wanted { demand, looked: &looked, than };
        let lease = match self.turn_at(&*store, provider, &wanted).await {
            Ok(Turn::Ours(lease)) => lease,
            Ok(Turn::Theirs(session, generation)) => return Ok(self.take(session, generation)),
            Err(failure) => return Err(self.gave_up(failure, &looked, provider)),
        };
        crate::waypoint::reach("holding the lock");
        let ended = self.alone_among_siblings(&*store, account, &wanted, waiting_since, journey).await;
        self.let_go(lease);
        ended
    }

    /// What is done under the account's lock: a sibling may have done it while we waited. Where the lock has lapsed the store waits for it
    /// again, and what it reads in passing is good for taking over alone.
    async fn alone_among_siblings(
        self: &Arc<Self>,
        store: &dyn Store,
        account: &Account,
        wanted: &Wanted<'_>,
        waiting_since: Moment,
        journey: &Journey,
    ) -> Result<Arrival, Failure> {
        let provider = &*account.provider;
        let demand = wanted.demand;
        let (mut lapsed, mut saved_again) = (false, false);
        loop {
            let found = self.find_ours(store, provider).await;
            crate::waypoint::reach("after the look");
            if let Some(session) = self.brought(&found, provider, wanted) {
                return Ok(self.take(session, found.generation()));
            }
            if let Some(pause) = self.lapse(&found, &mut lapsed) {
                match self.waits_on(store, provider, waiting_since) {
                    Ok(true) => {
                        pause.await;
                        continue;
                    }
                    Ok(false) => {}
                    Err(failure) => return Err(self.gave_up(failure, &found, provider)),
                }
            }
            // Before anything fails: what lies there may still live, and then callers get it.
            self.reconcile(&found, provider);
            if let Some(failure) = self.siblings_failure(&found, provider, demand, waiting_since) {
                let tided_over = self.last_resort(provider, demand, &found, &failure, journey).await;
                return match tided_over {
                    Some(got) => Ok(self.settle(got, provider, &found).await),
                    None => Err(failure),
                };
            }
            if !std::mem::replace(&mut saved_again, true) && self.save_again(provider, &found).await {
                continue;
            }
            let ended = self.obtain(account, demand, &found, journey).await;
            if let Err(failure) = &ended {
                let wait = self.cool_down(failure);
                self.share(store, provider, failure, wait).await;
            }
            return ended;
        }
    }

    /// There was no turn for us. That is not shared: whoever has the lock knows better.
    fn gave_up(&self, failure: Failure, found: &Found, provider: &dyn Provider) -> Failure {
        self.reconcile(found, provider);
        self.cool_down(&failure);
        failure
    }

    /// A session that could not be saved is saved before it is spent. Answers whether there is something else to be found now.
    async fn save_again(&self, provider: &dyn Provider, found: &Found) -> bool {
        let unsaved = self.shared.annex().keeping.kept.lock().unsaved;
        // What could not be read may be newer than ours.
        let may_save = unsaved && !found.unreadable;
        let (true, Some(session)) = (may_save, self.shared.memory.load().session) else { return false };
        match self.keep(Session::clone(&session), provider, found).await {
            Keep::Done(kept) if provider.rotates() && !kept.shares_refresh_token(&session) => {
                self.replace(kept);
            }
            Keep::Done(_) => {}
            Keep::Adopt(theirs, generation) => {
                self.hold(theirs, Some(generation));
            }
        }
        true
    }

    /// Refresh, login, fallbacks, under one deadline; then the save, which no deadline cuts short: a refresh token that works
    /// once may have been spent on what is being saved.
    async fn obtain(
        self: &Arc<Self>,
        account: &Account,
        demand: Demand,
        found: &Found,
        journey: &Journey,
    ) -> Result<Arrival, Failure> {
        let provider = &*account.provider;
        let deadline = async {
            self.parts.clock.sleep(self.parts.policy.deadline).await;
            let what = format!("did not end within deadlineMs ({} ms)", self.parts.policy.deadline.as_millis());
            Err(provider.failure(Code::Timeout, journey.step(), &what, ""))
        };
        let got = future::or(self.search(account, demand, found, journey), deadline).await?;
        Ok(self.settle(got, provider, found).await)
    }

    async fn settle(&self, got: Got, provider: &dyn Provider, found: &Found) -> Arrival {
        match got {
            Got::New(session) => match self.keep(session, provider, found).await {
                Keep::Done(session) => self.publish(session),
                Keep::Adopt(theirs, generation) => self.take(theirs, Some(generation)),
            },
            Got::Lent(session) => self.publish(session),
            Got::Stored(session, generation) => self.take(session, generation),
        }
    }

    async fn search(
        self: &Arc<Self>,
        account: &Account,
        demand: Demand,
        found: &Found,
        journey: &Journey,
    ) -> Result<Got, Failure> {
        let provider = &*account.provider;
        let logs_in = matches!(provider.start(), Start::Login);
        let mut tried = None;
        if demand != Demand::LoggedIn || !logs_in {
            if found.unreadable
                && let Some(got) = self.previous_session(provider, demand, found).await
            {
                return Ok(got);
            }
            match self.try_to_refresh(provider, found, journey).await {
                Some(Ok(got)) => return Ok(got),
                Some(Err(failure)) => tried = Some(failure),
                None => {}
            }
        }
        let begun = match logs_in {
            true => self.login(account, journey).await.map(Got::New),
            false => self.begin(provider, found, tried, journey).await,
        };
        match begun {
            Ok(got) => Ok(got),
            Err(failure) => self.last_resort(provider, demand, found, &failure, journey).await.ok_or(failure),
        }
    }

    fn publish(&self, session: Session) -> Arrival {
        let generation = self.replace(session.clone());
        Arrival::of(&session, generation)
    }

    fn take(&self, session: Session, stored: Option<u64>) -> Arrival {
        let generation = self.hold(session.clone(), stored);
        Arrival::of(&session, generation)
    }
}

impl Arrival {
    fn of(session: &Session, generation: u32) -> Self {
        let token = session.access.clone().expect("a session that callers may be served has an access token");
        Self { token, generation, source: session.source }
    }
}
