use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::Unusable;
use crate::telemetry::TARGET;

/// Where trust starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's roots, as compiled in.
    #[default]
    Bundled,
    /// The operating system's.
    System,
}

/// Whom to trust over https, and who we are.
#[derive(Clone, Default)]
pub struct Trust {
    /// Authorities besides the roots: PEM or DER.
    pub ca: Vec<Vec<u8>>,
    /// NODE_EXTRA_CA_CERTS: a file of PEM certificates, read when it is needed. As in Node, one that cannot be read is a
    /// warning and no more.
    pub extra_ca_file: Option<PathBuf>,
    /// A client certificate and its key, PEM.
    pub identity: Option<(String, SecretString)>,
    /// The roots.
    pub roots: Roots,
}

impl Trust {
    /// Is there anything of the user's that may be wrong?
    pub(super) fn is_configured(&self) -> bool {
        !self.ca.is_empty() || self.identity.is_some()
    }

    pub(super) fn client_config(&self) -> Result<ClientConfig, Unusable> {
        let mut roots = self.roots();
        for authority in &self.ca {
            let unusable = |why: String| Unusable("tls.ca", why);
            for certificate in certificates(authority).map_err(unusable)? {
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
        }
        self.add_extra_file(&mut roots);
        let config = builder().with_root_certificates(roots);
        let Some((cert, key)) = &self.identity else { return Ok(config.with_no_client_auth()) };
        let chain = certificates(cert.as_bytes()).map_err(|why| Unusable("tls.cert", why))?;
        // The parser's own words are not passed on here: this input is a private key.
        let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
            .map_err(|_| Unusable("tls.key", "this is no private key in PEM form".to_owned()))?;
        config.with_client_auth_cert(chain, key).map_err(|error| Unusable("tls.cert", error.to_string()))
    }

    fn roots(&self) -> RootCertStore {
        match self.roots {
            Roots::Bundled => webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
            Roots::System => {
                let found = rustls_native_certs::load_native_certs();
                for error in &found.errors {
                    warn!(target: TARGET, "a certificate of the system's cannot be read: {error}");
                }
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(found.certs);
                roots
            }
        }
    }

    fn add_extra_file(&self, roots: &mut RootCertStore) {
        let Some(path) = &self.extra_ca_file else { return };
        let read = std::fs::read(path).map_err(|error| error.to_string()).and_then(|pem| certificates(&pem));
        match read {
            Ok(certificates) => {
                roots.add_parsable_certificates(certificates);
            }
            Err(why) => warn!(target: TARGET, "NODE_EXTRA_CA_CERTS ({}) is ignored: {why}", path.display()),
        }
    }
}

/// PEM, one or more, or else a single DER.
fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    if !bytes.starts_with(b"-----") && !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err("there is no certificate in it".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("this is no certificate in PEM form: {error}")),
    }
}

/// For plain http: reqwest wants a configuration, and the cheapest is one that trusts nobody.
pub(super) fn without_roots() -> ClientConfig {
    builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the protocol versions that rustls enables by default")
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("ca", &self.ca.len())
            .field("extra_ca_file", &self.extra_ca_file)
            .field("identity", &self.identity.as_ref().map(|_| "[redacted]"))
            .field("roots", &self.roots)
            .finish()
    }
}
