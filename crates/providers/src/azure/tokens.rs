//! Access tokens of one identity, asked for when needed and kept while they serve.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::provider::ProviderError;
use domain::secret::SecretBytes;

use super::kept::Kept;
use super::login::{Login, Token, sign_in};

/// A token with less than this left is not used any more.
const LEAST_LEFT: Duration = Duration::from_mins(5);

/// The tokens of one identity.
pub(super) struct Tokens {
    transport: net::Transport,
    clock: Arc<dyn Clock>,
    login: Login,
    kept: Kept<Token>,
}

impl Tokens {
    pub(super) fn new(transport: net::Transport, clock: Arc<dyn Clock>, login: Login) -> Self {
        Self { transport, clock, login, kept: Kept::empty() }
    }

    /// One that can be used now.
    pub(super) async fn current(&self) -> Result<Token, ProviderError> {
        let now = self.clock.now();
        let serves = |token: &Token| {
            token.expires_at.duration_since(now).as_secs() >= i64::try_from(LEAST_LEFT.as_secs()).unwrap_or(0)
        };
        self.kept.get_or(serves, || sign_in(&self.transport, now, &self.login)).await
    }

    /// Uses this one no more.
    pub(super) async fn forget(&self, refused: &SecretBytes) {
        self.kept.forget(|token| token.value.expose() == refused.expose()).await;
    }

    /// Who signs in.
    pub(super) fn login(&self) -> &Login {
        &self.login
    }
}
