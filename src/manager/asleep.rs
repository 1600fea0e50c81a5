//! A session while nobody is at it: folded into a few hundred bytes, and as good as before once it is wanted.

use std::fmt;
use std::sync::Arc;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Look;
use super::awake::{Annex, Awake};
use crate::clock::Moment;
use crate::policy::Policy;
use crate::provider::{FoldedProvider, Provider};
use crate::session::Life;
use crate::session::folded::FoldedSession;
use crate::store::memory::{Freshness, MemoryStore, Snapshot, Watchers};

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
#[derive(Default)]
struct Stiff {
    /// Where it is not among the bytes.
    provider: Option<Arc<dyn Provider>>,
    annex: Option<Box<Annex>>,
    watchers: Watchers,
}

/// Readable without the rest.
#[derive(Serialize, Deserialize)]
struct Head {
    generation: u32,
    /// That of its access token.
    life: Option<Life>,
    /// Of what follows, before it was pressed.
    size: usize,
}

#[derive(Serialize, Deserialize)]
struct Pressed<'a> {
    #[serde(borrow)]
    provider: Option<FoldedProvider<'a>>,
    #[serde(borrow)]
    session: Option<FoldedSession<'a>>,
}

impl Asleep {
    pub(super) fn new(awake: Awake) -> Self {
        let life = awake.life();
        let Awake { provider, memory, annex, .. } = awake;
        let (Snapshot { generation, session }, watchers) = memory.into_parts();
        let folded = provider.folded();
        let is_folded = folded.is_some();
        let session = session.as_deref().map(|session| FoldedSession::of(session, life));
        let bytes = press(generation, life, &Pressed { provider: folded, session });
        let (provider, annex) = ((!is_folded).then_some(provider), annex.into_inner());
        let stiff = Some(Stiff { provider, annex, watchers }).filter(|stiff| !stiff.is_empty());
        Self { bytes, stiff: stiff.map(Box::new) }
    }

    pub(super) fn wake(self) -> Awake {
        let (folded, snapshot) = self.opened(|Head { generation, life, .. }, Pressed { provider, session }| {
            let session = session.map(|session| Arc::new(session.unfolded(life)));
            (provider.map(FoldedProvider::unfolded), Snapshot { generation, session })
        });
        let Stiff { provider, annex, watchers } = self.stiff.map(|stiff| *stiff).unwrap_or_default();
        let provider = provider.or(folded).expect("it is here or there");
        Awake::new(provider, MemoryStore::of(snapshot, watchers), annex)
    }

    pub(super) fn look(&self, policy: &Policy, now: Moment, known: Option<u32>) -> Look {
        let Ok((Head { generation, life, .. }, _)) = self.head() else { return Look::default() };
        let pauses = !Annex::pause_left(self.annex(), policy, now).is_zero();
        let is_news = known != Some(generation);
        let token = if is_news { self.opened(|_, pressed| pressed.session?.token()) } else { None };
        Look { generation, token, ..Look::at(life.as_ref(), policy, now, pauses) }
    }

    pub(super) fn life(&self) -> Option<Life> {
        self.head().ok()?.0.life
    }

    pub(super) fn watch(&mut self, watcher: &Arc<dyn Freshness>) {
        let generation = self.head().map_or(0, |(head, _)| head.generation);
        self.stiff.get_or_insert_default().watchers.join(watcher, generation);
    }

    pub(super) fn unwatch(&mut self, watcher: &Arc<dyn Freshness>) {
        let Some(stiff) = &mut self.stiff else { return };
        stiff.watchers.leave(watcher);
        if stiff.is_empty() {
            self.stiff = None;
        }
    }

    pub(super) fn annex(&self) -> Option<&Annex> {
        self.stiff.as_ref()?.annex.as_deref()
    }

    fn opened<T>(&self, read: impl FnOnce(Head, Pressed<'_>) -> T) -> T {
        let written_by_new = "written by Asleep::new, and not touched since";
        let (head, rest) = self.head().expect(written_by_new);
        let text = Zeroizing::new(decompress_with_dict(rest, head.size, USUAL).expect(written_by_new));
        read(head, postcard::from_bytes(&text).expect(written_by_new))
    }

    /// And what comes after it.
    fn head(&self) -> postcard::Result<(Head, &[u8])> {
        postcard::take_from_bytes(self.bytes.expose_secret())
    }
}

impl Stiff {
    fn is_empty(&self) -> bool {
        self.provider.is_none() && self.annex.is_none() && self.watchers.is_empty()
    }
}

fn press(generation: u32, life: Option<Life>, pressed: &Pressed<'_>) -> SecretSlice<u8> {
    let into_memory = "it is written into memory";
    let text = Zeroizing::new(postcard::to_extend(pressed, Vec::with_capacity(ROOM)).expect(into_memory));
    let rest = Zeroizing::new(compress_with_dict(&text, USUAL));
    let head = postcard::to_extend(&Head { generation, life, size: text.len() }, Vec::new()).expect(into_memory);
    // In one piece, and no byte more than it takes.
    SecretSlice::from([head.as_slice(), &rest].concat())
}

impl fmt::Debug for Asleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.expose_secret().len();
        f.debug_struct("Asleep").field("life", &self.life()).field("bytes", &size).finish_non_exhaustive()
    }
}
