//! A session as few bytes: tokens are mostly base64url, which takes a third more than what it says.

use std::sync::Arc;
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeSliceError, Engine, decoded_len_estimate, encoded_len};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{AccessToken, Life, Renewable, Scoped, Session, Source};

/// What is left of a session when the life of its access token is kept elsewhere.
#[derive(Serialize, Deserialize)]
pub(crate) struct FoldedSession<'a> {
    #[serde(borrow)]
    access: Option<Text<'a>>,
    #[serde(borrow)]
    renewable: Way<'a>,
    #[serde(borrow)]
    scoped: Vec<(&'a str, Text<'a>)>,
    source: Source,
}

#[derive(Serialize, Deserialize)]
enum Way<'a> {
    ByRefreshToken(#[serde(borrow)] Text<'a>, Option<Span>),
    ByAccessToken,
    No,
}

/// A life, by that of the access token where one reply brought both.
#[derive(Serialize, Deserialize)]
enum Span {
    AsWell(Duration),
    Apart(Life),
}

/// A token.
#[derive(Serialize, Deserialize)]
enum Text<'a> {
    /// What its parts between the dots say. Only where encoding that gives the very same text again.
    Decoded(Vec<Zeroizing<Vec<u8>>>),
    /// As it is.
    Plain(&'a str),
}

impl<'a> FoldedSession<'a> {
    /// `access` is the life of its access token.
    pub(crate) fn of(session: &'a Session, access: Option<Life>) -> Self {
        let text = |secret: &'a SecretString| Text::of(secret.expose_secret());
        Self {
            access: session.access.as_ref().map(|access| text(&access.secret)),
            renewable: match &session.renewable {
                Renewable::ByRefreshToken { secret, life } => {
                    Way::ByRefreshToken(text(secret), life.map(|life| Span::of(life, access)))
                }
                Renewable::ByAccessToken => Way::ByAccessToken,
                Renewable::No => Way::No,
            },
            scoped: session.scoped.iter().map(|(name, secret)| (name.as_str(), text(secret))).collect(),
            source: session.source,
        }
    }

    /// The access token alone.
    pub(crate) fn token(self) -> Option<SecretString> {
        self.access.map(Text::secret)
    }

    /// The session as it was, whose access token has the life `access`.
    pub(crate) fn unfolded(self, access: Option<Life>) -> Session {
        let mut scoped = Scoped::new();
        for (name, text) in self.scoped {
            scoped.insert(name.to_owned(), text.secret());
        }
        Session {
            access: self.access.zip(access).map(|(text, life)| Arc::new(AccessToken { secret: text.secret(), life })),
            renewable: match self.renewable {
                Way::ByRefreshToken(text, span) => {
                    let life = span.and_then(|span| span.life(access));
                    Renewable::ByRefreshToken { secret: text.secret(), life }
                }
                Way::ByAccessToken => Renewable::ByAccessToken,
                Way::No => Renewable::No,
            },
            scoped,
            source: self.source,
        }
    }
}

impl Span {
    fn of(life: Life, access: Option<Life>) -> Self {
        let is_as_old = access.is_some_and(|access| access.received == life.received);
        if is_as_old { Span::AsWell(life.lifetime) } else { Span::Apart(life) }
    }

    fn life(self, access: Option<Life>) -> Option<Life> {
        match self {
            Span::AsWell(lifetime) => Some(Life { lifetime, ..access? }),
            Span::Apart(life) => Some(life),
        }
    }
}

impl<'a> Text<'a> {
    fn of(token: &'a str) -> Self {
        // Padding or spare bits that are set are an error here, so that no two texts decode to the same.
        token.split('.').map(decoded).collect::<Result<_, _>>().map_or(Text::Plain(token), Text::Decoded)
    }

    fn secret(self) -> SecretString {
        match self {
            Text::Plain(text) => SecretString::from(text),
            Text::Decoded(parts) => {
                let size =
                    |part: &Zeroizing<Vec<u8>>| encoded_len(part.len(), false).expect("it was decoded from that");
                let dots = parts.len().saturating_sub(1);
                // To the byte: a text that is moved to where it fits is left behind where it was.
                let mut text = Zeroizing::new(vec![b'.'; parts.iter().map(size).sum::<usize>() + dots]);
                let mut from = 0;
                for part in &parts {
                    let encoded = URL_SAFE_NO_PAD.encode_slice(part, &mut text[from..]);
                    from += encoded.expect("there is room for all parts") + 1;
                }
                SecretString::from(str::from_utf8(&text).expect("dots and base64url"))
            }
        }
    }
}

/// What a part of a token says. What is no base64url is not left behind either as far as it could be read.
fn decoded(part: &str) -> Result<Zeroizing<Vec<u8>>, DecodeSliceError> {
    let mut bytes = Zeroizing::new(vec![0; decoded_len_estimate(part.len())]);
    let size = URL_SAFE_NO_PAD.decode_slice(part, &mut bytes)?;
    bytes.truncate(size);
    Ok(bytes)
}
