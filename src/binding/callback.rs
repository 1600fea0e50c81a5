//! Asks JavaScript for the code of a second factor.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::oneshot::{self, Sender};

use super::mailbox::{Letter, Mailbox};
use crate::manager::SecondFactor;

/// The `totp` callback of one manager. The question goes out by mail and the answer comes back by a call, so the callback
/// runs on its own thread and nothing here holds a reference to it.
pub(super) struct AskedSecondFactor {
    manager: u32,
    mailbox: Arc<Mailbox>,
    questions: Mutex<Questions>,
}

#[derive(Default)]
struct Questions {
    last: u32,
    open: HashMap<u32, Sender<Result<SecretString, String>>>,
}

impl AskedSecondFactor {
    pub(super) fn new(manager: u32, mailbox: Arc<Mailbox>) -> Self {
        Self { manager, mailbox, questions: Mutex::default() }
    }

    /// JavaScript's answer. False when it comes too late and is nobody's any more.
    pub(super) fn answer(&self, question: u32, answer: Result<SecretString, String>) -> bool {
        let asker = self.questions.lock().open.remove(&question);
        asker.is_some_and(|asker| asker.send(answer).is_ok())
    }
}

impl SecondFactor for AskedSecondFactor {
    fn code(&self) -> Boxed<Result<SecretString, String>> {
        let (asker, answer) = oneshot::channel();
        let question = {
            let mut questions = self.questions.lock();
            questions.open.retain(|_, asker| !asker.is_closed());
            questions.last = questions.last.wrapping_add(1);
            let question = questions.last;
            questions.open.insert(question, asker);
            question
        };
        self.mailbox.post(self.manager, Letter::Asked(question));
        Box::pin(async { answer.await.unwrap_or_else(|_| Err("the totp callback is gone".to_owned())) })
    }
}

impl fmt::Debug for AskedSecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AskedSecondFactor").field("manager", &self.manager).finish_non_exhaustive()
    }
}
