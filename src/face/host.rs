//! What the native side asks of JavaScript: the code of a second factor, a step of the user's own login, a request through
//! the user's own fetch.
//!
//! A question goes out by mail and its answer comes back by a call, so a callback runs on its own thread and nothing here
//! holds a reference to it. Whoever asks waits for as long as it likes; when it stops, JavaScript is told.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

#[cfg(feature = "binding")]
use napi_derive::napi;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot::{self, Receiver, Sender};

use super::mailbox::{Letter, Mailbox};
use crate::error::Unanswered;
use crate::transport::Transport;

mod errands;
mod fetch;
mod second_factor;
mod shelf;

use errands::HostTransport;
use fetch::FetchTransport;
pub(crate) use second_factor::AskedSecondFactor;
pub(crate) use shelf::HostShelf;

/// A number names one question and no other, whichever thread was asked: what it threw is looked up by it.
static LAST: AtomicU32 = AtomicU32::new(0);

/// What kind of question it is; `lib/questions.ts` has the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The code of the moment. Answered with it, or with nothing.
    Totp,
    /// A step of a login of the user's own, and the number of the callbacks that know it. Answered with a `TokenSet`, or with
    /// nothing.
    Errand(u32),
    /// A request for the user's own fetch. Answered with what came back.
    Fetch,
    /// Work for a store of the user's own. Answered as the work says.
    Shelf,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Totp => "totp",
            Kind::Errand(_) => "errand",
            Kind::Fetch => "fetch",
            Kind::Shelf => "shelf",
        }
    }

    fn callbacks(self) -> Option<u32> {
        match self {
            Kind::Errand(callbacks) => Some(callbacks),
            Kind::Totp | Kind::Fetch | Kind::Shelf => None,
        }
    }
}

/// A question on its way to JavaScript.
#[derive(Debug)]
pub(crate) struct Question {
    number: u32,
    kind: Kind,
    payload: SecretString,
}

/// A question, as JavaScript gets it.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeQuestion {
    pub number: u32,
    pub kind: String,
    /// Whose callbacks are meant, where the manager may have had several.
    pub callbacks: Option<u32>,
    /// What there is to know for an answer, in the form that its kind has.
    pub payload: String,
}

impl From<Question> for NativeQuestion {
    fn from(Question { number, kind, payload }: Question) -> Self {
        let (name, callbacks) = (kind.as_str().to_owned(), kind.callbacks());
        Self { number, kind: name, callbacks, payload: payload.expose_secret().to_owned() }
    }
}

/// What became of a question: a text, nothing, or something thrown.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeAnswer {
    pub text: Option<String>,
    pub thrown: Option<NativeThrown>,
}

/// What a callback threw, in words. The thing itself stays where it is.
#[cfg_attr(feature = "binding", napi(object, object_to_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct NativeThrown {
    /// Its message and those of its causes, outermost first.
    pub messages: Vec<String>,
    /// Of a `TokenError`.
    pub code: Option<String>,
    pub status: Option<u32>,
    pub retry_after_ms: Option<f64>,
}

/// The same on its way to whoever asked.
pub(crate) enum NoAnswer {
    /// JavaScript keeps what was thrown under this number.
    Thrown(u32, NativeThrown),
    /// Nobody is there to ask any more.
    Gone,
}

impl NoAnswer {
    /// For those to whom all that was thrown is alike. `callback` is what failed, as a person would say it.
    pub(crate) fn by(&self, callback: &str) -> Unanswered {
        match self {
            NoAnswer::Thrown(number, _) => Unanswered { why: format!("{callback} failed"), thrown: Some(*number) },
            NoAnswer::Gone => Unanswered { why: format!("{callback} is gone"), thrown: None },
        }
    }
}

type Answer = Result<Option<SecretString>, NoAnswer>;

/// The callbacks of one JavaScript thread, from this side: the questions that are open.
pub(crate) struct Host {
    mailbox: Arc<Mailbox>,
    /// `None` once the thread has ended.
    open: Mutex<Option<HashMap<u32, Sender<Answer>>>>,
}

impl Host {
    pub(crate) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, open: Mutex::new(Some(HashMap::new())) }
    }

    /// Asks about `manager`, at once. Whoever drops the answer's future withdraws the question.
    pub(crate) fn ask(self: &Arc<Self>, manager: u32, kind: Kind, payload: SecretString) -> Asking {
        let number = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let (asker, answer) = oneshot::channel();
        // Without an entry the asker is dropped here, and the answer is that nobody is there.
        if let Some(open) = self.open.lock().as_mut() {
            open.insert(number, asker);
            self.mailbox.post(manager, Letter::Asked(Question { number, kind, payload }));
        }
        Asking { host: Arc::clone(self), manager, number, answer }
    }

    /// What carries the requests of `manager`: some to its callbacks, the rest to the network or, where there is none, to the
    /// user's own fetch.
    pub(crate) fn transport(
        self: &Arc<Self>,
        manager: u32,
        network: Option<&Arc<dyn Transport>>,
    ) -> Arc<dyn Transport> {
        let network: Arc<dyn Transport> = match network {
            Some(network) => Arc::clone(network),
            None => Arc::new(FetchTransport::new(manager, Arc::clone(self))),
        };
        Arc::new(HostTransport::new(manager, Arc::clone(self), network))
    }

    /// Like a question, but nobody waits for the answer.
    pub(crate) fn tell(&self, manager: u32, kind: Kind, payload: SecretString) {
        let number = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if self.open.lock().is_some() {
            self.mailbox.post(manager, Letter::Asked(Question { number, kind, payload }));
        }
    }

    /// JavaScript's answer. False when it comes too late and is nobody's any more.
    pub(crate) fn answer(&self, number: u32, answer: NativeAnswer) -> bool {
        let answer = match answer.thrown {
            Some(thrown) => Err(NoAnswer::Thrown(number, thrown)),
            None => Ok(answer.text.map(SecretString::from)),
        };
        self.close(number).is_some_and(|asker| asker.send(answer).is_ok())
    }

    /// JavaScript has nobody who could answer.
    pub(crate) fn decline(&self, number: u32) {
        drop(self.close(number));
    }

    /// The thread has ended: nothing is answered any more, and whoever waits hears so now.
    #[cfg_attr(not(feature = "binding"), expect(dead_code, reason = "an instance of WebAssembly ends with its thread"))]
    pub(crate) fn leave(&self) {
        // Dropped after the lock: an asker that wakes up may ask again.
        let open = self.open.lock().take();
        drop(open);
    }

    fn close(&self, number: u32) -> Option<Sender<Answer>> {
        self.open.lock().as_mut()?.remove(&number)
    }
}

/// An open question.
pub(crate) struct Asking {
    host: Arc<Host>,
    manager: u32,
    number: u32,
    answer: Receiver<Answer>,
}

impl Future for Asking {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.answer).poll(context).map(|answered| answered.unwrap_or(Err(NoAnswer::Gone)))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if self.host.close(self.number).is_some() {
            self.host.mailbox.post(self.manager, Letter::Withdrawn(self.number));
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.open.lock().as_ref().map(HashMap::len);
        f.debug_struct("Host").field("open", &open).finish_non_exhaustive()
    }
}
