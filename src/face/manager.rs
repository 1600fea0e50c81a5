//! One account's manager, as JavaScript holds it, whatever the class is made of.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

#[cfg(feature = "binding")]
use napi_derive::napi;
use parking_lot::Mutex;
use secrecy::SecretString;

use super::Refused;
use super::answers::{NativeDeparture, NativeLook, NativePlace, NativeScoped, NativeWhose, Settled};
use super::desk::Desk;
use super::equipment::Equipment;
use super::log;
use super::mailbox::Letter;
use super::options::{NativeOptions, NativePatience};
use super::providers::NativeProvider;
use super::reports::NativeStatus;
use super::thread::Thread;
use crate::freshness::PER_BLOCK;
use crate::manager::{Demand, Other, Parts, Scoped, Shared};
use crate::store::memory::Freshness;

/// One account.
pub(crate) struct HeldManager {
    /// Until its owner lets go. Then it may get another one.
    desk: Mutex<Option<Arc<Desk>>>,
}

impl HeldManager {
    pub(crate) fn new(thread: &Thread, options: NativeOptions, provider: NativeProvider) -> Result<Self, Refused> {
        let has_totp = provider.has_totp();
        let equipment = Equipment::of(options, &thread.host)?;
        let shared = equipment.session(provider)?;
        let one = Self::of(thread, &equipment, shared, has_totp, |parts, watch| (parts, watch));
        // JavaScript starts it, who has the callbacks and the listeners, and who knows what the process has to stay alive for.
        let desk = one.desk()?;
        let (id, mailbox) = (desk.id, Arc::clone(&desk.mailbox));
        desk.manager.tend(move |_| mailbox.post(id, Letter::Due(Vec::new())));
        Ok(one)
    }

    /// By which number letters name this manager, and where its cell lies.
    pub(crate) fn place(&self) -> Result<NativePlace, Refused> {
        let (desk, per_block) = (self.desk()?, PER_BLOCK as u32);
        Ok(NativePlace { manager: desk.id, block: desk.cell / per_block, slot: desk.cell % per_block })
    }

    /// Whose tokens they are, as a person would say it.
    pub(crate) fn account(&self) -> Result<String, Refused> {
        Ok(self.desk()?.manager.account())
    }

