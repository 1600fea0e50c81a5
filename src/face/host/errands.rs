//! Has JavaScript do what only the user's own functions can: log in, refresh, revoke.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;

use super::{Host, Kind, NativeThrown, NoAnswer};
use crate::face::time::within;
use crate::provider::host::{HOST_SCHEME, Thrown};
use crate::transport::{Lost, LostReason, Request, Response, Transport};

/// Takes errands to the callbacks of one manager, and everything else to the network.
pub(crate) struct HostTransport {
    manager: u32,
    host: Arc<Host>,
    network: Arc<dyn Transport>,
}

impl HostTransport {
    pub(crate) fn new(manager: u32, host: Arc<Host>, network: Arc<dyn Transport>) -> Self {
        Self { manager, host, network }
    }
}

impl Transport for HostTransport {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let Some(Ok(callbacks)) = request.url.strip_prefix(HOST_SCHEME).map(str::parse) else {
            return self.network.send(request, timeout);
        };
        let (manager, host) = (self.manager, Arc::clone(&self.host));
        Box::pin(async move {
            request.leave().await?;
            let asking = host.ask(manager, Kind::Errand(callbacks), request.body.text().into());
            match within(timeout, asking).await {
                Some(Ok(text)) => Ok(Response { status: 200, body: text.unwrap_or_default(), ..Response::default() }),
                Some(Err(NoAnswer::Thrown(number, thrown))) => Ok(in_words(number, thrown).response()),
                Some(Err(NoAnswer::Gone)) => {
                    Err(lost(LostReason::Gone, "the thread of its functions has ended".to_owned(), ""))
                }
                None => Err(lost(
                    LostReason::Timeout,
                    format!("did not settle within {} ms", timeout.as_millis()),
                    "timeoutMs sets the limit. Does it wait for a token of its own manager?",
                )),
            }
        })
    }
}

fn in_words(number: u32, thrown: NativeThrown) -> Thrown {
    Thrown {
        number,
        messages: thrown.messages,
        code: thrown.code,
        status: thrown.status.and_then(|status| u16::try_from(status).ok()),
        retry_after_ms: thrown.retry_after_ms,
    }
}

fn lost(reason: LostReason, summary: String, hint: &'static str) -> Lost {
    Lost { reason, summary, hint: Some(hint), causes: Vec::new(), thrown: None }
}

impl fmt::Debug for HostTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostTransport").field("manager", &self.manager).finish_non_exhaustive()
    }
}
