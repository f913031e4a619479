//! What the condition languages of Google Cloud and Azure share: three truth values, faults with a place,
//! and the bounds within which a condition is read.

use std::fmt;

/// The longest condition that is read, in bytes; both clouds take less.
pub const MAX_CONDITION: usize = 16 * 1024;
/// How deep parts of a condition may lie in each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on something that was not told.
    Unknown,
}

impl Truth {
    /// All of them: one that does not hold settles it, whatever the others are.
    pub(crate) fn all(each: impl IntoIterator<Item = Self>) -> Self {
        each.into_iter().fold(Self::True, |so_far, next| match (so_far, next) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::True, Self::True) => Self::True,
        })
    }

    /// Any of them: one that holds settles it, whatever the others are.
    pub(crate) fn any(each: impl IntoIterator<Item = Self>) -> Self {
        !Self::all(each.into_iter().map(|truth| !truth))
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Why a text is no condition, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// The byte at which it was noticed.
    pub at: usize,
    /// One plain sentence.
    pub message: String,
}

impl ConditionError {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The text is longer than what is read.
    pub(crate) fn too_long(length: usize) -> Self {
        Self::new(MAX_CONDITION, format!("the condition has {length} bytes and at most {MAX_CONDITION} are read"))
    }

    pub(crate) fn too_deep(at: usize) -> Self {
        Self::new(at, format!("the parts of the condition lie in each other deeper than {MAX_DEPTH} levels"))
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for ConditionError {}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    #[test]
    fn what_is_not_known_settles_nothing_and_hinders_nothing() {
        assert_eq!(Truth::all([True, Unknown]), Unknown);
        assert_eq!(Truth::all([Unknown, False]), False);
        assert_eq!(Truth::any([Unknown, True]), True);
        assert_eq!(Truth::any([Unknown, False]), Unknown);
        assert_eq!((Truth::all([]), Truth::any([])), (True, False));
    }
}
