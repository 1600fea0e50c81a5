//! Whose tokens to keep, as JavaScript says it.

use std::sync::{Arc, LazyLock};

#[cfg(feature = "binding")]
use napi_derive::napi;
use secrecy::SecretString;

use crate::provider::Provider;
use crate::provider::baserow::Baserow;
use crate::provider::host::{HostLogin, HostLoginOptions};
use crate::provider::json_login::{JsonLogin, JsonLoginOptions};
use crate::provider::oauth2::{ClientAuth, GrantType, Ledger, OAuth2, OAuth2Options};

/// Of all threads.
static LEDGER: LazyLock<Arc<Ledger>> = LazyLock::new(Arc::default);

/// Whose tokens to keep: one of these.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeProvider {
    pub baserow: Option<NativeBaserow>,
    pub json_login: Option<NativeJsonLogin>,
    pub custom: Option<NativeCustom>,
    pub oauth2: Option<NativeOAuth2>,
}

#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeBaserow {
    pub base_url: String,
    pub email: String,
    /// The email as Baserow normalises it.
    pub account: String,
    pub password: String,
    pub has_totp: bool,
}

#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeJsonLogin {
    pub url: String,
    /// A JSON object.
    pub body: String,
    /// Names and values.
    pub headers: Vec<Vec<String>>,
    pub token_pointer: Option<String>,
    pub refresh_token_pointer: Option<String>,
    pub expires_in_pointer: Option<String>,
    pub expires_at_pointer: Option<String>,
    pub refresh_url: Option<String>,
    pub account: Option<String>,
}

/// A login of the user's own.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeCustom {
    /// By which number questions name its callbacks.
    pub callbacks: u32,
    /// The thread that they belong to.
    pub thread: u32,
    pub account: String,
    pub issuer: String,
    pub credential: String,
    pub refreshes: bool,
    pub revokes: bool,
}

#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeOAuth2 {
    pub token_url: Option<String>,
    pub issuer: Option<String>,
    pub client_id: String,
    pub client_secret: Option<String>,
    /// In the header, or in the body?
    pub basic: bool,
    pub revocation_url: Option<String>,
    /// `refresh_token`, or `client_credentials`?
    pub refreshes: bool,
    pub refresh_token: Option<String>,
    pub scope: Option<String>,
    pub audience: Option<String>,
    pub account: Option<String>,
}

impl From<NativeOAuth2> for OAuth2Options {
    fn from(options: NativeOAuth2) -> Self {
        Self {
            token_url: options.token_url,
            issuer: options.issuer,
            client_id: options.client_id,
            client_secret: options.client_secret.map(SecretString::from),
            client_auth: if options.basic { ClientAuth::Basic } else { ClientAuth::Post },
            revocation_url: options.revocation_url,
            grant: if options.refreshes { GrantType::RefreshToken } else { GrantType::ClientCredentials },
            refresh_token: options.refresh_token.map(SecretString::from),
            scope: options.scope,
            audience: options.audience,
            account: options.account,
            ledger: Arc::clone(&LEDGER),
        }
    }
}

impl NativeProvider {
    pub(crate) fn has_totp(&self) -> bool {
        self.baserow.as_ref().is_some_and(|baserow| baserow.has_totp)
    }

    /// `None` when it is none of them.
    pub(crate) fn provider(self) -> Option<Arc<dyn Provider>> {
        if let Some(NativeBaserow { base_url, email, account, password, .. }) = self.baserow {
            return Some(Arc::new(Baserow::known_as(account, &base_url, email, password.into())));
        }
        if let Some(custom) = self.custom {
            return Some(Arc::new(HostLogin::new(HostLoginOptions {
                callbacks: custom.callbacks,
                home: custom.thread.to_string(),
                account: custom.account,
                issuer: custom.issuer,
                credential: custom.credential.into(),
                refreshes: custom.refreshes,
                revokes: custom.revokes,
            })));
        }
        if let Some(oauth2) = self.oauth2 {
            return Some(Arc::new(OAuth2::new(oauth2.into())));
        }
        let json = self.json_login?;
        let header = |mut pair: Vec<String>| {
            let value = pair.pop()?;
            Some((pair.pop()?, SecretString::from(value)))
        };
        Some(Arc::new(JsonLogin::new(JsonLoginOptions {
            url: json.url,
            body: json.body.into(),
            headers: json.headers.into_iter().filter_map(header).collect(),
            token_pointer: json.token_pointer,
            refresh_token_pointer: json.refresh_token_pointer,
            expires_in_pointer: json.expires_in_pointer,
            expires_at_pointer: json.expires_at_pointer,
            refresh_url: json.refresh_url,
            account: json.account,
        })))
    }
}
