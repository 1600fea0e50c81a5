//! What every test plays on: a clock that stands still until it is told, a server that answers by script, an executor that
//! runs flights in a fixed order, and a log that is listened to.
// Each test binary plays with its own part of the stage.
#![allow(dead_code)]

pub mod answer;
pub mod clock;
pub mod disk;
pub mod executor;
pub mod jwt;
pub mod log;
pub mod rotating;
pub mod server;

use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::{Demand, Fallback, Manager, Other, Parts, Registry, SecondFactor, Shared, Spawn};
use tokenkeep::policy::{CoolDown, Policy};
use tokenkeep::provider::Provider;
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::random::Rng;
use tokenkeep::store::memory::Freshness;

use self::clock::ManualClock;
use self::disk::Disk;
use self::executor::{Call, Executor};
use self::log::{Listening, Log};
use self::rotating::Rotating;
use self::server::{Gate, Pair, Server};

pub const BASE_URL: &str = "https://baserow.example.com/api";
pub const HOST: &str = "baserow.example.com";
pub const EMAIL: &str = "alice@example.com";
/// With characters that every encoding spells in its own way.
pub const PASSWORD: &str = "cörrect \"horse\" & <staple>";

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The policy of those who remember failures.
pub fn patient() -> Policy {
    Policy { cool_down: Some(CoolDown::default()), ..Policy::default() }
}

/// What a play begins with.
#[derive(Default)]
pub struct Setting {
    pub policy: Policy,
    pub second_factor: Option<Arc<dyn SecondFactor>>,
    /// Whether the session is kept on the stage's disk.
    pub stored: bool,
    /// Another one than [`PASSWORD`].
    pub password: Option<&'static str>,
    /// Whether refresh tokens work once.
    pub rotates: bool,
    pub fallback: Option<Arc<dyn Fallback>>,
    /// Other dice than those that always fall the same way.
    pub rng: Option<Arc<dyn Rng>>,
    /// Another one than Baserow.
    pub provider: Option<Arc<dyn Provider>>,
}

impl Setting {
    fn provider(&self) -> Arc<dyn Provider> {
        if let Some(provider) = &self.provider {
            return Arc::clone(provider);
        }
        let baserow = Baserow::new(BASE_URL, EMAIL, SecretString::from(self.password.unwrap_or(PASSWORD)));
        if self.rotates { Arc::new(Rotating(baserow)) } else { Arc::new(baserow) }
    }
}

/// One process: its account and what that shares with others, the server, the disk, the time and the log.
pub struct Stage {
    pub clock: Arc<ManualClock>,
    pub server: Arc<Server>,
    pub disk: Arc<Disk>,
    pub log: Log,
    pub watch: Arc<Watch>,
    pub manager: Manager,
    registry: Registry,
    executor: Arc<Executor>,
    listening: Rc<Listening>,
}

impl Stage {
    pub fn new() -> Self {
        Self::of(Setting::default())
    }

    pub fn with_policy(policy: Policy) -> Self {
        Self::of(Setting { policy, ..Setting::default() })
    }

    pub fn with_margin(seconds: u64) -> Self {
        Self::with_policy(Policy { margin: secs(seconds).into(), ..Policy::default() })
    }

    /// A process whose session is kept on disk, with a token on hand that lives ten minutes.
    pub fn logged_in(setting: Setting) -> (Self, Pair) {
        let stage = Self::of(Setting { stored: true, ..setting });
        let pair = stage.server.will_log_in(600);
        stage.token();
        (stage, pair)
    }

    /// A process whose session is kept on disk.
    pub fn stored() -> Self {
        Self::of(Setting { stored: true, ..Setting::default() })
    }

    pub fn of(setting: Setting) -> Self {
        let executor = Arc::new(Executor::default());
        Self::run_by(setting, Arc::clone(&executor) as Arc<dyn Spawn>, executor)
    }

    /// A stage whose flights run on `spawn`; its callers still run on the stage's own executor.
    pub fn run_by(setting: Setting, spawn: Arc<dyn Spawn>, executor: Arc<Executor>) -> Self {
        let clock = Arc::new(ManualClock::new());
        let server = Arc::new(Server::new(Arc::clone(&clock)));
        let disk = Arc::new(Disk::new(Arc::clone(&clock), setting.provider().identity().clone()));
        let (log, listening) = Log::listen();
        Self::set(setting, None, clock, server, disk, log, Rc::new(listening), spawn, executor)
    }

    /// Another process on the same host, with a memory of its own and the same disk.
    pub fn beside(&self, setting: Setting) -> Self {
        let Self { clock, server, disk, log, listening, executor, .. } = self;
        let setting = Setting { stored: true, ..setting };
        let spawn = Arc::clone(executor) as Arc<dyn Spawn>;
        let (clock, server, disk, executor) = (clock.clone(), server.clone(), disk.clone(), executor.clone());
        Self::set(setting, None, clock, server, disk, log.clone(), Rc::clone(listening), spawn, executor)
    }

    /// Another manager in the same process, which has the session of its identity and credential in common with this one.
    pub fn thread(&self, setting: Setting) -> Self {
        let Self { clock, server, disk, log, listening, executor, .. } = self;
        let spawn = Arc::clone(executor) as Arc<dyn Spawn>;
        let (clock, server, disk, executor) = (clock.clone(), server.clone(), disk.clone(), executor.clone());
        let shared = Some(self.registry.shared(setting.provider(), ""));
        Self::set(setting, shared, clock, server, disk, log.clone(), Rc::clone(listening), spawn, executor)
    }

    /// Another process that was started like a plain one of this account.
    pub fn sibling(&self) -> Self {
        self.beside(Setting::default())
    }

