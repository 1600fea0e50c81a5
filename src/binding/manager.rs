//! One account's manager, as JavaScript holds it.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::task::{Context, Poll, Waker};

use napi::Result;
use napi::bindgen_prelude::Reference;
use napi_derive::napi;
use secrecy::SecretString;

use super::answers::{NativeDeparture, NativeLook, NativePlace, NativeScoped, NativeStatus, NativeWhose, Settled};
use super::environment::NativeEnvironment;
use super::equipment::{Equipment, Sessions};
use super::fallback::Variable;
use super::freshness::PER_BLOCK;
use super::host::{AskedSecondFactor, Host};
use super::lane::{Lane, Report};
use super::log::{self, Log};
use super::mailbox::Mailbox;
use super::options::{NativeHttp, NativeOptions, NativePatience, NativeProvider};
use crate::clock::SystemClock;
use crate::manager::{Demand, Fallback, Manager, Other, Parts, Scoped, SecondFactor, Shared, Spawn};
use crate::policy::Policy;
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
    host: Arc<Host>,
    dropped: Arc<AtomicU32>,
    fallback: Option<Arc<Variable>>,
    sessions: Sessions,
    policy: Policy,
}

#[napi]
impl NativeManager {
    #[napi(constructor, catch_unwind)]
    pub fn new(
        environment: Reference<NativeEnvironment>,
        options: NativeOptions,
        provider: NativeProvider,
    ) -> Result<Self> {
        let has_totp = provider.has_totp();
        let equipment = Equipment::of(options, &environment.host)?;
        let shared = equipment.session(provider)?;
        Ok(Self::of(&environment, &equipment, shared, has_totp, |parts| parts))
    }

    /// By which number letters name this manager, and where its cell lies.
    #[napi(catch_unwind)]
    pub fn place(&self) -> NativePlace {
        let per_block = PER_BLOCK as u32;
        NativePlace { manager: self.id, block: self.cell / per_block, slot: self.cell % per_block }
    }

    /// Whose tokens they are, as a person would say it.
    #[napi(catch_unwind)]
    pub fn account(&self) -> String {
        self.manager.account()
    }

    /// Whose tokens they are, and from where, in the words of the log.
    #[napi(catch_unwind)]
    pub fn whose(&self) -> NativeWhose {
        let manager = &self.manager;
        NativeWhose { account: manager.account(), host: manager.host(), provider: manager.kind() }
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    #[napi(catch_unwind)]
    pub fn look(&self, known: i32) -> NativeLook {
        NativeLook::unless_known(self.manager.look(), known)
    }

    /// Joins or starts a flight; a letter tells how it ended.
    ///
    /// `fallback` is what the variable with the last tokens holds now:
    /// the environment is JavaScript's to read, which may be changing it.
    #[napi(catch_unwind)]
    pub fn renew(&self, operation: u32, demand: NativeDemand, fallback: Option<String>) -> NativeDeparture {
        if let Some(variable) = &self.fallback {
            variable.set(fallback);
        }
        let begin = || {
            let (cause, flight) = self.manager.set_out(demand.into());
            let mut flight = Box::pin(flight);
            // A session that lay in the store needs nobody else's thread to be handed over.
            let landed = flight.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (flight, landed, cause)
        };
        let (flight, landed, cause) = match &self.lane.log {
            Some(log) => log::within(log, begin),
            None => begin(),
        };
        let brought = match landed {
            Poll::Ready(outcome) => {
                let brought = outcome.result.is_ok();
                self.report(operation).file(Settled::of_flight(operation, outcome));
                brought
            }
            Poll::Pending => {
                self.run(operation, async move { Settled::of_flight(operation, flight.await) });
                false
            }
        };
        NativeDeparture { brought, cause: cause.map(|cause| cause.as_str().to_owned()) }
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
    pub fn replace_provider(&self, operation: u32, provider: NativeProvider, patience: NativePatience) -> Result<()> {
        let second_factor = self.second_factor(provider.has_totp());
        let other =
            Other { shared: self.sessions.session(provider)?, second_factor, policy: patience.applied(&self.policy) };
        let manager = self.manager.clone();
        self.run(
            operation,
            async move { Settled::of(operation, manager.replace_provider(other).await.err().as_ref()) },
        );
        Ok(())
    }

    /// The token of a narrower audience that the session has; whether a renewal a moment ago did not bring it.
    #[napi(catch_unwind)]
    pub fn scoped(&self, scope: String) -> NativeScoped {
        match self.manager.scoped(&scope) {
            Scoped::Granted(token) => NativeScoped::granted(&token),
            Scoped::Refused(failure) => NativeScoped::refused(&failure),
            Scoped::Unknown => NativeScoped::default(),
        }
    }

    /// A renewal did not bring it, which is remembered for a while.
    #[napi(catch_unwind)]
    pub fn refuse_scope(&self, scope: String) -> NativeScoped {
        NativeScoped::refused(&self.manager.refuse_scope(&scope))
    }

    /// Lets go of the session. For whoever has nothing under way here and will not ask again.
    #[napi(catch_unwind)]
    pub fn let_go(&self) {
        drop(self.manager.close());
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

impl NativeManager {
    /// A manager at `shared`, with parts that `tune` may have changed.
    pub(super) fn of(
        environment: &NativeEnvironment,
        equipment: &Equipment,
        shared: Arc<Shared>,
        has_totp: bool,
        tune: impl FnOnce(Parts) -> Parts,
    ) -> Self {
        let (mailbox, host) = (Arc::clone(&environment.mailbox), Arc::clone(&environment.host));
        let (id, cell) = environment.next_manager();
        let cell_index = cell.index() as u32;
        let dropped = Arc::new(AtomicU32::new(0));
        let log = || Log { manager: id, mailbox: Arc::clone(&mailbox), dropped: Arc::clone(&dropped) };
        let lane = Lane::with(equipment.has_logger.then(|| Arc::new(log())));
        let fallback = equipment.fallback.clone().map(|name| Arc::new(Variable::named(name)));
        let parts = tune(Parts {
            transport: equipment.transport(id, &host),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            store: equipment.store(),
            fallback: fallback.clone().map(|variable| variable as Arc<dyn Fallback>),
            spawn: Arc::new(lane.clone()),
            turns: None,
            tally: None,
            policy: equipment.policy.clone(),
        });
        let second_factor = second_factor(has_totp, id, &host);
        let manager = Manager::new(parts, shared, second_factor, Arc::new(cell));
        let (sessions, policy) = (equipment.sessions.clone(), equipment.policy.clone());
        Self { manager, id, cell: cell_index, lane, mailbox, host, dropped, fallback, sessions, policy }
    }

    fn second_factor(&self, has_totp: bool) -> Option<Arc<dyn SecondFactor>> {
        second_factor(has_totp, self.id, &self.host)
    }

    fn report(&self, operation: u32) -> Report {
        Report::on(self.id, operation, &self.mailbox, &self.dropped)
    }

    fn run(&self, operation: u32, work: impl Future<Output = Settled> + Send + 'static) {
        let report = self.report(operation);
        self.lane.spawn(Box::pin(async move {
            let settled = work.await;
            report.file(settled);
        }));
    }
}

fn second_factor(has_totp: bool, manager: u32, host: &Arc<Host>) -> Option<Arc<dyn SecondFactor>> {
    has_totp.then(|| Arc::new(AskedSecondFactor::new(manager, Arc::clone(host))) as Arc<dyn SecondFactor>)
}
