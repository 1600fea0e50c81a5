//! The client, and how it says who it is (RFC 6749 §2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use secrecy::{ExposeSecret, SecretString};

use super::{ClientAuth, OAuth2Options};
use crate::provider::json_login::secrets_of_url;
use crate::transport::{Body, Request};

/// A shorter text is found in any sentence: cut out, it would make the message unreadable and hide nothing.
const SHORTEST: usize = 4;

pub(super) struct Client {
    id: String,
    /// For the body; with `basic`, the header says it.
    posted: Option<SecretString>,
    /// The value of the Authorization header.
    authorization: Option<SecretString>,
    /// What no message may show.
    secrets: Vec<SecretString>,
}

impl Client {
    pub(super) fn new(options: &OAuth2Options) -> Self {
        let OAuth2Options { client_id, client_secret, client_auth, .. } = options;
        let urls = [&options.token_url, &options.issuer, &options.revocation_url];
        let mut secrets: Vec<_> = urls.into_iter().flatten().flat_map(|url| secrets_of_url(url)).collect();
        secrets.extend(client_secret.clone());
        let authorization = client_secret.as_ref().filter(|_| *client_auth == ClientAuth::Basic).map(|secret| {
            // Encoded first, so that an id may have a colon.
            let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose_secret()));
            let credentials = STANDARD.encode(&pair);
            secrets.extend([SecretString::from(pair), SecretString::from(credentials.as_str())]);
            SecretString::from(format!("Basic {credentials}"))
        });
        secrets.retain(|secret| secret.expose_secret().trim().chars().count() >= SHORTEST);
        let posted = client_secret.clone().filter(|_| authorization.is_none());
        Self { id: client_id.clone(), posted, authorization, secrets }
    }

    /// A form, with what says that it is ours.
    pub(super) fn post(&self, url: &str, fields: Vec<(&str, &str)>, more: &[&SecretString]) -> Request {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        if self.authorization.is_none() {
            form.append_pair("client_id", &self.id);
        }
        if let Some(secret) = &self.posted {
            form.append_pair("client_secret", secret.expose_secret());
        }
        let mut secrets = self.secrets.clone();
        secrets.extend(more.iter().copied().cloned());
        Request {
            url: url.to_owned(),
            authorization: self.authorization.clone(),
            headers: Vec::new(),
            body: Body::Form(form.finish().into()),
            secrets,
            gate: None,
        }
    }
}

/// Appendix B.
fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
