use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::Unusable;
use super::own_certificate::OwnCertificate;
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
        let mut named = Vec::new();
        for authority in &self.ca {
            let unusable = |why: String| Unusable("tls.ca", why);
            for certificate in certificates(authority).map_err(unusable)? {
                roots.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
                named.push(certificate);
            }
        }
        let extra = self.extra();
        roots.add_parsable_certificates(extra.iter().cloned());
        named.extend(extra);
        let config = if named.is_empty() {
            builder().with_root_certificates(roots)
        } else {
            let algorithms = ring::default_provider().signature_verification_algorithms;
            let verifier = OwnCertificate { roots, named, algorithms };
            builder().dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        };
        let Some((cert, key)) = &self.identity else { return Ok(config.with_no_client_auth()) };
        let chain = certificates(cert.as_bytes()).map_err(|why| Unusable("tls.cert", why))?;
        // The parsers' own words are not passed on here: this input is a private key.
        let unusable = || Unusable("tls.key", "this is no private key in PEM form".to_owned());
        let key = sections(key.expose_secret().as_bytes())
            .find_map(|section| section.ok().and_then(|(kind, der)| PrivateKeyDer::from_pem(kind, der)))
            .ok_or_else(unusable)?;
        ring::sign::any_supported_type(&key).map_err(|_| unusable())?;
        config.with_client_auth_cert(chain, key).map_err(|error| Unusable("tls.cert", error.to_string()))
    }

    fn roots(&self) -> RootCertStore {
        match self.roots {
            Roots::Bundled => webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
            Roots::System => {
                let found = rustls_native_certs::load_native_certs();
                for error in &found.errors {
                    warn!(name: TARGET, target: TARGET, "a certificate of the system's cannot be read: {error}");
                }
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(found.certs);
                roots
            }
        }
    }

    fn extra(&self) -> Vec<CertificateDer<'static>> {
        let Some(path) = &self.extra_ca_file else { return Vec::new() };
        let read = std::fs::read(path).map_err(|error| error.to_string()).and_then(|pem| certificates(&pem));
        read.unwrap_or_else(|why| {
            warn!(name: TARGET, target: TARGET, "NODE_EXTRA_CA_CERTS ({}) is ignored: {why}", path.display());
            Vec::new()
        })
    }
}

/// PEM, one or more, or else a single DER.
fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    if !bytes.starts_with(b"-----") && !bytes.windows(11).any(|window| window == b"-----BEGIN ") {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let mut certificates = Vec::new();
    for section in sections(bytes) {
        let (kind, der) = section.map_err(|error| format!("this is no certificate in PEM form: {error}"))?;
        certificates.extend(CertificateDer::from_pem(kind, der));
    }
    if certificates.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(certificates) }
}

/// One reading of PEM for certificates and keys alike.
fn sections(pem: &[u8]) -> impl Iterator<Item = Result<(SectionKind, Vec<u8>), pem::Error>> {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(pem)
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
