//! Rate limits of everything that is not authenticated, by address.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Error, ErrorKind};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// Failed or missing authentication: a burst of so many, then one a second.
const BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Attempts to sign in: a burst of so many, then one in six seconds. The lock-out of an account is apart.
const SIGN_IN_BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
const SIGN_IN_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// So many addresses are remembered before those that have recovered are forgotten.
const REMEMBERED: usize = 10_000;
const FORGET_EVERY: u64 = 1_024;

/// The limiters of this node.
#[derive(Debug)]
pub(crate) struct Limits {
    unauthenticated: Limiter,
    sign_in: Limiter,
}

#[derive(Debug)]
struct Limiter {
    by_source: DefaultKeyedRateLimiter<Option<IpAddr>>,
    seen: AtomicU64,
}

impl Limiter {
    fn new(quota: Quota) -> Self {
        Self { by_source: DefaultKeyedRateLimiter::keyed(quota), seen: AtomicU64::new(0) }
    }
}

/// Who has one IPv6 address has 2^64 of them: they count as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => address
            .to_ipv4_mapped()
            .map_or_else(|| IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))), IpAddr::V4),
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unauthenticated: Limiter::new(Quota::per_second(NonZeroU32::MIN).allow_burst(BURST)),
            sign_in: Limiter::new(Quota::per_minute(SIGN_IN_PER_MINUTE).allow_burst(SIGN_IN_BURST)),
        }
    }
}

impl Limits {
    /// Counts a request that showed no good token.
    pub(crate) fn count_unauthenticated(&self, source: Option<IpAddr>) -> Result<(), Error> {
        check(&self.unauthenticated, source)
    }

    /// Counts an attempt to sign in.
    pub(crate) fn count_sign_in(&self, source: Option<IpAddr>) -> Result<(), Error> {
        check(&self.sign_in, source)
    }
}

fn check(limiter: &Limiter, source: Option<IpAddr>) -> Result<(), Error> {
    // Forgetting looks at every address, so it is done only now and then.
    if limiter.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGET_EVERY) && limiter.by_source.len() > REMEMBERED
    {
        limiter.by_source.retain_recent();
    }
    limiter.by_source.check_key(&source.map(network)).map_err(|not_until| {
        let after = not_until.wait_time_from(DefaultClock::default().now());
        Error::new(ErrorKind::RateLimited, "too many unauthenticated requests from this address")
            .with_retry_after(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_limited_alone() {
        let limits = Limits::default();
        let ann = Some("192.0.2.1".parse().unwrap());
        for _ in 0..SIGN_IN_BURST.get() {
            limits.count_sign_in(ann).unwrap();
        }
        let error = limits.count_sign_in(ann).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert!(error.retry_after().is_some());
        assert!(limits.count_sign_in(Some("192.0.2.2".parse().unwrap())).is_ok());
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
