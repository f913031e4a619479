//! The sessions of one key, and the turn of whoever asks the provider for the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::provider::{ProviderError, Session};
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{LEAST_LEFT, Need, Want};

/// The most sessions of one key that are kept: callers rarely ask for more than two lengths of life.
const KEPT: usize = 4;

/// What the clocks of provider and machine may differ by, and whole seconds may hide.
const SKEW: Duration = Duration::from_secs(60);

/// A session and when it was opened.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) session: Arc<dyn Session>,
    /// Just before the provider was asked.
    pub(crate) opened_at: Timestamp,
    /// The life that the provider was asked for.
    pub(crate) asked: Duration,
    arrived: Instant,
}

impl Opened {
    pub(crate) fn new(session: Arc<dyn Session>, opened_at: Timestamp, asked: Duration) -> Self {
        Self { session, opened_at, asked, arrived: Instant::now() }
    }

    /// How long it is good for; a key pair without an end is good for ever.
    pub(crate) fn left(&self, now: Timestamp) -> Duration {
        match self.session.expires_at() {
            Some(end) => Duration::try_from(end.duration_since(now)).unwrap_or_default(),
            None => Duration::MAX,
        }
    }

    fn serves(&self, need: Need, now: Timestamp) -> bool {
        let left = self.left(now);
        left >= LEAST_LEFT
            && match need {
                Need::Reach => true,
                Need::Sign { ttl } => left >= ttl,
                // Another life is another session: a short one would end early, a long one would outlive what
                // was asked. The provider's own clock may run a little ahead.
                Need::Credential { ttl } => self.asked == ttl && left <= ttl + SKEW,
            }
    }

    /// Whether it arrived while the caller waited, and is what he would have asked for himself.
    fn is_shared(&self, need: Need, waiting_since: Instant) -> bool {
        self.arrived >= waiting_since
            && match need {
                Need::Reach => true,
                Need::Sign { ttl } => self.asked >= ttl,
                Need::Credential { ttl } => self.asked == ttl,
            }
    }

    /// Whether a fresh one should be fetched while this one still serves.
    pub(crate) fn is_ageing(&self, now: Timestamp) -> bool {
        let Some(end) = self.session.expires_at() else { return false };
        let life = Duration::try_from(end.duration_since(self.opened_at)).unwrap_or_default();
        self.left(now) < LEAST_LEFT + life.saturating_sub(LEAST_LEFT) / 4
    }
}

/// The sessions of one key.
#[derive(Default)]
pub(super) struct Slot {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    opened: Vec<Opened>,
    failure: Option<(Instant, ProviderError)>,
}

impl Slot {
    /// A kept session that serves, or the one that `open` gives; those who wait share its outcome.
    pub(super) async fn get_or_open<F>(&self, want: &Want, open: impl FnOnce() -> F) -> Result<Opened, ProviderError>
    where
        F: Future<Output = Result<Arc<dyn Session>, ProviderError>>,
    {
        let waiting_since = Instant::now();
        let mut state = self.state.lock().await;
        let fresh = |opened: &&Opened| want.not_before.is_none_or(|limit| opened.opened_at > limit);
        let serves =
            |opened: &&Opened| opened.serves(want.need, want.now) || opened.is_shared(want.need, waiting_since);
        let kept = state.opened.iter().filter(fresh).filter(serves);
        if let Some(best) = kept.max_by_key(|opened| opened.left(want.now)) {
            return Ok(best.clone());
        }
        if let Some((at, error)) = &state.failure
            && *at >= waiting_since
        {
            return Err(error.clone());
        }
        match open().await {
            Ok(session) => {
                let opened = Opened::new(session, want.now, want.life);
                state.keep(opened.clone(), want.now);
                Ok(opened)
            }
            Err(error) => {
                state.failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Replaces what was kept by a fresher session.
    pub(super) async fn put(&self, opened: Opened, now: Timestamp) {
        self.state.lock().await.keep(opened, now);
    }

    /// Whether anything in it is still of use; a slot in use always is.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.state.try_lock().map_or(true, |state| state.opened.iter().any(|opened| opened.left(now) >= LEAST_LEFT))
    }
}

impl State {
    fn keep(&mut self, opened: Opened, now: Timestamp) {
        self.failure = None;
        self.opened.retain(|kept| kept.left(now) >= LEAST_LEFT);
        self.opened.push(opened);
        if self.opened.len() > KEPT {
            self.opened.remove(0);
        }
    }
}
