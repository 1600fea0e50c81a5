//! The shapes that come in from JavaScript. `lib/` validates what a user wrote; these are what is left of it.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "binding")]
use napi::bindgen_prelude::Uint8Array;
#[cfg(feature = "binding")]
use napi_derive::napi;
use sha2::{Digest, Sha256};

use super::Refused;
use super::host::{Host, HostShelf};
use super::machine;
use crate::identity::hex;
use crate::policy::{Background, Borders, CoolDown, Limits, Margin, Policy, Retry, Storm};
use crate::store::Store;
use crate::store::keyed::KeyedStore;
use crate::store::sealed::EncryptionKey;

/// It crosses as a list of numbers.
#[cfg(not(feature = "binding"))]
type Uint8Array = Vec<u8>;

/// Everything a manager is made of. Times are milliseconds.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeOptions {
    /// Absent for the memory alone.
    pub store: Option<NativeStore>,
    /// The name of the variable with tokens of last resort.
    pub fallback_env: Option<String>,
    pub has_logger: bool,
    /// Absent for one that suits each token's lifetime.
    pub margin_ms: Option<f64>,
    /// Is the session renewed ahead of time, whether anybody asks or not?
    pub background: bool,
    pub ttl_ms: Option<f64>,
    pub timeout_ms: f64,
    pub deadline_ms: f64,
    pub serve_stale: bool,
    pub attempts: u32,
    pub base_delay_ms: f64,
    pub max_delay_ms: f64,
    /// Are failures remembered?
    pub cools_down: bool,
    pub http: NativeHttp,
    /// Do requests go through the user's own fetch?
    pub has_fetch: bool,
}

/// How patient a manager is, where that depends on its provider. Times are milliseconds.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativePatience {
    pub timeout_ms: f64,
    pub deadline_ms: f64,
    pub attempts: u32,
}

impl NativePatience {
    pub(crate) fn applied(&self, policy: &Policy) -> Policy {
        Policy {
            attempt: duration(self.timeout_ms),
            deadline: duration(self.deadline_ms),
            retry: Retry { attempts: self.attempts, ..policy.retry.clone() },
            ..policy.clone()
        }
    }
}

/// Where sessions outlive the process: in a folder, in one file, or on a shelf of the user's own.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeStore {
    pub dir: Option<String>,
    pub file: Option<String>,
    pub shelf: Option<NativeShelf>,
    /// 32 bytes.
    pub encryption_key: Option<Uint8Array>,
}

/// Callbacks that keep texts.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeShelf {
    /// By which number questions name them.
    pub callbacks: u32,
    pub has_lock: bool,
    /// What people call the store.
    pub name: String,
    /// 32 bytes each. The first seals, all open; none for plain text.
    pub encryption_keys: Vec<Uint8Array>,
}

/// How to reach the server.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
#[cfg_attr(not(feature = "binding"), expect(dead_code, reason = "where there are no sockets"))]
pub struct NativeHttp {
    pub ca: Option<Vec<Uint8Array>>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub system_roots: bool,
    pub extra_ca_file: Option<String>,
    pub proxy: Option<String>,
    pub proxy_for_http: Option<String>,
    pub proxy_for_https: Option<String>,
    pub no_proxy: Option<String>,
}

impl NativeOptions {
    /// By what sessions of one identity are told apart: where they are kept, the lifetime that is forced on their tokens, and
    /// who tides them over.
    pub(crate) fn context(&self) -> String {
        let place = self.store.as_ref().map(|store| {
            let key = store.encryption_key.as_deref().map(|key| hex(&Sha256::digest(key)));
            (&store.dir, &store.file, store.shelf.as_ref().map(|shelf| shelf.callbacks), key)
        });
        format!("{place:?} ttl={:?} fallback={:?}", self.ttl_ms.map(f64::to_bits), self.fallback_env)
    }

    /// Do callbacks of its own thread take part in every renewal?
    pub(crate) fn is_bound(&self) -> bool {
        self.has_fetch || self.store.as_ref().is_some_and(|store| store.shelf.is_some())
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            margin: self.margin_ms.map_or(Margin::Auto, |margin| Margin::Fixed(duration(margin))),
            borders: Borders::default(),
            background: self.background.then(Background::default),
            ttl: self.ttl_ms.map(duration),
            attempt: duration(self.timeout_ms),
            deadline: duration(self.deadline_ms),
            serve_stale: self.serve_stale,
            retry: Retry {
                attempts: self.attempts,
                base: duration(self.base_delay_ms),
                longest: duration(self.max_delay_ms),
            },
            cool_down: self.cools_down.then(CoolDown::default),
            fuse: Storm::default(),
            limits: Limits::default(),
        }
    }
}

impl NativeStore {
    /// Fails where it names no place, and where a key is none: without it the sessions would lie there in plain text.
    pub(crate) fn store(self, host: &Arc<Host>) -> Result<Arc<dyn Store>, Refused> {
        if let Some(NativeShelf { callbacks, has_lock, name, encryption_keys }) = self.shelf {
            let shelf = Arc::new(HostShelf::new(callbacks, has_lock, Arc::clone(host)));
            let keys = encryption_keys.iter().map(encryption_key).collect::<Result<Vec<_>, Refused>>()?;
            return Ok(Arc::new(KeyedStore::new(name, shelf, keys, machine::clock(), machine::rng())));
        }
        let key = self.encryption_key.as_ref().map(encryption_key).transpose()?;
        machine::file_store(self.file, self.dir, key)
    }
}

fn encryption_key(bytes: &Uint8Array) -> Result<EncryptionKey, Refused> {
    let bytes = <[u8; 32]>::try_from(&bytes[..]);
    bytes.map(EncryptionKey::new).map_err(|_| Refused::because("an encryption key that is not 32 bytes long"))
}

/// `lib/` refuses what is not finite or negative; a number that is too large is as good as for ever.
fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::from_secs(u64::from(u32::MAX)))
}
