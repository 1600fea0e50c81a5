//! What the machine under Node has: clocks, randomness, a thread of our own, sockets and a disk.

use std::sync::Arc;

use futures_lite::future::Boxed;
use napi_derive::napi;
use secrecy::SecretString;

pub(crate) use super::pace::at_pace;
use super::runtime;
pub(crate) use super::time::clock;
use crate::face::Refused;
use crate::face::options::NativeHttp;
use crate::random::{Rng, SystemRng};
use crate::store::Store;
use crate::store::file::{FileStore, FileStorePlace};
use crate::store::sealed::EncryptionKey;
use crate::transport::Transport;
use crate::transport::http::{HttpOptions, HttpTransport, Proxying, Roots, Trust, Unusable};

pub(crate) fn rng() -> Arc<dyn Rng> {
    Arc::new(SystemRng)
}

pub(crate) fn spawn(task: Boxed<()>) {
    runtime::spawn(task);
}

/// Sockets of our own.
pub(crate) fn network(http: NativeHttp) -> Option<Arc<dyn Transport>> {
    Some(Arc::new(HttpTransport::new(options(http))))
}

/// One file, or a folder of them.
pub(crate) fn file_store(
    file: Option<String>,
    dir: Option<String>,
    key: Option<EncryptionKey>,
) -> Result<Arc<dyn Store>, Refused> {
    let place = match (file, dir) {
        (Some(file), _) => FileStorePlace::File(file.into()),
        (None, Some(dir)) => FileStorePlace::Dir(dir.into()),
        (None, None) => return Err(Refused::because("a file store without a place")),
    };
    Ok(Arc::new(FileStore::new(place, key, rng())))
}

/// Finds out whether the `tls` and `proxy` options can be used: the option's name and the reason, or nothing.
#[napi(catch_unwind)]
pub fn check_http(http: NativeHttp) -> Option<Vec<String>> {
    let Unusable(option, why) = options(http).check().err()?;
    Some(vec![option.to_owned(), why])
}

fn options(http: NativeHttp) -> HttpOptions {
    let proxy = match (http.proxy, http.proxy_for_http, http.proxy_for_https) {
        (Some(proxy), _, _) => Proxying::Through(proxy),
        (None, None, None) => Proxying::Direct,
        (None, to_http, to_https) => Proxying::ByEnvironment { http: to_http, https: to_https, except: http.no_proxy },
    };
    let trust = Trust {
        ca: http.ca.unwrap_or_default().iter().map(|ca| ca.to_vec()).collect(),
        extra_ca_file: http.extra_ca_file.map(Into::into),
        identity: http.cert.zip(http.key.map(SecretString::from)),
        roots: if http.system_roots { Roots::System } else { Roots::Bundled },
    };
    HttpOptions { trust, proxy }
}
