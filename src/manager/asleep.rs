//! A session while nobody is at it: folded into a few hundred bytes, and as good as before once it is wanted.

use std::fmt;
use std::sync::Arc;

use lz4_flex::block::{compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size};
use postcard::experimental::serialized_size;
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
    /// Takes everything out of `awake`, once it is known to be folded.
    pub(super) fn of(awake: &mut Awake) -> Self {
        let life = awake.life();
        let Snapshot { generation, session } = awake.memory.load();
        let folded = awake.provider.folded();
        let is_folded = folded.is_some();
        let session = session.as_deref().map(|session| FoldedSession::of(session, life));
        let bytes = press(generation, life, &Pressed { provider: folded, session });
        let provider = (!is_folded).then(|| Arc::clone(&awake.provider));
        let (_, watchers) = std::mem::take(&mut awake.memory).into_parts();
        let annex = std::mem::take(&mut awake.annex).into_inner();
        let stiff = Some(Stiff { provider, annex, watchers }).filter(|stiff| !stiff.is_empty());
        Self { bytes, stiff: stiff.map(Box::new) }
    }

    /// Takes out what is not folded, once the rest is known to be readable.
    pub(super) fn wake(&mut self) -> Awake {
        let (folded, snapshot) = self.opened(|Head { generation, life, .. }, Pressed { provider, session }| {
            let session = session.map(|session| Arc::new(session.unfolded(life)));
            (provider.map(FoldedProvider::unfolded), Snapshot { generation, session })
        });
        let Stiff { provider, annex, watchers } = self.stiff.take().map(|stiff| *stiff).unwrap_or_default();
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
        let written_by_new = "written by Asleep::of, and not touched since";
        let (head, rest) = self.head().expect(written_by_new);
        let mut text = Zeroizing::new(vec![0; head.size]);
        decompress_into_with_dict(rest, &mut text, USUAL).expect(written_by_new);
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
    // Neither may grow: what it grew out of would be left behind as it is.
    let mut text = Zeroizing::new(vec![0; serialized_size(pressed).expect(into_memory)]);
    postcard::to_slice(pressed, &mut text).expect(into_memory);
    let mut rest = Zeroizing::new(vec![0; get_maximum_output_size(text.len())]);
    let size = compress_into_with_dict(&text, &mut rest, USUAL).expect("there is room for the worst");
    let head = postcard::to_extend(&Head { generation, life, size: text.len() }, Vec::new()).expect(into_memory);
    // In one piece, and no byte more than it takes.
    SecretSlice::from([head.as_slice(), &rest[..size]].concat())
}

impl fmt::Debug for Asleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.expose_secret().len();
        f.debug_struct("Asleep").field("life", &self.life()).field("bytes", &size).finish_non_exhaustive()
    }
}
