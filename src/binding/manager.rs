//! One account's manager, as JavaScript holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_lite::future::Boxed;
use napi::bindgen_prelude::Reference;
use napi_derive::napi;
use secrecy::{ExposeSecret, SecretString};

use super::callback::AskedSecondFactor;
use super::environment::NativeEnvironment;
use super::freshness::PER_BLOCK;
use super::log::{self, Log};
use super::mailbox::{Letter, Mailbox};
use super::options::{NativeHttp, NativeLook, NativeOptions, NativePlace, NativeStatus, Settled, millis};
use super::runtime;
use crate::clock::SystemClock;
use crate::flight::Landing;
use crate::manager::{Account, Demand, Look, Manager, Outcome, Parts, SecondFactor, Spawn};
use crate::provider::baserow::Baserow;
use crate::random::SystemRng;
use crate::transport::http::{HttpTransport, Unusable};

/// Finds out whether the `tls` and `proxy` options can be used: the option's name and the reason, or nothing.
#[napi(catch_unwind)]
pub fn check_http(http: NativeHttp, base_url: String) -> Option<Vec<String>> {
    let Unusable(option, why) = http.options(&base_url).check().err()?;
    Some(vec![option.to_owned(), why])
}

/// One account.
#[napi]
pub struct NativeManager {
    manager: Manager,
    id: u32,
    cell: u32,
    lane: Lane,
    mailbox: Arc<Mailbox>,
    dropped: Arc<AtomicU32>,
    second_factor: Option<Arc<AskedSecondFactor>>,
}

#[napi]
impl NativeManager {
    #[napi(constructor, catch_unwind)]
    pub fn new(environment: Reference<NativeEnvironment>, options: NativeOptions) -> Self {
        let mailbox = Arc::clone(&environment.mailbox);
        let (id, cell) = environment.next_manager();
        let cell_index = cell.index() as u32;
        let dropped = Arc::new(AtomicU32::new(0));
        let log = || Log { manager: id, mailbox: Arc::clone(&mailbox), dropped: Arc::clone(&dropped) };
        let lane = Lane { log: options.has_logger.then(|| Arc::new(log())) };
        let second_factor = options.has_totp.then(|| Arc::new(AskedSecondFactor::new(id, Arc::clone(&mailbox))));
        let policy = options.policy();
        let transport = HttpTransport::new(options.http.options(&options.base_url));
        let manager = Manager::new(Parts {
            account: Account {
                provider: Arc::new(Baserow::new(&options.base_url, options.email, options.password.into())),
                second_factor: second_factor.clone().map(|asked| asked as Arc<dyn SecondFactor>),
            },
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            store: None,
            fallback: None,
            spawn: Arc::new(lane.clone()),
            freshness: Arc::new(cell),
            policy,
        });
        Self { manager, id, cell: cell_index, lane, mailbox, dropped, second_factor }
    }

    /// By which number letters name this manager, and where its cell lies.
    #[napi(catch_unwind)]
    pub fn place(&self) -> NativePlace {
        let per_block = PER_BLOCK as u32;
        NativePlace { manager: self.id, block: self.cell / per_block, slot: self.cell % per_block }
    }

    /// The generation of the session, for how long its token may be served unseen, and the token itself, unless it is
    /// the one of the generation that the caller knows already.
    #[napi(catch_unwind)]
    pub fn look(&self, known: i32) -> NativeLook {
        let Look { generation, token, fresh_for } = self.manager.look();
        let news = i64::from(generation) != i64::from(known);
        let token = token.filter(|_| news).map(|token| token.expose_secret().to_owned());
        NativeLook { generation, fresh_for_ms: millis(fresh_for), token }
    }

    /// Joins or starts a flight; a letter tells how it ended.
    #[napi(catch_unwind)]
    pub fn renew(&self, operation: u32, force: bool) {
        let demand = if force { Demand::Renewed } else { Demand::Fresh };
        let flight = self.manager.renew(demand);
        self.run(operation, async move { Settled::of_flight(operation, flight.await) });
    }

    /// Forgets the token if it is this one, or whichever it is.
    #[napi(catch_unwind)]
    pub fn invalidate(&self, token: Option<String>) -> bool {
        self.manager.invalidate(token.as_deref())
    }

    /// Revokes and forgets; a letter tells how it ended.
    #[napi(catch_unwind)]
    pub fn logout(&self, operation: u32) {
        let manager = self.manager.clone();
        self.run(operation, async move { Settled::of(operation, manager.logout().await.err().as_ref()) });
    }

    /// Ends the account here; a letter tells when what was under way has landed.
    #[napi(catch_unwind)]
    pub fn close(&self, operation: u32) {
        let closing = self.manager.close();
        self.run(operation, async move {
            closing.await;
            Settled::of(operation, None)
        });
    }

    /// The totp callback's answer: a code, or why there is none. False when nobody waits for it any more.
    #[napi(catch_unwind)]
    pub fn answer(&self, question: u32, code: Option<String>, why: String) -> bool {
        let answer = code.map(SecretString::from).ok_or(why);
        self.second_factor.as_ref().is_some_and(|second_factor| second_factor.answer(question, answer))
    }

    /// How the account is doing.
    #[napi(catch_unwind)]
    pub fn status(&self) -> NativeStatus {
        self.manager.status().into()
    }
}

impl NativeManager {
    fn run(&self, operation: u32, work: impl Future<Output = Settled> + Send + 'static) {
        let report = Report {
            manager: self.id,
            mailbox: Arc::clone(&self.mailbox),
            dropped: Arc::clone(&self.dropped),
            settled: Some(Settled::of_flight(operation, Outcome::lost())),
        };
        self.lane.spawn(Box::pin(async move {
            let settled = work.await;
            report.file(settled);
        }));
    }
}

/// Posts the end of an operation when it is dropped: also when its task never ran, or died.
struct Report {
    manager: u32,
    mailbox: Arc<Mailbox>,
    dropped: Arc<AtomicU32>,
    settled: Option<Settled>,
}

impl Report {
    fn file(mut self, settled: Settled) {
        self.settled = Some(settled);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(settled) = self.settled.take() {
            let dropped_lines = self.dropped.swap(0, Ordering::Relaxed);
            self.mailbox.post(self.manager, Letter::Settled(Settled { dropped_lines, ..settled }));
        }
    }
}

/// Our thread, with the log of one manager around whatever runs there.
#[derive(Clone)]
struct Lane {
    log: Option<Arc<Log>>,
}

impl Spawn for Lane {
    fn spawn(&self, task: Boxed<()>) {
        runtime::spawn(match &self.log {
            Some(log) => log::around(task, Arc::clone(log)),
            None => task,
        });
    }
}
