//! The lines in the log. Each names the account and the host; none shows a secret.

use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use super::Inner;
use crate::clock::Moment;
use crate::error::Failure;
use crate::policy::Zone;
use crate::provider::Provider;
use crate::session::{AccessToken, Source};
use crate::telemetry::{TARGET, in_words, whole_seconds};

impl Inner {
    pub(super) fn tell_success(
        &self,
        provider: &dyn Provider,
        token: &AccessToken,
        how: Source,
        now: Moment,
        duration: Duration,
    ) {
        let what = match how {
            Source::Login => "logged in, the token",
            Source::Refresh => "refreshed, the token",
            Source::Store => "using the stored token,",
            Source::Environment => "using a token from the environment,",
            Source::Backup => "using the token before the last,",
        };
        let left = token.life.left(now);
        info!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            durationMs = duration.as_millis() as u64,
            expiresInSeconds = whole_seconds(left),
            "{what} expires in {}",
            in_words(left)
        );
    }

    /// Says what failed, and finds what callers may have instead: the current token while it has not expired.
    pub(super) fn tell_failure(
        &self,
        provider: &dyn Provider,
        failure: &Failure,
        now: Moment,
    ) -> Option<Arc<AccessToken>> {
        let live = self.live_token();
        let served = live.as_ref().filter(|_| self.parts.policy.serve_stale);
        let consequence = served.map(|token| {
            let rest = in_words(token.life.left(now));
            format!("{} Serving the current token, which expires in {rest}", full_stop(failure))
        });
        warn!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            code = failure.code.as_str(),
            status = failure.status,
            "{failure}{}",
            consequence.unwrap_or_default()
        );
        live
    }

    /// What callers get when a renewal has failed, if they take an old token.
    pub(super) fn live_token(&self) -> Option<Arc<AccessToken>> {
        let session = self.shared.memory.load().session?;
        let live = self.zone(&session).is_some_and(Zone::is_live);
        session.access.clone().filter(|_| live)
    }

    pub(super) fn tell_refresh_failed(&self, provider: &dyn Provider, failure: &Failure) {
        warn!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            code = failure.code.as_str(),
            status = failure.status,
            "refresh failed, logging in instead: {failure}"
        );
    }

    pub(super) fn tell_fallback(&self, provider: &dyn Provider, place: &str, failure: &Failure) {
        warn!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            code = failure.code.as_str(),
            status = failure.status,
            "{failure}{} Using the tokens in {place} instead",
            full_stop(failure)
        );
    }

    pub(super) fn tell_unusable_fallback(&self, provider: &dyn Provider, place: &str, why: &str) {
        let (account, host) = (provider.account(), provider.host());
        warn!(name: TARGET, target: TARGET, account, host, "the tokens in {place} cannot be used: {why}");
    }

    pub(super) fn tell_backup(&self, provider: &dyn Provider, failure: Option<&Failure>) {
        let (account, host) = (provider.account(), provider.host());
        match failure {
            Some(failure) => {
                let (code, status) = (failure.code.as_str(), failure.status);
                let stop = full_stop(failure);
                warn!(name: TARGET, target: TARGET, account, host, code, status, "{failure}{stop} Using the session before it instead");
            }
            None => {
                warn!(name: TARGET, target: TARGET, account, host, "using the stored session before the last, which is still good")
            }
        }
    }

    pub(super) fn tell_impatience(&self, provider: &dyn Provider, patience: Duration, place: &str) {
        warn!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            "another process has been renewing the session in {place} for {}: going ahead without its lock",
            in_words(patience)
        );
    }

    pub(super) fn warn_of_assumption(&self, provider: &dyn Provider, lifetime: Duration) {
        warn!(
            name: TARGET,
            target: TARGET,
            account = provider.account(),
            host = provider.host(),
            "the token does not say when it expires: it counts as good for {}",
            in_words(lifetime)
        );
    }
}

/// What ends the sentence of a failure, if it has not ended by itself.
fn full_stop(failure: &Failure) -> &'static str {
    if failure.message.ends_with(['.', '?']) { "" } else { "." }
}
