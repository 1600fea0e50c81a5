//! One account's manager, as JavaScript holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use futures_lite::future::Boxed;
use napi::bindgen_prelude::Reference;
use napi::{Error, Result};
use napi_derive::napi;
use secrecy::{ExposeSecret, SecretString};

use super::answers::{NativeLook, NativePlace, NativeStatus, Settled, millis};
use super::environment::NativeEnvironment;
use super::fallback::Variable;
use super::freshness::PER_BLOCK;
use super::host::AskedSecondFactor;
use super::log::{self, Log};
use super::mailbox::{Letter, Mailbox};
use super::options::{NativeHttp, NativeOptions, NativeProvider, NativeStore};
use super::runtime;
use crate::clock::SystemClock;
use crate::flight::Landing;
use crate::manager::{Account, Demand, Fallback, Look, Manager, Outcome, Parts, SecondFactor, Shared, Spawn};
use crate::random::SystemRng;
use crate::transport::http::Unusable;

/// Finds out whether the `tls` and `proxy` options can be used: the option's name and the reason, or nothing.
#[napi(catch_unwind)]
pub fn check_http(http: NativeHttp) -> Option<Vec<String>> {
    let Unusable(option, why) = http.options().check().err()?;
    Some(vec![option.to_owned(), why])
}

/// One account.
#[napi]
pub struct NativeManager {
    manager: Manager,
    id: u32,
    cell: u32,
    lane: Lane,
    mailbox: Arc<Mailbox>,
    dropped: Arc<AtomicU32>,
    second_factor: Arc<AskedSecondFactor>,
    fallback: Option<Arc<Variable>>,
}

#[napi]
impl NativeManager {
    #[napi(constructor, catch_unwind)]
    pub fn new(environment: Reference<NativeEnvironment>, mut options: NativeOptions) -> Result<Self> {
        let mailbox = Arc::clone(&environment.mailbox);
        let (id, cell) = environment.next_manager();
        let cell_index = cell.index() as u32;
        let dropped = Arc::new(AtomicU32::new(0));
        let log = || Log { manager: id, mailbox: Arc::clone(&mailbox), dropped: Arc::clone(&dropped) };
        let lane = Lane { log: options.has_logger.then(|| Arc::new(log())) };
        let second_factor = Arc::new(AskedSecondFactor::new(id, Arc::clone(&environment.host)));
        let fallback = options.fallback_env.take().map(|name| Arc::new(Variable::named(name)));
        let policy = options.policy();
        let account = account(options.provider, &second_factor)?;
        let parts = Parts {
            transport: environment.host.transport(id, options.http, options.has_fetch),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            store: options.store.map(NativeStore::store).transpose()?,
            fallback: fallback.clone().map(|variable| variable as Arc<dyn Fallback>),
            spawn: Arc::new(lane.clone()),
            turns: None,
            tally: None,
            policy,
        };
        let manager = Manager::new(parts, Shared::of(account), Arc::new(cell));
        Ok(Self { manager, id, cell: cell_index, lane, mailbox, dropped, second_factor, fallback })
    }

