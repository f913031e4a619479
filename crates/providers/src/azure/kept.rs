//! Something that is asked for once and kept while it serves, however many want it.

use std::time::Instant;

use domain::provider::ProviderError;
use tokio::sync::Mutex;

/// One value, and the turn of whoever asks for the next one.
pub(super) struct Kept<T>(Mutex<State<T>>);

struct State<T> {
    value: Option<T>,
    failure: Option<(Instant, ProviderError)>,
}

impl<T: Clone> Kept<T> {
    /// Nothing yet.
    pub(super) fn empty() -> Self {
        Self(Mutex::new(State { value: None, failure: None }))
    }

    /// The kept value if it serves, or a fresh one; those who wait share its outcome.
    pub(super) async fn get_or<F>(
        &self,
        serves: impl Fn(&T) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let waiting_since = Instant::now();
        let mut state = self.0.lock().await;
        if let Some(value) = state.value.as_ref().filter(|value| serves(value)) {
            return Ok(value.clone());
        }
        if let Some((at, error)) = &state.failure
            && *at >= waiting_since
        {
            return Err(error.clone());
        }
        let fetched = fetch().await;
        match &fetched {
            Ok(value) => *state = State { value: Some(value.clone()), failure: None },
            Err(error) => state.failure = Some((Instant::now(), error.clone())),
        }
        fetched
    }

    /// Forgets the value if it is the one that is meant.
    pub(super) async fn forget(&self, is_meant: impl Fn(&T) -> bool) {
        let mut state = self.0.lock().await;
        if state.value.as_ref().is_some_and(is_meant) {
            state.value = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::provider::ProviderErrorKind as Kind;

    use super::*;

    async fn get(kept: &Kept<usize>, asked: &AtomicUsize, least: usize) -> Result<usize, ProviderError> {
        let fetch = || async {
            tokio::task::yield_now().await;
            Ok(asked.fetch_add(1, Ordering::SeqCst) + 1)
        };
        kept.get_or(|value| *value >= least, fetch).await
    }

    #[tokio::test]
    async fn a_thousand_callers_ask_once_and_again_only_when_it_serves_no_more() {
        let (kept, asked) = (Kept::empty(), AtomicUsize::new(0));
        futures::future::join_all((0..1000).map(|_| get(&kept, &asked, 1))).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(get(&kept, &asked, 2).await.unwrap(), 2);
        kept.forget(|value| *value == 1).await;
        assert_eq!(get(&kept, &asked, 1).await.unwrap(), 2, "it was another one that was meant");
        kept.forget(|value| *value == 2).await;
        assert_eq!(get(&kept, &asked, 1).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn those_who_wait_share_a_failure_and_the_next_asks_again() {
        let (kept, asked) = (Kept::<usize>::empty(), AtomicUsize::new(0));
        let fail = || {
            kept.get_or(
                |_| true,
                || async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    Err(ProviderError::new(Kind::Timeout, "sign in", "no answer"))
                },
            )
        };
        let all = futures::future::join_all((0..100).map(|_| fail())).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        fail().await.unwrap_err();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}
