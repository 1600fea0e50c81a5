//! The services that scenarios are about (`services.json`): what each is configured with, and the bodies of its answers.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};
use tokenkeep::provider::oauth2::{ClientAuth, GrantType, Ledger, OAuth2, OAuth2Options};

use super::script::folder;

/// What everybody logs in with who has no other password.
pub const PASSWORD: &str = crate::stage::PASSWORD;

/// The refresh token that a seeded account begins with.
pub const SEED: &str = "the seed";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Service {
    provider: BTreeMap<String, String>,
    /// What the records of its sessions say that they are of.
    identity: BTreeMap<String, String>,
    /// What scenarios call an endpoint, and the last part of its URL.
    endpoints: BTreeMap<String, String>,
    granted: BTreeMap<String, Value>,
    refused: BTreeMap<String, Refusal>,
    pub has_refresh_tokens: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub status: u16,
    pub body: Value,
}

static SERVICES: LazyLock<BTreeMap<String, Service>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(folder().join("services.json")).expect("services.json");
    serde_json::from_str(&text).expect("services.json")
});

impl Service {
    pub fn named(name: &str) -> &'static Service {
        SERVICES.get(name).unwrap_or_else(|| panic!("there is no service {name}"))
    }

    fn set(&self, name: &str) -> Option<String> {
        self.provider.get(name).cloned()
    }

    /// The provider, with `seed` where it begins with a refresh token.
    pub fn provider(&self, name: &str, password: &str, seed: &str) -> Arc<dyn Provider> {
        let secret = || SecretString::from(password);
        let given = |name| self.set(name).unwrap_or_default();
        match name {
            "baserow" => Arc::new(Baserow::new(&given("baseUrl"), given("email"), secret())),
            "rotating" => Arc::new(JsonLogin::new(JsonLoginOptions {
                url: given("url"),
                refresh_url: self.set("refreshUrl"),
                account: self.set("account"),
                body: json!({ "key": password }).to_string().into(),
                ..JsonLoginOptions::default()
            })),
            _ => {
                let refreshes = given("grant") == "refresh_token";
                Arc::new(OAuth2::new(OAuth2Options {
                    token_url: self.set("tokenUrl"),
                    revocation_url: self.set("revocationUrl"),
                    client_id: given("clientId"),
                    client_secret: Some(secret()),
                    client_auth: ClientAuth::Basic,
                    grant: if refreshes { GrantType::RefreshToken } else { GrantType::ClientCredentials },
                    refresh_token: refreshes.then(|| SecretString::from(seed)),
                    ledger: Arc::<Ledger>::default(),
                    ..OAuth2Options::default()
                }))
            }
        }
    }

    /// Are the records that others leave for `provider` its own?
    pub fn is_of(&self, provider: &dyn Provider) -> bool {
        let said = |name| self.identity.get(name).cloned();
        let identity = provider.identity();
        let ours = [&identity.provider, &identity.issuer, &identity.account].map(|text| Some(text.clone()));
        ours == ["provider", "issuer", "account"].map(said) && identity.client_id == said("client_id")
    }

    /// The last part of the URL of what scenarios call `endpoint`.
    pub fn path(&self, endpoint: &str) -> &'static str {
        let path = self.endpoints.get(endpoint).unwrap_or_else(|| panic!("this service has no endpoint {endpoint}"));
        path.clone().leak()
    }

    /// What scenarios call the endpoint whose URL ends so.
    pub fn endpoint(&self, path: &str) -> String {
        self.endpoints.iter().find(|(_, last)| *last == path).map_or_else(|| path.to_owned(), |(name, _)| name.clone())
    }

    /// The body of a success; members for which there is no value are left out.
    pub fn granted(&self, endpoint: &str, values: &Map<String, Value>) -> Value {
        filled(self.granted.get(endpoint).unwrap_or_else(|| panic!("no body for {endpoint}")), values)
    }

    pub fn refused(&self, endpoint: &str) -> &Refusal {
        self.refused.get(endpoint).unwrap_or_else(|| panic!("no refusal for {endpoint}"))
    }
}

fn filled(template: &Value, values: &Map<String, Value>) -> Value {
    let Value::Object(members) = template else { return template.clone() };
    let fill = |(name, value): (&String, &Value)| {
        let placeholder = value.as_str().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
        let value = match placeholder {
            Some(placeholder) => values.get(placeholder)?.clone(),
            None => filled(value, values),
        };
        Some((name.clone(), value))
    };
    Value::Object(members.iter().filter_map(fill).collect())
}