    /// By which number letters name this manager, and where its cell lies.
    #[napi(catch_unwind)]
    pub fn place(&self) -> NativePlace {
        let per_block = PER_BLOCK as u32;
        NativePlace { manager: self.id, block: self.cell / per_block, slot: self.cell % per_block }
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    #[napi(catch_unwind)]
    pub fn look(&self, known: i32) -> NativeLook {
        let Look { generation, token, fresh_for } = self.manager.look();
        let news = i64::from(generation) != i64::from(known);
        let token = token.filter(|_| news).map(|token| token.expose_secret().to_owned());
        NativeLook { generation, fresh_for_ms: millis(fresh_for), token }
    }

    /// Joins or starts a flight; a letter tells how it ended. True: it has brought a token already. `fallback` is what the variable with the last tokens holds now:
    /// the environment is JavaScript's to read, which may be changing it.
    #[napi(catch_unwind)]
    pub fn renew(&self, operation: u32, demand: NativeDemand, fallback: Option<String>) -> bool {
        if let Some(variable) = &self.fallback {
            variable.set(fallback);
        }
        let begin = || {
            let mut flight = Box::pin(self.manager.renew(demand.into()));
            // A session that lay in the store needs nobody else's thread to be handed over.
            let landed = flight.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (flight, landed)
        };
        let (flight, landed) = match &self.lane.log {
            Some(log) => log::within(log, begin),
            None => begin(),
        };
        match landed {
            Poll::Ready(outcome) => {
                let brought = outcome.result.is_ok();
                self.report(operation).file(Settled::of_flight(operation, outcome));
                brought
            }
            Poll::Pending => {
                self.run(operation, async move { Settled::of_flight(operation, flight.await) });
                false
            }
        }
    }

    /// Forgets the token in memory if it is this one, or whichever it is.
    #[napi(catch_unwind)]
    pub fn invalidate(&self, token: Option<String>) -> bool {
        self.manager.invalidate(token.as_deref())
    }

    /// Forgets it in the store; a letter tells when that is done.
    #[napi(catch_unwind)]
    pub fn invalidate_stored(&self, operation: u32, token: Option<String>) {
        let forgetting = self.manager.invalidate_stored(token.map(SecretString::from));
        self.run(operation, async move {
            let renewed = forgetting.await;
            Settled { renewed, ..Settled::of(operation, None) }
        });
    }

    /// Other credentials from now on; a letter tells when the old session is forgotten.
    #[napi(catch_unwind)]
    pub fn replace_provider(&self, operation: u32, provider: NativeProvider) -> Result<()> {
        let account = account(provider, &self.second_factor)?;
        let manager = self.manager.clone();
        self.run(operation, async move {
            Settled::of(operation, manager.replace_provider(Shared::of(account)).await.err().as_ref())
        });
        Ok(())
    }

    /// Takes over what the store holds, whatever its age; a letter tells when.
    #[napi(catch_unwind)]
    pub fn restore(&self, operation: u32) {
        let manager = self.manager.clone();
        self.run(operation, async move { Settled::of(operation, manager.restore().await.err().as_ref()) });
    }

    /// Takes tokens that somebody else got; a letter tells whether they were any good.
    #[napi(catch_unwind)]
    pub fn import_tokens(&self, operation: u32, text: String) {
        let manager = self.manager.clone();
        let text = SecretString::from(text);
        self.run(operation, async move { Settled::of(operation, manager.import(text).await.err().as_ref()) });
    }

    /// The session as a text that can be imported; a letter brings it.
    #[napi(catch_unwind)]
    pub fn export_tokens(&self, operation: u32) {
        let manager = self.manager.clone();
        self.run(operation, async move { Settled::with_text(operation, manager.export().await) });
    }

    /// Revokes and forgets; a letter tells how it ended.
    #[napi(catch_unwind)]
    pub fn logout(&self, operation: u32) {
        let manager = self.manager.clone();
        self.run(operation, async move { Settled::of(operation, manager.logout().await.err().as_ref()) });
    }

    /// Ends the account here; a letter tells when what was under way has landed.
    #[napi(catch_unwind)]
    pub fn close(&self, operation: u32) {
        let closing = self.manager.close();
        self.run(operation, async move {
            closing.await;
            Settled::of(operation, None)
        });
    }

    /// How the account is doing.
    #[napi(catch_unwind)]
    pub fn status(&self) -> NativeStatus {
        self.manager.status().into()
    }
}

/// What a caller wants of a renewal.
#[napi(string_enum = "camelCase")]
pub enum NativeDemand {
    Fresh,
    Renewed,
    LoggedIn,
}

impl From<NativeDemand> for Demand {
    fn from(demand: NativeDemand) -> Self {
        match demand {
            NativeDemand::Fresh => Demand::Fresh,
            NativeDemand::Renewed => Demand::Renewed,
            NativeDemand::LoggedIn => Demand::LoggedIn,
        }
    }
}

fn account(provider: NativeProvider, second_factor: &Arc<AskedSecondFactor>) -> Result<Account> {
    let second_factor = provider.has_totp().then(|| Arc::clone(second_factor) as Arc<dyn SecondFactor>);
    let provider = provider.provider().ok_or_else(|| Error::from_reason("no provider of a known kind"))?;
    Ok(Account { provider, second_factor })
}

impl NativeManager {
    fn report(&self, operation: u32) -> Report {
        Report {
            manager: self.id,
            mailbox: Arc::clone(&self.mailbox),
            dropped: Arc::clone(&self.dropped),
            settled: Some(Settled::of_flight(operation, Outcome::lost())),
        }
    }

    fn run(&self, operation: u32, work: impl Future<Output = Settled> + Send + 'static) {
        let report = self.report(operation);
        self.lane.spawn(Box::pin(async move {
            let settled = work.await;
            report.file(settled);
        }));
    }
}

/// Posts the end of an operation when it is dropped: also when its task never ran, or died.
struct Report {
    manager: u32,
    mailbox: Arc<Mailbox>,
    dropped: Arc<AtomicU32>,
    settled: Option<Settled>,
}

impl Report {
    fn file(mut self, settled: Settled) {
        self.settled = Some(settled);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(settled) = self.settled.take() {
            let dropped_lines = self.dropped.swap(0, Ordering::Relaxed);
            self.mailbox.post(self.manager, Letter::Settled(Settled { dropped_lines, ..settled }));
        }
    }
}

/// Our thread, with the log of one manager around whatever runs there.
#[derive(Clone)]
struct Lane {
    log: Option<Arc<Log>>,
}

impl Spawn for Lane {
    fn spawn(&self, task: Boxed<()>) {
        runtime::spawn(match &self.log {
            Some(log) => log::around(task, Arc::clone(log)),
            None => task,
        });
    }
}
