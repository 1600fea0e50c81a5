//! Sessions by hand: out of the store without a renewal, in from a file, out into a secret store.

use futures_lite::future;
use secrecy::{ExposeSecret, SecretString};
use tracing::info;

use super::fallbacks::not_ours;
use super::found::Found;
use super::stored::tokens_of;
use super::{Inner, Manager};
use crate::error::{Code, Failure};
use crate::policy::Zone;
use crate::provider::Provider;
use crate::provisioned::Provisioned;
use crate::session::{Session, Source};
use crate::store::{Previous, Record, Saved};
use crate::telemetry::TARGET;

const ROUNDS: usize = 3;

impl Manager {
    /// Takes over what the store holds, whatever its age and without the network. Here the store was asked for by name, so
    /// that it cannot be read is a failure.
    pub async fn restore(&self) -> Result<(), Failure> {
        let alone = self.alone().await?;
        if alone.inner.bring_up().await {
            return Ok(());
        }
        let provider = alone.inner.provider();
        let place = alone.inner.store().map(|store| store.location(provider.identity())).unwrap_or_default();
        let message = format!("STORE: the stored session of {} could not be read: see {place}", provider.account());
        Err(Failure::new(Code::Store, message))
    }

    /// Takes tokens that somebody else got, in any of the forms of [`crate::provisioned`], as the session of this account.
    pub async fn import(&self, text: SecretString) -> Result<(), Failure> {
        let alone = self.alone().await?;
        let inner = &alone.inner;
        let account = inner.account();
        let provider = &*account.provider;
        let refuse = |why: String| {
            let message =
                format!("the tokens were not imported for {} at {}: {why}", provider.account(), provider.host());
            Failure::new(Code::BadResponse, message)
        };
        let provisioned =
            Provisioned::read(text.expose_secret(), "the import").map_err(|why| refuse(why.why().to_owned()))?;
        if let Some(whose) = not_ours(&provisioned, provider) {
            return Err(refuse(whose));
        }
        {
            // By hand: if it was forgotten here, it is meant to be used again. But nothing else is.
            let mut kept = inner.shared.annex().keeping.kept.lock();
            provisioned.access.iter().chain(&provisioned.refresh).for_each(|token| kept.dead.raise(token));
        }
        let session = inner.provisioned_session(provider, provisioned, Source::Store);
        let live = inner.zone(&session).is_some_and(Zone::is_live);
        if !live && inner.currency(provider, &session).is_none() {
            return Err(refuse(
                "the access token has expired, and there is no refresh token that could renew it".to_owned(),
            ));
        }
        let found = inner.bring_in_line(provider).await;
        // The record is ours from now on, and that means that the provisioned token is spent: if it is not, it lies in there.
        let session = match inner.currency(provider, &session) {
            Some(_) => session,
            None => inner.with_a_way_on(provider, session, &found),
        };
        let generation = inner.put(provider, &session, found).await?;
        inner.hold(session, generation);
        inner.warm_up();
        info!(name: TARGET, target: TARGET, account = provider.account(), host = provider.host(), "imported a session");
        Ok(())
    }

    /// The current session, in a form that [`Manager::import`] and the fallback take.
    pub async fn export(&self) -> Result<SecretString, Failure> {
        let alone = self.alone().await?;
        let inner = &alone.inner;
        inner.bring_up().await;
        let account = inner.account();
        let provider = &*account.provider;
        let session = inner.shared.memory.load().session;
        let Some(tokens) = session.and_then(|session| tokens_of(&session, inner.parts.clock.now())) else {
            let message =
                format!("STORE: there is no session of {} at {} to export", provider.account(), provider.host());
            return Err(Failure::new(Code::Store, message));
        };
        Ok(Provisioned::export(&tokens, provider.identity()))
    }
}

impl Inner {
    /// Brings memory in line with the store, and claims nothing there: who only looks may have mistyped the password. Answers
    /// whether the store could be read.
    pub(super) async fn bring_up(&self) -> bool {
        !self.bring_in_line(&*self.account().provider).await.unreadable
    }

    async fn bring_in_line(&self, provider: &dyn Provider) -> Found {
        let Some(store) = self.store() else { return Found::default() };
        let found = self.find(&*store, provider).await;
        self.reconcile(&found, provider);
        found
    }

    /// Stores a session without a check of its credential: the first process to come adopts it.
    async fn put(&self, provider: &dyn Provider, session: &Session, mut found: Found) -> Result<Option<u64>, Failure> {
        let Some(store) = self.store() else { return Ok(None) };
        let place = store.location(provider.identity());
        let tokens = tokens_of(session, self.parts.clock.now());
        for _ in 0..ROUNDS {
            let generation = self.next_generation(found.generation());
            let record = Record { generation, tokens: tokens.clone(), check: None, failure: None };
            let previous = Previous::Backup { with_refresh_token: !provider.rotates() };
            let late = async {
                self.parts.clock.sleep(self.parts.policy.deadline).await;
                Err(crate::store::Trouble(format!("{place} could not be written within deadlineMs")))
            };
            let saving = store.save(provider.identity(), record, found.generation(), previous);
            match future::or(saving, late).await {
                Ok(Saved::Done) => return Ok(Some(generation)),
                Ok(Saved::Lost(winner)) => found = Found::winner(winner),
                Err(trouble) => {
                    return Err(Failure::new(
                        Code::Store,
                        format!("STORE: the session could not be stored: {trouble}"),
                    ));
                }
            }
        }
        Err(Failure::new(Code::Store, format!("STORE: {place} is being written by other processes: try again")))
    }
}