    /// Whose tokens they are, and from where, in the words of the log.
    pub(crate) fn whose(&self) -> Result<NativeWhose, Refused> {
        let manager = &self.desk()?.manager;
        Ok(NativeWhose { account: manager.account(), host: manager.host(), provider: manager.kind() })
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    pub(crate) fn look(&self, known: i32) -> Result<NativeLook, Refused> {
        Ok(NativeLook::unless_known(self.desk()?.manager.look(), known))
    }

    /// Joins or starts a flight; a letter tells how it ended.
    ///
    /// `fallback` is what the variable with the last tokens holds now:
    /// the environment is JavaScript's to read, which may be changing it.
    pub(crate) fn renew(
        &self,
        operation: u32,
        demand: NativeDemand,
        fallback: Option<String>,
    ) -> Result<NativeDeparture, Refused> {
        let desk = self.desk()?;
        if let Some(variable) = &desk.fallback {
            variable.set(fallback);
        }
        let begin = || {
            let (cause, flight) = desk.manager.set_out(demand.into());
            let mut flight = Box::pin(flight);
            // A session that lay in the store needs nobody else's thread to be handed over.
            let landed = flight.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (flight, landed, cause)
        };
        let (flight, landed, cause) = match &desk.lane.log {
            Some(log) => log::within(log, begin),
            None => begin(),
        };
        let brought = match landed {
            Poll::Ready(outcome) => {
                let brought = outcome.result.is_ok();
                desk.report(operation).file(Settled::of_flight(operation, outcome));
                brought
            }
            Poll::Pending => {
                desk.run(operation, async move { Settled::of_flight(operation, flight.await) });
                false
            }
        };
        Ok(NativeDeparture { brought, cause: cause.map(|cause| cause.as_str().to_owned()) })
    }

    /// Forgets the token in memory if it is this one, or whichever it is.
    pub(crate) fn invalidate(&self, token: Option<String>) -> Result<bool, Refused> {
        Ok(self.desk()?.manager.invalidate(token.as_deref()))
    }

    /// Forgets it in the store; a letter tells when that is done.
    pub(crate) fn invalidate_stored(&self, operation: u32, token: Option<String>) -> Result<(), Refused> {
        let desk = self.desk()?;
        let forgetting = desk.manager.invalidate_stored(token.map(SecretString::from));
        desk.run(operation, async move {
            let renewed = forgetting.await;
            Settled { renewed, ..Settled::of(operation, None) }
        });
        Ok(())
    }

    /// Other credentials from now on; a letter tells when the old session is forgotten.
    pub(crate) fn replace_provider(
        &self,
        operation: u32,
        provider: NativeProvider,
        patience: NativePatience,
    ) -> Result<(), Refused> {
        let desk = self.desk()?;
        let second_factor = desk.second_factor(provider.has_totp());
        let other =
            Other { shared: desk.sessions.session(provider)?, second_factor, policy: patience.applied(&desk.policy) };
        let manager = desk.manager.clone();
        desk.run(
            operation,
            async move { Settled::of(operation, manager.replace_provider(other).await.err().as_ref()) },
        );
        Ok(())
    }

    /// The token of a narrower audience that the session has; whether a renewal a moment ago did not bring it.
    pub(crate) fn scoped(&self, scope: String) -> Result<NativeScoped, Refused> {
        Ok(match self.desk()?.manager.scoped(&scope) {
            Scoped::Granted(token) => NativeScoped::granted(&token),
            Scoped::Refused(failure) => NativeScoped::refused(&failure),
            Scoped::Unknown => NativeScoped::default(),
        })
    }

    /// A renewal did not bring it, which is remembered for a while.
    pub(crate) fn refuse_scope(&self, scope: String) -> Result<NativeScoped, Refused> {
        Ok(NativeScoped::refused(&self.desk()?.manager.refuse_scope(&scope)))
    }

    /// Lets go of the session and of everything else. For whoever has nothing under way here and will not ask again.
    pub(crate) fn let_go(&self) {
        if let Some(desk) = self.desk.lock().take() {
            drop(desk.manager.close());
        }
    }

    /// Takes over what the store holds, whatever its age; a letter tells when.
    pub(crate) fn restore(&self, operation: u32) -> Result<(), Refused> {
        let desk = self.desk()?;
        let manager = desk.manager.clone();
        desk.run(operation, async move { Settled::of(operation, manager.restore().await.err().as_ref()) });
        Ok(())
    }

    /// Takes tokens that somebody else got; a letter tells whether they were any good.
    pub(crate) fn import_tokens(&self, operation: u32, text: String) -> Result<(), Refused> {
        let desk = self.desk()?;
        let manager = desk.manager.clone();
        let text = SecretString::from(text);
        desk.run(operation, async move { Settled::of(operation, manager.import(text).await.err().as_ref()) });
        Ok(())
    }

    /// The session as a text that can be imported; a letter brings it.
    pub(crate) fn export_tokens(&self, operation: u32) -> Result<(), Refused> {
        let desk = self.desk()?;
        let manager = desk.manager.clone();
        desk.run(operation, async move { Settled::with_text(operation, manager.export().await) });
        Ok(())
    }

    /// Revokes and forgets; a letter tells how it ended.
    pub(crate) fn logout(&self, operation: u32) -> Result<(), Refused> {
        let desk = self.desk()?;
        let manager = desk.manager.clone();
        desk.run(operation, async move { Settled::of(operation, manager.logout().await.err().as_ref()) });
        Ok(())
    }

    /// Ends the account here; a letter tells when what was under way has landed.
    pub(crate) fn close(&self, operation: u32) -> Result<(), Refused> {
        let desk = self.desk()?;
        let closing = desk.manager.close();
        desk.run(operation, async move {
            closing.await;
            Settled::of(operation, None)
        });
        Ok(())
    }

    /// How the account is doing.
    pub(crate) fn status(&self) -> Result<NativeStatus, Refused> {
        Ok(self.desk()?.manager.status().into())
    }
}

/// What a caller wants of a renewal.
#[cfg_attr(feature = "binding", napi(string_enum = "camelCase"))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum NativeDemand {
    Fresh,
    Ahead,
    Renewed,
    LoggedIn,
}

impl From<NativeDemand> for Demand {
    fn from(demand: NativeDemand) -> Self {
        match demand {
            NativeDemand::Fresh => Demand::Fresh,
            NativeDemand::Ahead => Demand::Ahead,
            NativeDemand::Renewed => Demand::Renewed,
            NativeDemand::LoggedIn => Demand::LoggedIn,
        }
    }
}

impl HeldManager {
    /// A manager at `shared`, with parts and a watch on its session that `tune` may have changed.
    pub(super) fn of(
        thread: &Thread,
        equipment: &Equipment,
        shared: Arc<Shared>,
        has_totp: bool,
        tune: impl FnOnce(Parts, Arc<dyn Freshness>) -> (Parts, Arc<dyn Freshness>),
    ) -> Self {
        Self::at(Desk::of(thread, equipment, shared, has_totp, tune))
    }

    pub(super) fn at(desk: Desk) -> Self {
        Self { desk: Mutex::new(Some(Arc::new(desk))) }
    }

    /// Works at `desk` from now on, in the place of one that was let go of.
    pub(super) fn sit(&self, desk: Desk) {
        *self.desk.lock() = Some(Arc::new(desk));
    }

    fn desk(&self) -> Result<Arc<Desk>, Refused> {
        self.desk.lock().clone().ok_or_else(|| Refused::because("this manager was let go of"))
    }
}
