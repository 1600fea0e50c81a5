//! HTTP over real sockets: reqwest on rustls. Sends once; retries, redirects and cookies are not its business.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use reqwest::header::{ACCEPT, AGE, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, redirect, retry};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

use super::{
    BODY_LIMIT, ERROR_BODY_LIMIT, Headers, Lost, LostReason, Request, Response, Transport, USER_AGENT, too_large,
};

mod gated;
mod own_certificate;
mod proxy;
mod tls;

pub use proxy::Proxying;
pub use tls::{Roots, Trust};

/// An option that cannot be used: its name, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(pub &'static str, pub String);

/// How to reach the server.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// Whom to trust over https, and who we are.
    pub trust: Trust,
    /// Through which proxy.
    pub proxy: Proxying,
}

impl HttpOptions {
    /// Finds out now whether the options can be used, if there are any.
    pub fn check(&self) -> Result<(), Unusable> {
        if self.trust.is_configured() {
            self.trust.client_config()?;
        }
        self.proxy.proxies().map(|_| ())
    }
}

/// The native transport. Cheap to clone; the clones share their connections.
#[derive(Clone)]
pub struct HttpTransport {
    inner: Arc<Inner>,
}

struct Inner {
    options: HttpOptions,
    /// A client's connections live on the runtime they were made on, and each of our threads has its own runtime:
    /// a client of a thread that has ended is replaced.
    client: Mutex<Option<Kept>>,
    /// Made once: roots are read, and what is odd about them is said, one time and not with every client.
    tls: OnceLock<ClientConfig>,
}

/// A client, and where and for what it is good.
struct Kept {
    thread: ThreadId,
    /// For a plain-http server that is reached without a TLS proxy no certificate is loaded.
    tls: bool,
    client: Client,
}

impl HttpTransport {
    /// A transport that opens nothing before the first request.
    pub fn new(options: HttpOptions) -> Self {
        Self { inner: Arc::new(Inner { options, client: Mutex::new(None), tls: OnceLock::new() }) }
    }
}

impl Inner {
    fn client(&self, url: &str) -> Result<Client, Lost> {
        let here = thread::current().id();
        let tls =
            url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:")) || self.options.proxy.needs_tls();
        let mut kept = self.client.lock();
        if let Some(kept) = kept.as_ref()
            && kept.thread == here
            && kept.tls >= tls
        {
            return Ok(kept.client.clone());
        }
        let client = self.build(tls).map_err(|why| Lost {
            reason: LostReason::Network,
            summary: why,
            hint: Some("Check the tls and proxy options"),
            causes: Vec::new(),
            thrown: None,
        })?;
        *kept = Some(Kept { thread: here, tls, client: client.clone() });
        Ok(client)
    }

    fn build(&self, tls: bool) -> Result<Client, String> {
        let unusable = |Unusable(option, why)| format!("{option}: {why}");
        let config = match self.tls.get() {
            _ if !tls => tls::without_roots(),
            Some(config) => config.clone(),
            None => {
                let config = self.options.trust.client_config().map_err(unusable)?;
                self.tls.get_or_init(|| config).clone()
            }
        };
        let builder = Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy();
        let proxies = self.options.proxy.proxies().map_err(unusable)?;
        let builder = proxies.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
        builder.build().map_err(|error| format!("the HTTP client could not be built: {error}"))
    }

    async fn send(&self, request: Request, timeout: Duration) -> Result<Response, Lost> {
        let lost = |error| self.lost(error, timeout);
        let client = self.client(&request.url)?;
        let call = match request.body.parts() {
            Some((media_type, text)) => {
                let text = text.expose_secret().to_owned();
                let body = match request.gate.clone() {
                    Some(gate) => gated::gated(gate, text),
                    None => text.into(),
                };
                client.post(&request.url).header(CONTENT_TYPE, media_type).body(body)
            }
            None => client.get(&request.url),
        };
        let mut call = call.timeout(timeout).header(ACCEPT, "application/json");
        if let Some(authorization) = &request.authorization
            && let Ok(mut value) = HeaderValue::from_str(authorization.expose_secret())
        {
            value.set_sensitive(true);
            call = call.header(AUTHORIZATION, value);
        }
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str());
            let value = HeaderValue::from_str(value.expose_secret());
            if let (Ok(name), Ok(mut value)) = (name, value) {
                value.set_sensitive(true);
                call = call.header(name, value);
            }
        }
        let mut response = match call.send().await {
            Err(error) if is_refused_by_proxy(&error) => return Ok(Response { status: 407, ..Response::default() }),
            answer => answer.map_err(lost)?,
        };
        let status = response.status();
        let headers = headers(&response);
        let limit = if status.is_success() { BODY_LIMIT } else { ERROR_BODY_LIMIT };
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
                Ok(Some(_)) if status.is_success() => return Err(too_large()),
                // An error's status says enough: its page need not be whole.
                Ok(Some(_) | None) => break,
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(lost(error)),
            }
        }
        let body = SecretString::from(String::from_utf8_lossy(&body).into_owned());
        Ok(Response { status: status.as_u16(), headers, body })
    }

    /// reqwest's own words, without the URL: a URL may carry what it should not.
    fn lost(&self, error: reqwest::Error, timeout: Duration) -> Lost {
        let timed_out = error.is_timeout();
        let causes = chain(&error.without_url());
        if timed_out {
            let summary = format!("no complete answer within {} ms", timeout.as_millis());
            return Lost { reason: LostReason::Timeout, summary, hint: None, causes, thrown: None };
        }
        let summary = causes.last().cloned().unwrap_or_default();
        let hint = hint(&summary, &self.options.proxy);
        Lost { reason: LostReason::Network, summary, hint, causes, thrown: None }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.send(request, timeout).await })
    }
}

fn headers(response: &reqwest::Response) -> Headers {
    let text = |name: HeaderName| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
    Headers { date: text(DATE), age: text(AGE), retry_after: text(RETRY_AFTER), location: text(LOCATION) }
}

fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts
}

/// To a CONNECT a proxy's 407 is no answer for hyper, but it is one for whoever reads the message.
fn is_refused_by_proxy(error: &reqwest::Error) -> bool {
    chain(error).iter().any(|cause| cause.contains("proxy authorization required"))
}

fn hint(cause: &str, proxy: &Proxying) -> Option<&'static str> {
    if cause.contains("not valid for name") {
        return Some("The certificate is another host's: is the base URL right?");
    }
    if cause.contains("certificate") {
        return Some(
            "Is the server's certificate signed by an authority of its own? Name it in tls.ca or NODE_EXTRA_CA_CERTS \
             (NODE_TLS_REJECT_UNAUTHORIZED is not honoured)",
        );
    }
    (*proxy != Proxying::Direct).then_some("Are the server and the proxy up, and the base URL and the proxy right?")
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
