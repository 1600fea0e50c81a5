//! What the options give a manager, or all managers of a pool, to work with.

use std::sync::{Arc, LazyLock};

use super::Refused;
use super::host::Host;
use super::machine;
use super::options::NativeOptions;
use super::providers::NativeProvider;
use crate::manager::{Registry, Shared};
use crate::policy::Policy;
use crate::store::Store;
use crate::transport::Transport;

/// One for all threads: a worker finds the session that another has.
static SESSIONS: LazyLock<Registry> = LazyLock::new(Registry::default);

pub(crate) struct Equipment {
    pub(crate) policy: Policy,
    pub(crate) has_logger: bool,
    /// The name of the variable with tokens of last resort.
    pub(crate) fallback: Option<String>,
    pub(crate) sessions: Sessions,
    store: Option<Arc<dyn Store>>,
    /// `None` where requests go through a fetch: the user's own or, where there are no sockets, the host's.
    network: Option<Arc<dyn Transport>>,
}

/// Finds the session of a provider among those that are kept in the same way.
#[derive(Clone)]
pub(crate) struct Sessions {
    context: String,
    /// Where its callbacks run.
    thread: usize,
    is_bound: bool,
}

impl Equipment {
    pub(crate) fn of(options: NativeOptions, host: &Arc<Host>) -> Result<Self, Refused> {
        Ok(Self {
            policy: machine::at_pace(options.policy()),
            sessions: Sessions {
                context: options.context(),
                thread: Arc::as_ptr(host) as usize,
                is_bound: options.is_bound(),
            },
            has_logger: options.has_logger,
            fallback: options.fallback_env,
            store: options.store.map(|store| store.store(host)).transpose()?,
            network: if options.has_fetch { None } else { machine::network(options.http) },
        })
    }

    pub(crate) fn session(&self, provider: NativeProvider) -> Result<Arc<Shared>, Refused> {
        self.sessions.session(provider)
    }

    pub(crate) fn store(&self) -> Option<Arc<dyn Store>> {
        self.store.clone()
    }

    pub(crate) fn transport(&self, manager: u32, host: &Arc<Host>) -> Arc<dyn Transport> {
        host.transport(manager, self.network.as_ref())
    }
}

impl Sessions {
    /// The session that a manager of this process has already, or a new one.
    pub(crate) fn session(&self, provider: NativeProvider) -> Result<Arc<Shared>, Refused> {
        let has_totp = provider.has_totp();
        // A callback is its own thread's: another thread must not fail when that one ends in the middle of a flight. And whoever
        // cannot answer for a second factor must not fail for those who can.
        let thread = if has_totp || self.is_bound { self.thread } else { 0 };
        let context = format!("{} totp={has_totp} thread={thread}", self.context);
        let provider = provider.provider().ok_or_else(|| Refused::because("no provider of a known kind"))?;
        Ok(SESSIONS.shared(provider, &context))
    }
}
