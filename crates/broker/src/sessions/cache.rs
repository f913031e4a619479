//! All open sessions of this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::id::{IntegrationId, PrincipalId};
use domain::provider::{ProviderError, Session, SessionTags};
use domain::scope::Scope;
use jiff::Timestamp;

use super::slot::{Opened, Slot};

/// The most keys that are kept on one node.
const MOST_KEYS: usize = 10_000;
/// A renewal that failed is not tried again sooner; until then the old session serves.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// What makes two sessions the same. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey {
    pub(crate) integration: IntegrationId,
    pub(crate) revision: i64,
    /// A user and a service account may have the same name, and so the same tags.
    pub(crate) principal: PrincipalId,
    pub(crate) scope: Option<Scope>,
    pub(crate) tags: SessionTags,
}

/// What a session is wanted for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// A request of Tidegate's own, such as a listing.
    Reach,
    /// URLs of this life: the session must outlive them.
    Sign { ttl: Duration },
    /// A credential of this life: the session must not outlive it.
    Credential { ttl: Duration },
}

/// A session that is wanted now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    pub(crate) need: Need,
    /// The life that a fresh one is asked for.
    pub(crate) life: Duration,
    pub(crate) now: Timestamp,
    /// Sessions that began then or before were cut off by a revocation.
    pub(crate) not_before: Option<Timestamp>,
}

enum Renewal {
    Running,
    FailedAt(Instant),
}

/// Sessions by key.
#[derive(Default)]
pub(crate) struct SessionCache {
    slots: Mutex<HashMap<SessionKey, Arc<Slot>>>,
    renewing: Mutex<HashMap<SessionKey, Renewal>>,
}

impl SessionCache {
    /// A kept session that serves the need and began late enough, or a fresh one.
    pub(crate) async fn get_or_open<F>(
        &self,
        key: &SessionKey,
        want: &Want,
        open: impl FnOnce() -> F,
    ) -> Result<Opened, ProviderError>
    where
        F: Future<Output = Result<Arc<dyn Session>, ProviderError>>,
    {
        self.slot(key, want.now).get_or_open(want, open).await
    }

    /// Puts a session that was fetched ahead of need.
    pub(crate) async fn put(&self, key: &SessionKey, opened: Opened, now: Timestamp) {
        self.slot(key, now).put(opened, now).await;
    }

    /// Whether the caller is the one to renew this; he tells when he is done with [`Self::end_renewal`].
    pub(crate) fn begin_renewal(&self, key: &SessionKey) -> bool {
        let mut renewing = lock(&self.renewing);
        renewing.retain(|_, renewal| match renewal {
            Renewal::Running => true,
            Renewal::FailedAt(at) => at.elapsed() < RENEWAL_PAUSE,
        });
        if renewing.contains_key(key) {
            return false;
        }
        renewing.insert(key.clone(), Renewal::Running);
        true
    }

    /// Lets the next renewal begin, after a while if this one failed.
    pub(crate) fn end_renewal(&self, key: &SessionKey, renewed: bool) {
        let mut renewing = lock(&self.renewing);
        if renewed {
            renewing.remove(key);
        } else {
            renewing.insert(key.clone(), Renewal::FailedAt(Instant::now()));
        }
    }

    /// Forgets every session that the predicate names.
    pub(crate) fn evict(&self, gone: impl Fn(&SessionKey) -> bool) {
        lock(&self.slots).retain(|key, _| !gone(key));
    }

