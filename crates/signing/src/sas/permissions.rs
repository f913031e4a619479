//! What a signature allows, in the one order that Azure takes.

use super::SasError;

/// "Create a user delegation SAS", section "Specify permissions"; a service SAS has the same order.
const ORDER: &str = "racwdxltmeop";

/// Letters of permissions: read, add, create, write, delete, delete version, list, tags, move, execute, ownership,
/// permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(String);

impl Permissions {
    /// Puts the letters in order.
    ///
    /// # Errors
    /// [`SasError::Permissions`] for no letter, for one that is none of them, and for one that occurs twice.
    pub fn parse(letters: &str) -> Result<Self, SasError> {
        let ordered: String = ORDER.chars().filter(|letter| letters.contains(*letter)).collect();
        // Letters that are unknown or occur twice make the text given longer than that in order.
        if ordered.is_empty() || ordered.len() != letters.len() {
            Err(SasError::Permissions)
        } else {
            Ok(Self(ordered))
        }
    }

    /// The letters in order.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_put_in_order() {
        assert_eq!(Permissions::parse("lr").unwrap().as_str(), "rl");
        assert_eq!(Permissions::parse("poemtlxdwcar").unwrap().as_str(), ORDER);
    }

    #[test]
    fn unknown_doubled_and_missing_letters_are_refused() {
        for letters in ["", "rr", "z", "r l", "R", "rz", "é"] {
            assert_eq!(Permissions::parse(letters), Err(SasError::Permissions), "{letters:?}");
        }
    }
}
