//! One account's manager, as Node holds it.

use napi::Result;
use napi::bindgen_prelude::Reference;
use napi_derive::napi;

use super::environment::NativeEnvironment;
use super::refused;
use crate::face::answers::{NativeDeparture, NativeLook, NativePlace, NativeScoped, NativeWhose};
use crate::face::manager::{HeldManager, NativeDemand};
use crate::face::options::{NativeOptions, NativePatience};
use crate::face::providers::NativeProvider;
use crate::face::reports::NativeStatus;

/// One account.
#[napi]
pub struct NativeManager {
    pub(super) held: HeldManager,
}

#[napi]
impl NativeManager {
    #[napi(constructor, catch_unwind)]
    pub fn new(
        environment: Reference<NativeEnvironment>,
        options: NativeOptions,
        provider: NativeProvider,
    ) -> Result<Self> {
        let held = HeldManager::new(&environment.thread, options, provider).map_err(refused)?;
        Ok(Self { held })
    }

    /// By which number letters name this manager, and where its cell lies.
    #[napi(catch_unwind)]
    pub fn place(&self) -> Result<NativePlace> {
        self.held.place().map_err(refused)
    }

    /// Whose tokens they are, as a person would say it.
    #[napi(catch_unwind)]
    pub fn account(&self) -> Result<String> {
        self.held.account().map_err(refused)
    }

    /// Whose tokens they are, and from where, in the words of the log.
    #[napi(catch_unwind)]
    pub fn whose(&self) -> Result<NativeWhose> {
        self.held.whose().map_err(refused)
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    #[napi(catch_unwind)]
    pub fn look(&self, known: i32) -> Result<NativeLook> {
        self.held.look(known).map_err(refused)
    }

    /// Joins or starts a flight; a letter tells how it ended.
    ///
    /// `fallback` is what the variable with the last tokens holds now:
    /// the environment is JavaScript's to read, which may be changing it.
    #[napi(catch_unwind)]
    pub fn renew(&self, operation: u32, demand: NativeDemand, fallback: Option<String>) -> Result<NativeDeparture> {
        self.held.renew(operation, demand, fallback).map_err(refused)
    }

    /// Forgets the token in memory if it is this one, or whichever it is.
    #[napi(catch_unwind)]
    pub fn invalidate(&self, token: Option<String>) -> Result<bool> {
        self.held.invalidate(token).map_err(refused)
    }

    /// Forgets it in the store; a letter tells when that is done.
    #[napi(catch_unwind)]
    pub fn invalidate_stored(&self, operation: u32, token: Option<String>) -> Result<()> {
        self.held.invalidate_stored(operation, token).map_err(refused)
    }

    /// Other credentials from now on; a letter tells when the old session is forgotten.
    #[napi(catch_unwind)]
    pub fn replace_provider(&self, operation: u32, provider: NativeProvider, patience: NativePatience) -> Result<()> {
        self.held.replace_provider(operation, provider, patience).map_err(refused)
    }

    /// The token of a narrower audience that the session has; whether a renewal a moment ago did not bring it.
    #[napi(catch_unwind)]
    pub fn scoped(&self, scope: String) -> Result<NativeScoped> {
        self.held.scoped(scope).map_err(refused)
    }

    /// A renewal did not bring it, which is remembered for a while.
    #[napi(catch_unwind)]
    pub fn refuse_scope(&self, scope: String) -> Result<NativeScoped> {
        self.held.refuse_scope(scope).map_err(refused)
    }

    /// Lets go of the session and of everything else. For whoever has nothing under way here and will not ask again.
    #[napi(catch_unwind)]
    pub fn let_go(&self) {
        self.held.let_go();
    }

    /// Takes over what the store holds, whatever its age; a letter tells when.
    #[napi(catch_unwind)]
    pub fn restore(&self, operation: u32) -> Result<()> {
        self.held.restore(operation).map_err(refused)
    }

    /// Takes tokens that somebody else got; a letter tells whether they were any good.
    #[napi(catch_unwind)]
    pub fn import_tokens(&self, operation: u32, text: String) -> Result<()> {
        self.held.import_tokens(operation, text).map_err(refused)
    }

    /// The session as a text that can be imported; a letter brings it.
    #[napi(catch_unwind)]
    pub fn export_tokens(&self, operation: u32) -> Result<()> {
        self.held.export_tokens(operation).map_err(refused)
    }

    /// Revokes and forgets; a letter tells how it ended.
    #[napi(catch_unwind)]
    pub fn logout(&self, operation: u32) -> Result<()> {
        self.held.logout(operation).map_err(refused)
    }

    /// Ends the account here; a letter tells when what was under way has landed.
    #[napi(catch_unwind)]
    pub fn close(&self, operation: u32) -> Result<()> {
        self.held.close(operation).map_err(refused)
    }

    /// How the account is doing.
    #[napi(catch_unwind)]
    pub fn status(&self) -> Result<NativeStatus> {
        self.held.status().map_err(refused)
    }
}
