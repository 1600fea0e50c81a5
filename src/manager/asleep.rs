//! A session while nobody is at it: folded into a few hundred bytes, and as good as before once it is wanted.

use std::fmt;
use std::sync::Arc;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::awake::{Annex, Awake};
use crate::provider::{FoldedProvider, Provider};
use crate::session::Life;
use crate::session::folded::FoldedSession;
use crate::store::memory::Snapshot;

/// More than an account with tokens of the usual length takes before it is pressed.
const ROOM: usize = 1024;

/// What the tokens and accounts of different users have in common, so that it need not be kept for each. The end is what is found
/// fastest, and what is here is nobody's secret.
const USUAL: &[u8] = concat!(
    r#"@example.com@gmail.comhttp://localhost:"scope":"openid profile email offline_access","client_id":""azp":""#,
    r#""preferred_username":""email_verified":true,"iss":"https://","aud":["typ":"Bearer","sid":"auth_time":"#,
    r#"{"sub":"nbf":{"alg":"RS256","kid":""ES256"{"typ":"JWT","alg":"HS256"}"verified_email_claim":"enforced"}"#,
    r#"https://baserow./api{"alg":"HS256","typ":"JWT"}{"token_type":"refresh","exp":17{"token_type":"access","exp":17"#,
    r#","iat":17","jti":"","user_id":1}"#
)
.as_bytes();

/// A folded session.
pub(super) struct Asleep {
    /// A [`Head`], for those who only count; then a [`Pressed`], pressed.
    bytes: SecretSlice<u8>,
    /// What cannot be pressed, if there is anything.
    stiff: Option<Box<Stiff>>,
}

/// What stays as it is.
struct Stiff {
    /// Where it is not among the bytes.
    provider: Option<Arc<dyn Provider>>,
    annex: Option<Box<Annex>>,
}

/// Readable without the rest.
#[derive(Serialize, Deserialize)]
struct Head {
    /// That of its access token.
    life: Option<Life>,
    /// Of what follows, before it was pressed.
    size: usize,
}

#[derive(Serialize, Deserialize)]
struct Pressed<'a> {
    #[serde(borrow)]
    provider: Option<FoldedProvider<'a>>,
    generation: u32,
    #[serde(borrow)]
    session: Option<FoldedSession<'a>>,
}

impl Asleep {
    pub(super) fn new(awake: Awake) -> Self {
        let life = awake.life();
        let Awake { provider, memory, annex, .. } = awake;
        let Snapshot { generation, session } = memory.load();
        let folded = provider.folded();
        let is_folded = folded.is_some();
        let session = session.as_deref().map(|session| FoldedSession::of(session, life));
        let bytes = press(life, &Pressed { provider: folded, generation, session });
        let (provider, annex) = ((!is_folded).then_some(provider), annex.into_inner());
        let stiff = (provider.is_some() || annex.is_some()).then(|| Box::new(Stiff { provider, annex }));
        Self { bytes, stiff }
    }

    pub(super) fn wake(self) -> Awake {
        let written_by_new = "written by Asleep::new, and not touched since";
        let (Head { life, size }, rest) = self.head().expect(written_by_new);
        let text = Zeroizing::new(decompress_with_dict(rest, size, USUAL).expect(written_by_new));
        let Pressed { provider, generation, session } = postcard::from_bytes(&text).expect(written_by_new);
        let (whole, annex) = self.stiff.map_or((None, None), |stiff| (stiff.provider, stiff.annex));
        let provider = whole.or_else(|| Some(provider?.unfolded())).expect(written_by_new);
        let session = session.map(|session| Arc::new(session.unfolded(life)));
        Awake::new(provider, Snapshot { generation, session }, annex)
    }

    pub(super) fn life(&self) -> Option<Life> {
        self.head().ok()?.0.life
    }

    pub(super) fn annex(&self) -> Option<&Annex> {
        self.stiff.as_ref()?.annex.as_deref()
    }

    /// And what comes after it.
    fn head(&self) -> postcard::Result<(Head, &[u8])> {
        postcard::take_from_bytes(self.bytes.expose_secret())
    }
}

fn press(life: Option<Life>, pressed: &Pressed<'_>) -> SecretSlice<u8> {
    let into_memory = "it is written into memory";
    let text = Zeroizing::new(postcard::to_extend(pressed, Vec::with_capacity(ROOM)).expect(into_memory));
    let rest = Zeroizing::new(compress_with_dict(&text, USUAL));
    let head = postcard::to_extend(&Head { life, size: text.len() }, Vec::new()).expect(into_memory);
    // In one piece, and no byte more than it takes.
    SecretSlice::from([head.as_slice(), &rest].concat())
}

impl fmt::Debug for Asleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.expose_secret().len();
        f.debug_struct("Asleep").field("life", &self.life()).field("bytes", &size).finish_non_exhaustive()
    }
}
