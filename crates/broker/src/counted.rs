//! Counts that end somewhere, so that counting never looks at everything.

/// A page tells of so many; beyond that it says "more".
pub(crate) const MOST: u32 = 10_000;
/// What is asked of the store, to know whether there are more.
pub(crate) const ONE_MORE: u32 = MOST + 1;

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// At least so many.
    pub count: u64,
    /// There are more.
    pub more: bool,
}

impl Counted {
    /// Of a count that ended at [`ONE_MORE`].
    pub(crate) fn of(found: u64) -> Self {
        let most = u64::from(MOST);
        Self { count: found.min(most), more: found > most }
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.count, if self.more { "+" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_over_the_bound_is_more_than_the_bound() {
        assert_eq!(Counted::of(10_000), Counted { count: 10_000, more: false });
        assert_eq!(Counted::of(10_001), Counted { count: 10_000, more: true });
    }
}
