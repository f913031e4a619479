//! One token that is kept while it is good, fetched once however many wait for it.

use std::time::{Duration, Instant};

use domain::provider::ProviderError;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::AccessToken;

/// A token with less than this left is not begun with: a stream may take a while to start.
const LEAST_LEFT: Duration = Duration::from_secs(300);

/// Which token will do.
pub(in crate::gcp) enum Wanted<'a> {
    /// One that is good for a while.
    Good,
    /// One that is good for so long.
    Left(Duration),
    /// One that was asked for since the caller came.
    Fresh,
    /// Another one than this, which was refused.
    Other(&'a AccessToken),
}

/// Keeps one token.
#[derive(Default)]
pub(in crate::gcp) struct Kept(Mutex<State>);

#[derive(Default)]
struct State {
    token: Option<(AccessToken, Instant)>,
    failure: Option<(Instant, ProviderError)>,
}

impl Kept {
    /// The kept token if it will do, else the one that `fetch` gives; those who wait share its outcome.
    pub(in crate::gcp) async fn get<F>(
        &self,
        wanted: Wanted<'_>,
        now: Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<AccessToken, ProviderError>
    where
        F: Future<Output = Result<AccessToken, ProviderError>>,
    {
        let waiting_since = Instant::now();
        let mut state = self.0.lock().await;
        if let Some((token, arrived)) = &state.token {
            let good = token.left(now) >= LEAST_LEFT;
            let since = *arrived >= waiting_since;
            let will_do = match wanted {
                Wanted::Good => good,
                Wanted::Left(least) => token.left(now) >= least || since,
                Wanted::Fresh => since,
                Wanted::Other(refused) => good && token.secret.expose() != refused.secret.expose(),
            };
            if will_do {
                return Ok(token.clone());
            }
        }
        if let Some((at, error)) = &state.failure
            && *at >= waiting_since
        {
            return Err(error.clone());
        }
        match fetch().await {
            Ok(token) => {
                state.failure = None;
                state.token = Some((token.clone(), Instant::now()));
                Ok(token)
            }
            Err(error) => {
                state.failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::provider::ProviderErrorKind;
    use domain::secret::SecretBytes;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn token(name: &str, expires_at: i64) -> AccessToken {
        AccessToken { secret: SecretBytes::from(name), expires_at: at(expires_at) }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_its_end() {
        let (kept, asked) = (Kept::default(), AtomicUsize::new(0));
        let get = async |now| {
            let fetch = || async {
                asked.fetch_add(1, Ordering::SeqCst);
                Ok(token("a", now + 3_600))
            };
            kept.get(Wanted::Good, at(now), fetch).await.unwrap()
        };
        for (now, times) in [(0, 1), (3_300, 1), (3_301, 2)] {
            get(now).await;
            assert_eq!(asked.load(Ordering::SeqCst), times, "at {now}");
        }
    }

    #[tokio::test]
    async fn one_flight_serves_all_who_wait_for_it_and_fails_for_all() {
        let (kept, asked) = (Kept::default(), AtomicUsize::new(0));
        for fails in [false, true] {
            let one = || {
                kept.get(Wanted::Fresh, at(0), || async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    match fails {
                        false => Ok(token("a", 3_600)),
                        true => Err(ProviderError::new(ProviderErrorKind::Timeout, "oauth2.token", "slow")),
                    }
                })
            };
            let outcomes = tokio::join!(one(), one(), one());
            assert_eq!([outcomes.0.is_err(), outcomes.1.is_err(), outcomes.2.is_err()], [fails; 3]);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        let kept = Kept::default();
        let old = kept.get(Wanted::Good, at(0), async || Ok(token("old", 3_600))).await.unwrap();
        for _ in 0..2 {
            let new = kept.get(Wanted::Other(&old), at(0), async || Ok(token("new", 3_600))).await.unwrap();
            assert_eq!(new.secret.expose(), b"new");
        }
        let kept_one = kept.get(Wanted::Good, at(0), async || Ok(token("third", 3_600))).await.unwrap();
        assert_eq!(kept_one.secret.expose(), b"new");
    }
}
