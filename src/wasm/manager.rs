//! One account's manager, as a host of WebAssembly holds it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::border::{read, refused, write};
use super::environment::thread;
use crate::face::manager::HeldManager;

/// One account.
#[wasm_bindgen]
pub struct NativeManager {
    pub(super) held: HeldManager,
}

#[wasm_bindgen]
impl NativeManager {
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, provider: &str) -> Result<NativeManager, JsValue> {
        let held = HeldManager::new(thread(), read(options)?, read(provider)?).map_err(refused)?;
        Ok(Self { held })
    }

    /// By which number letters name this manager, and where its cell lies.
    pub fn place(&self) -> Result<String, JsValue> {
        write(&self.held.place().map_err(refused)?)
    }

    /// Whose tokens they are, as a person would say it.
    pub fn account(&self) -> Result<String, JsValue> {
        self.held.account().map_err(refused)
    }

    /// Whose tokens they are, and from where, in the words of the log.
    pub fn whose(&self) -> Result<String, JsValue> {
        write(&self.held.whose().map_err(refused)?)
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    pub fn look(&self, known: i32) -> Result<String, JsValue> {
        write(&self.held.look(known).map_err(refused)?)
    }

    /// Joins or starts a flight; a letter tells how it ended.
    ///
    /// `fallback` is what the variable with the last tokens holds now:
    /// the environment is JavaScript's to read, which may be changing it.
    pub fn renew(&self, operation: u32, demand: &str, fallback: Option<String>) -> Result<String, JsValue> {
        write(&self.held.renew(operation, read(demand)?, fallback).map_err(refused)?)
    }

    /// Forgets the token in memory if it is this one, or whichever it is.
    pub fn invalidate(&self, token: Option<String>) -> Result<bool, JsValue> {
        self.held.invalidate(token).map_err(refused)
    }

    /// Forgets it in the store; a letter tells when that is done.
    #[wasm_bindgen(js_name = invalidateStored)]
    pub fn invalidate_stored(&self, operation: u32, token: Option<String>) -> Result<(), JsValue> {
        self.held.invalidate_stored(operation, token).map_err(refused)
    }

    /// Other credentials from now on; a letter tells when the old session is forgotten.
    #[wasm_bindgen(js_name = replaceProvider)]
    pub fn replace_provider(&self, operation: u32, provider: &str, patience: &str) -> Result<(), JsValue> {
        self.held.replace_provider(operation, read(provider)?, read(patience)?).map_err(refused)
    }

    /// The token of a narrower audience that the session has; whether a renewal a moment ago did not bring it.
    pub fn scoped(&self, scope: String) -> Result<String, JsValue> {
        write(&self.held.scoped(scope).map_err(refused)?)
    }

    /// A renewal did not bring it, which is remembered for a while.
    #[wasm_bindgen(js_name = refuseScope)]
    pub fn refuse_scope(&self, scope: String) -> Result<String, JsValue> {
        write(&self.held.refuse_scope(scope).map_err(refused)?)
    }

    /// Lets go of the session and of everything else. For whoever has nothing under way here and will not ask again.
    #[wasm_bindgen(js_name = letGo)]
    pub fn let_go(&self) {
        self.held.let_go();
    }

    /// Takes over what the store holds, whatever its age; a letter tells when.
    pub fn restore(&self, operation: u32) -> Result<(), JsValue> {
        self.held.restore(operation).map_err(refused)
    }

    /// Takes tokens that somebody else got; a letter tells whether they were any good.
    #[wasm_bindgen(js_name = importTokens)]
    pub fn import_tokens(&self, operation: u32, text: String) -> Result<(), JsValue> {
        self.held.import_tokens(operation, text).map_err(refused)
    }

    /// The session as a text that can be imported; a letter brings it.
    #[wasm_bindgen(js_name = exportTokens)]
    pub fn export_tokens(&self, operation: u32) -> Result<(), JsValue> {
        self.held.export_tokens(operation).map_err(refused)
    }

    /// Revokes and forgets; a letter tells how it ended.
    pub fn logout(&self, operation: u32) -> Result<(), JsValue> {
        self.held.logout(operation).map_err(refused)
    }

    /// Ends the account here; a letter tells when what was under way has landed.
    pub fn close(&self, operation: u32) -> Result<(), JsValue> {
        self.held.close(operation).map_err(refused)
    }

    /// How the account is doing.
    pub fn status(&self) -> Result<String, JsValue> {
        write(&self.held.status().map_err(refused)?)
    }
}