    #[allow(clippy::too_many_arguments, reason = "it is all there is")]
    fn set(
        setting: Setting,
        shared: Option<Arc<Shared>>,
        clock: Arc<ManualClock>,
        server: Arc<Server>,
        disk: Arc<Disk>,
        log: Log,
        listening: Rc<Listening>,
        spawn: Arc<dyn Spawn>,
        executor: Arc<Executor>,
    ) -> Self {
        let watch = Arc::new(Watch::default());
        let registry = Registry::default();
        let shared = shared.unwrap_or_else(|| registry.shared(setting.provider(), ""));
        let parts = Parts {
            transport: Arc::clone(&server) as _,
            clock: Arc::clone(&clock) as _,
            rng: setting.rng.clone().unwrap_or_else(|| Arc::new(Dice)),
            store: setting.stored.then(|| disk.store()),
            fallback: setting.fallback.clone(),
            spawn,
            turns: None,
            tally: None,
            policy: setting.policy.clone(),
        };
        let manager = Manager::new(parts, Arc::clone(&shared), setting.second_factor, Arc::clone(&watch) as _);
        Self { registry, clock, server, disk, log, watch, manager, executor, listening }
    }

    /// Starts something and lets it get as far as it can.
    pub fn start<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Call<T> {
        let call = self.executor.start(future);
        self.executor.run();
        call
    }

    /// A caller who asks for a token.
    pub fn ask(&self, demand: Demand) -> Call<Result<String, Failure>> {
        let manager = self.manager.clone();
        self.start(async move { manager.get_token(demand).await.map(|token| token.expose_secret().to_owned()) })
    }

    /// A caller who is answered without any time passing.
    pub fn get(&self, demand: Demand) -> Result<String, Failure> {
        self.ask(demand).answer()
    }

    pub fn token(&self) -> String {
        self.get(Demand::Fresh).expect("a token")
    }

    pub fn scoped(&self, scope: &str) -> Result<String, Failure> {
        let (manager, scope) = (self.manager.clone(), scope.to_owned());
        let token = self.start(async move { manager.get_scoped_token(&scope).await }).answer();
        token.map(|token| token.expose_secret().to_owned())
    }

    pub fn failure(&self) -> Failure {
        self.get(Demand::Fresh).expect_err("no token")
    }

    /// How long nobody tries again, as the next caller is told.
    #[track_caller]
    pub fn cooling(&self) -> Duration {
        let failure = self.failure();
        assert_eq!(failure.code, Code::CoolingDown, "{failure}");
        failure.retry_after.expect("a time to wait")
    }

    pub fn logout(&self) -> Call<Result<(), Failure>> {
        let manager = self.manager.clone();
        self.start(async move { manager.logout().await })
    }

    /// What the binding does with `invalidate(token)`: memory at once, then the store. Answers what either said.
    pub fn invalidate(&self, token: Option<&str>) -> (bool, bool) {
        let dropped = self.manager.invalidate(token);
        (dropped, self.start(self.manager.invalidate_stored(token.map(SecretString::from))).answer())
    }

    pub fn restore(&self) {
        let manager = self.manager.clone();
        self.start(async move { manager.restore().await }).answer().expect("restored");
    }

    pub fn import(&self, text: &str) -> Result<(), Failure> {
        let (manager, text) = (self.manager.clone(), SecretString::from(text));
        self.start(async move { manager.import(text).await }).answer()
    }

    pub fn export(&self) -> Result<String, Failure> {
        let manager = self.manager.clone();
        let text = self.start(async move { manager.export().await }).answer();
        text.map(|text| text.expose_secret().to_owned())
    }

    /// Other credentials from now on.
    pub fn replace(&self, setting: &Setting) -> Call<Result<(), Failure>> {
        let (manager, shared) = (self.manager.clone(), self.registry.shared(setting.provider(), ""));
        let policy = setting.policy.clone();
        self.start(async move { manager.replace_provider(Other { shared, second_factor: None, policy }).await })
    }

    pub fn close(&self) -> Call<()> {
        self.start(self.manager.close())
    }

    /// Lets a held answer go and everyone who waits for it run.
    pub fn open(&self, gate: &Gate) {
        gate.open();
        self.executor.run();
    }

    /// Lets time pass on both clocks, and everything happen at its own moment.
    pub fn advance(&self, duration: Duration) {
        let mut left = duration;
        while let Some(step) = self.clock.next_alarm().filter(|step| *step <= left) {
            self.clock.advance(step);
            self.executor.run();
            left -= step;
        }
        self.clock.advance(left);
        self.executor.run();
    }
}

/// Every play ends with a look through its log: no line may show the password or a token that the server gave out.
impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let text = self.log.text();
        for secret in self.server.tokens().iter().map(String::as_str).chain([PASSWORD]) {
            assert!(!text.contains(secret), "the log shows {secret}:\n{text}");
        }
    }
}

/// Remembers the generations that it was told of.
#[derive(Debug, Default)]
pub struct Watch(Mutex<Vec<u32>>);

impl Watch {
    pub fn generations(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }
}

impl Freshness for Watch {
    fn moved(&self, generation: u32) {
        self.0.lock().unwrap().push(generation);
    }
}

/// Randomness that a test can foresee.
#[derive(Debug)]
pub struct Dice;

impl Rng for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x5a);
    }
}

/// Never falls the same way twice in a row.
#[derive(Debug, Default)]
pub struct RollingDice(std::sync::atomic::AtomicU8);

impl Rng for RollingDice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(37, std::sync::atomic::Ordering::Relaxed));
    }
}
