//! Callers who ask the store for the same at once share one reading.
//!
//! This is no cache: nobody is given what was read before he asked. Who comes while a reading is under
//! way shares the next one, so that nothing that was taken back is seen for longer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use domain::Result;

/// Readings that are under way, by what is asked for. Keys compare exactly.
pub(crate) struct Shared<K: Eq + Hash, V>(Mutex<HashMap<K, Asked<V>>>);

struct Asked<V> {
    callers: usize,
    turn: Arc<Turn<V>>,
}

/// Whoever has it reads; those who wait for it share what he finds.
type Turn<V> = tokio::sync::Mutex<Option<Reading<V>>>;

struct Reading<V> {
    began: Instant,
    /// None if it failed.
    found: Option<V>,
}

impl<K: Eq + Hash, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Shared<K, V> {
    /// What `read` finds, or what another found who began to read after this was called.
    ///
    /// # Errors
    /// Those of `read`. They are not shared: whoever waited for a reading that failed reads himself, at once.
    pub(crate) async fn get<F>(&self, key: K, read: impl FnOnce() -> F) -> Result<V>
    where
        F: Future<Output = Result<V>>,
    {
        let asked = Instant::now();
        let (_place, turn) = self.join(key);
        let mut last = turn.lock().await;
        match last.as_ref().filter(|last| last.began > asked) {
            Some(Reading { found: Some(found), .. }) => Ok(found.clone()),
            Some(Reading { found: None, .. }) => {
                drop(last);
                read().await
            }
            None => {
                let began = Instant::now();
                let found = read().await;
                *last = Some(Reading { began, found: found.as_ref().ok().cloned() });
                found
            }
        }
    }

    fn join(&self, key: K) -> (Place<'_, K, V>, Arc<Turn<V>>) {
        let mut all = self.lock();
        let asked = all.entry(key.clone()).or_insert_with(|| Asked { callers: 0, turn: Arc::default() });
        asked.callers += 1;
        (Place { all: self, key }, asked.turn.clone())
    }
}

impl<K: Eq + Hash, V> Shared<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Asked<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits or reads. The last to go takes what was found with him.
struct Place<'a, K: Eq + Hash, V> {
    all: &'a Shared<K, V>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Place<'_, K, V> {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(asked) = all.get_mut(&self.key) {
            asked.callers -= 1;
            if asked.callers == 0 {
                all.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::{Error, ErrorKind};
    use futures::future::join_all;
    use tokio::sync::oneshot;

    use super::*;

    #[derive(Default)]
    struct Source {
        shared: Shared<&'static str, usize>,
        readings: AtomicUsize,
    }

    impl Source {
        /// Which reading was seen; the first is 1.
        async fn ask(&self, key: &'static str) -> usize {
            let read = || async {
                let reading = self.readings.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                Ok(reading)
            };
            self.shared.get(key, read).await.unwrap()
        }
    }

    #[tokio::test]
    async fn who_comes_during_a_reading_shares_the_next_one() {
        let source = Source::default();
        let seen = join_all((0..1000).map(|_| source.ask("key"))).await;
        assert_eq!(seen.first(), Some(&1));
        assert!(seen.iter().skip(1).all(|seen| *seen == 2), "nobody sees a reading that began before he asked");
        assert_eq!(source.readings.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_who_comes_later() {
        let source = Source::default();
        assert_eq!((source.ask("key").await, source.ask("key").await), (1, 2));
        assert!(source.shared.lock().is_empty());
    }

    #[tokio::test]
    async fn other_keys_have_readings_of_their_own() {
        let source = Source::default();
        let (one, two) = futures::join!(source.ask("one"), source.ask("two"));
        assert_ne!(one, two);
    }

    #[tokio::test]
    async fn who_waited_for_a_failure_reads_himself() {
        let (shared, readings) = (Shared::<(), ()>::default(), AtomicUsize::new(0));
        let fail = || async {
            readings.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err(Error::new(ErrorKind::AuditUnavailable, "no"))
        };
        let failed = join_all((0..9).map(|_| shared.get((), fail))).await;
        assert!(failed.iter().all(Result::is_err));
        assert_eq!(readings.load(Ordering::SeqCst), 9);
        assert!(shared.lock().is_empty());
    }

    #[tokio::test]
    async fn who_goes_away_in_the_middle_leaves_the_turn_to_the_next() {
        let source = Source::default();
        let (_never, forever) = oneshot::channel::<()>();
        let mut leaver = Box::pin(source.shared.get("key", || async {
            drop(forever.await);
            Ok(0)
        }));
        assert!(futures::poll!(&mut leaver).is_pending());
        let mut next = Box::pin(source.ask("key"));
        assert!(futures::poll!(&mut next).is_pending());
        drop(leaver);
        assert_eq!(next.await, 1);
        assert!(source.shared.lock().is_empty());
    }
}
