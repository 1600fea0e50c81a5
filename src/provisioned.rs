//! Tokens that somebody else got for us: in a file, in an environment variable, in the forms that are about.

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use secrecy::{ExposeSecret, SecretString};

use self::form::{Fields, Form, Wrong};
use crate::claims::Claims;
use crate::identity::Identity;
use crate::json::{LAST_TIME, shape};
use crate::store::Record;
use crate::store::record::Tokens;

mod form;

/// No session of any service is larger (`cache-file.md`, "Reading").
const LARGEST: usize = 64 * 1024;

/// As lenient as it gets: whoever puts tokens into a variable uses the encoder at hand.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Tokens as they were provisioned. Times are epoch milliseconds.
#[derive(Clone, Default)]
pub struct Provisioned {
    /// The access token.
    pub access: Option<SecretString>,
    /// The refresh token.
    pub refresh: Option<SecretString>,
    /// When the access token expires, where that is said.
    pub expires_at: Option<i64>,
    /// When it was got, where that is said.
    pub saved_at: Option<i64>,
    /// Whose they are, where that is said.
    pub account: Option<String>,
    /// Which service they are for, where that is said.
    pub issuer: Option<String>,
}

/// Why a text is no tokens: a sentence that begins with where the text came from. Nothing of the text is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {why}")]
pub struct NotTokens {
    origin: String,
    why: String,
}

impl NotTokens {
    /// The reason alone, for those who say themselves where the text came from.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl Provisioned {
    /// Reads any of the forms that are about, or base64 of one. `origin` is where the text comes from, as a person would look
    /// it up: a path, the name of a variable.
    pub fn read(text: &str, origin: &str) -> Result<Self, NotTokens> {
        Self::interpret(text).map_err(|why| NotTokens { origin: origin.to_owned(), why })
    }

    /// Base64 of our own form: of `tokens` and whose they are, nothing else. [`Provisioned::read`] takes it back.
    pub fn export(tokens: &Tokens, identity: &Identity) -> SecretString {
        let record = Record { tokens: Some(tokens.clone()), ..Record::default() };
        STANDARD.encode(record.encode(identity).expose_secret()).into()
    }

    fn interpret(text: &str) -> Result<Self, String> {
        if text.len() > LARGEST {
            return Err(format!("it is larger than {} KiB: no tokens are", LARGEST / 1024));
        }
        let text = plain(text);
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if text.starts_with('{') {
            return Self::of_json(text).map_err(|why| why.unwrap_or_else(|| "it is no valid JSON".to_owned()));
        }
        let neither = || "it is neither a JSON object nor base64 of one".to_owned();
        let decoded = decoded(text).ok_or_else(neither)?;
        let json = Some(plain(decoded.expose_secret())).filter(|json| json.starts_with('{')).ok_or_else(neither)?;
        Self::of_json(json).map_err(|why| why.unwrap_or_else(|| "it is base64, but of no valid JSON".to_owned()))
    }

    /// `Err(None)`: it is no JSON.
    fn of_json(json: &str) -> Result<Self, Option<String>> {
        let fields: Fields = shape::read(json).map_err(|_| None)?;
        let form = Form::of(&fields).map_err(str::to_owned)?;
        form.read(fields).map_err(|Wrong(why)| Some(format!("it looks like {}, but {why}", form.as_str())))
    }

    /// What the token itself says, where nothing else does.
    fn expiring_by_itself(mut self) -> Self {
        let claims = self.access.as_ref().and_then(|token| Claims::read(token.expose_secret()));
        self.expires_at =
            self.expires_at.or(claims.and_then(|claims| claims.expires_at)).map(|at| at.clamp(0, LAST_TIME));
        self
    }
}

/// Without the byte order mark that some editors write, and white space.
fn plain(text: &str) -> &str {
    text.trim().trim_start_matches('\u{feff}').trim()
}

/// RFC 4648 §4 and §5, in lines or in one.
fn decoded(text: &str) -> Option<SecretString> {
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let digits = SecretString::from(digits);
    let bytes = LENIENT.decode(digits.expose_secret()).ok()?;
    String::from_utf8(bytes).ok().map(SecretString::from)
}

impl fmt::Debug for Provisioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provisioned")
            .field("access", &self.access.as_ref().map(|_| "[redacted]"))
            .field("refresh", &self.refresh.as_ref().map(|_| "[redacted]"))
            .field("expires_at", &self.expires_at)
            .field("saved_at", &self.saved_at)
            .field("account", &self.account)
            .field("issuer", &self.issuer)
            .finish()
    }
}
