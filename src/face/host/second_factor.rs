//! Asks JavaScript for the code of a second factor.

use std::sync::Arc;

use futures_lite::future::Boxed;
use secrecy::SecretString;

use super::{Host, Kind};
use crate::error::Unanswered;
use crate::manager::SecondFactor;

/// How the messages call it.
const CALLBACK: &str = "the totp callback";

/// The `totp` callback of one manager.
#[derive(Debug)]
pub(crate) struct AskedSecondFactor {
    manager: u32,
    host: Arc<Host>,
}

impl AskedSecondFactor {
    pub(crate) fn new(manager: u32, host: Arc<Host>) -> Self {
        Self { manager, host }
    }
}

impl SecondFactor for AskedSecondFactor {
    fn code(&self) -> Boxed<Result<SecretString, Unanswered>> {
        let asking = self.host.ask(self.manager, Kind::Totp, SecretString::default());
        Box::pin(async {
            let code = asking.await.map_err(|no_answer| no_answer.by(CALLBACK))?;
            code.ok_or_else(|| Unanswered::because(format!("{CALLBACK} gave no code")))
        })
    }
}
