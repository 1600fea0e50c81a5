use std::fmt;

use reqwest::{NoProxy, Proxy};

use super::Unusable;

/// Which proxies requests go through. The URLs may carry a password, so `Debug` shows none of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxying {
    /// None at all.
    #[default]
    Direct,
    /// This one, whatever the target.
    Through(String),
    /// What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say.
    ByEnvironment {
        /// For http targets.
        http: Option<String>,
        /// For https targets.
        https: Option<String>,
        /// Targets that are reached without.
        except: Option<String>,
    },
}

impl Proxying {
    pub(super) fn proxies(&self) -> Result<Vec<Proxy>, Unusable> {
        // The reason is not passed on: it may quote the URL, and with it the proxy's password.
        let unusable = |_| Unusable("proxy", "this is no URL of a proxy (http://host:port)".to_owned());
        match self {
            Proxying::Direct => Ok(Vec::new()),
            Proxying::Through(url) => Ok(vec![Proxy::all(url).map_err(unusable)?]),
            // `*` means every host; reqwest's reading of it leaves out those that are addresses.
            Proxying::ByEnvironment { except: Some(except), .. }
                if except.split(',').any(|host| host.trim() == "*") =>
            {
                Ok(Vec::new())
            }
            Proxying::ByEnvironment { http, https, except } => {
                let except = || except.as_deref().and_then(NoProxy::from_string);
                let http = http.as_deref().map(Proxy::http).transpose().map_err(unusable)?;
                let https = https.as_deref().map(Proxy::https).transpose().map_err(unusable)?;
                Ok(http.into_iter().chain(https).map(|proxy| proxy.no_proxy(except())).collect())
            }
        }
    }

    /// Is a proxy itself reached over TLS?
    pub fn needs_tls(&self) -> bool {
        let over_tls = |url: &String| url.trim().to_ascii_lowercase().starts_with("https:");
        match self {
            Proxying::Direct => false,
            Proxying::Through(url) => over_tls(url),
            Proxying::ByEnvironment { http, https, .. } => http.iter().chain(https).any(over_tls),
        }
    }
}

impl fmt::Debug for Proxying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Proxying::Direct => "Direct",
            Proxying::Through(_) => "Through([redacted])",
            Proxying::ByEnvironment { .. } => "ByEnvironment([redacted])",
        })
    }
}