    fn slot(&self, key: &SessionKey, now: Timestamp) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(key) {
            return slot.clone();
        }
        if slots.len() >= MOST_KEYS {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_live(now));
        }
        if slots.len() >= MOST_KEYS {
            // Everything is live: forget one that nobody waits for; it costs its next caller one request.
            let idle = slots.iter().find(|(_, slot)| Arc::strong_count(slot) == 1).map(|(key, _)| key.clone());
            if let Some(idle) = idle {
                slots.remove(&idle);
            }
        }
        slots.entry(key.clone()).or_default().clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::provider::ProviderErrorKind;

    use super::*;

    struct Until(Timestamp);
    impl Session for Until {
        fn expires_at(&self) -> Option<Timestamp> {
            Some(self.0)
        }
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    fn key(integration: IntegrationId, principal: PrincipalId) -> SessionKey {
        SessionKey { integration, revision: 1, principal, scope: None, tags: SessionTags::default() }
    }

    fn a_key() -> SessionKey {
        key(IntegrationId::new(), PrincipalId::new())
    }

    fn want(need: Need, now: i64, not_before: Option<Timestamp>) -> Want {
        Want { need, life: minutes(60), now: at(now), not_before }
    }

    /// Opens a session of an hour and counts.
    async fn get(cache: &SessionCache, key: &SessionKey, need: Need, now: i64, count: &AtomicUsize) -> Opened {
        let open = || async {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Arc::new(Until(at(now + 60))) as Arc<dyn Session>)
        };
        cache.get_or_open(key, &want(need, now, None), open).await.unwrap()
    }

    #[tokio::test]
    async fn a_thousand_callers_open_one_session() {
        for need in [Need::Reach, Need::Sign { ttl: minutes(60) }, Need::Credential { ttl: minutes(60) }] {
            let (cache, key, count) = (SessionCache::default(), a_key(), AtomicUsize::new(0));
            futures::future::join_all((0..1000).map(|_| get(&cache, &key, need, 0, &count))).await;
            assert_eq!(count.load(Ordering::SeqCst), 1, "{need:?}");
        }
    }

    #[tokio::test]
    async fn callers_who_wait_share_a_session_of_a_provider_whose_clock_is_ahead() {
        let (cache, key, count) = (SessionCache::default(), a_key(), AtomicUsize::new(0));
        let ask = || async {
            let open = || async {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(Arc::new(Until(at(64))) as Arc<dyn Session>)
            };
            let need = Need::Credential { ttl: minutes(60) };
            cache.get_or_open(&key, &want(need, 0, None), open).await.unwrap()
        };
        futures::future::join_all((0..100).map(|_| ask())).await;
        assert_eq!(count.load(Ordering::SeqCst), 1);
        ask().await;
        assert_eq!(count.load(Ordering::SeqCst), 2, "who comes later would get more than he asked for");
    }

    #[tokio::test]
    async fn only_one_renews_at_a_time_and_nobody_right_after_a_failure() {
        let (cache, key) = (SessionCache::default(), a_key());
        assert!(cache.begin_renewal(&key));
        assert!(!cache.begin_renewal(&key));
        cache.end_renewal(&key, true);
        assert!(cache.begin_renewal(&key));
        cache.end_renewal(&key, false);
        assert!(!cache.begin_renewal(&key));
    }

    #[tokio::test]
    async fn callers_who_wait_for_a_failure_share_it() {
        let (cache, key, count) = (SessionCache::default(), a_key(), AtomicUsize::new(0));
        let ask = || async {
            let open = || async {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(ProviderError::new(ProviderErrorKind::Denied, "sts:AssumeRole", "no"))
            };
            cache.get_or_open(&key, &want(Need::Sign { ttl: minutes(1) }, 0, None), open).await.is_err()
        };
        let failed = futures::future::join_all((0..100).map(|_| ask())).await;
        assert!(failed.into_iter().all(|failed| failed));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn session_is_reused_only_within_its_bounds() {
        let (cache, key, count) = (SessionCache::default(), a_key(), AtomicUsize::new(0));
        let opened = async |need, now| {
            get(&cache, &key, need, now, &count).await;
            count.load(Ordering::SeqCst)
        };
        let hour = Need::Credential { ttl: minutes(60) };
        assert_eq!(opened(hour, 0).await, 1);
        assert_eq!(opened(hour, 45).await, 1, "fifteen minutes left are enough");
        assert_eq!(opened(hour, 46).await, 2, "fourteen are not");
        assert_eq!(opened(Need::Credential { ttl: minutes(30) }, 46).await, 3, "it would outlive what was asked");
        assert_eq!(opened(Need::Sign { ttl: minutes(50) }, 50).await, 3, "the session outlives the URL");
        assert_eq!(opened(Need::Sign { ttl: minutes(60) }, 50).await, 4, "the URL would outlive the session");
    }

    #[tokio::test]
    async fn session_is_never_shared_between_principals_or_after_eviction() {
        let (cache, integration, count) = (SessionCache::default(), IntegrationId::new(), AtomicUsize::new(0));
        let (ann, bob) = (PrincipalId::new(), PrincipalId::new());
        let need = Need::Sign { ttl: minutes(1) };
        get(&cache, &key(integration, ann), need, 0, &count).await;
        get(&cache, &key(integration, bob), need, 0, &count).await;
        assert_eq!(count.load(Ordering::SeqCst), 2);
        cache.evict(|key| key.principal == ann);
        get(&cache, &key(integration, ann), need, 0, &count).await;
        get(&cache, &key(integration, bob), need, 0, &count).await;
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn session_from_before_a_revocation_is_not_reused() {
        let (cache, key, count) = (SessionCache::default(), a_key(), AtomicUsize::new(0));
        let need = Need::Sign { ttl: minutes(1) };
        get(&cache, &key, need, 0, &count).await;
        let open = || async {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Arc::new(Until(at(62))) as Arc<dyn Session>)
        };
        cache.get_or_open(&key, &want(need, 2, Some(at(1))), open).await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn session_ages_before_it_stops_serving() {
        let opened = Opened::new(Arc::new(Until(at(60))), at(0), minutes(60));
        assert!(!opened.is_ageing(at(33)));
        assert!(opened.is_ageing(at(34)));
    }
}
