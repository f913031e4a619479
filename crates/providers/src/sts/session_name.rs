//! Names of sessions: what the cloud's own log shows of a person.

use aws_lc_rs::digest::{SHA256, digest};

/// Longest name of a role session and of a source identity (AWS STS: `[\w+=,.@-]{2,64}`).
pub(crate) const ROLE_SESSION: usize = 64;

/// Longest name of a federated user (AWS STS: `[\w+=,.@-]{2,32}`).
pub(crate) const FEDERATED_USER: usize = 32;

/// A session name of at most `longest` characters for a principal.
///
/// A principal's name that is a session name already stays as it is; from any other one the characters that
/// are not allowed become `-`, and a part of its digest keeps it apart from others that look alike.
pub(crate) fn session_name(principal: &str, longest: usize) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=longest).contains(&principal.len()) && principal.chars().all(allowed) {
        return principal.to_owned();
    }
    let tail = hex_of(principal);
    let room = longest.saturating_sub(tail.len() + 1);
    let head: String = principal.chars().map(|c| if allowed(c) { c } else { '-' }).take(room).collect();
    format!("{head}-{tail}")
}

fn hex_of(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        assert_eq!(session_name("ann.b_c+d@example.com", ROLE_SESSION), "ann.b_c+d@example.com");
    }

    #[test]
    fn names_that_look_alike_stay_apart() {
        assert_ne!(session_name("ann b", ROLE_SESSION), session_name("ann/b", ROLE_SESSION));
        assert_ne!(session_name(&"a".repeat(65), ROLE_SESSION), session_name(&"a".repeat(66), ROLE_SESSION));
        assert_eq!(session_name("", ROLE_SESSION).len(), 11);
        assert!(session_name("a", ROLE_SESSION).starts_with("a-"));
    }

    proptest! {
        #[test]
        fn every_principal_gives_a_name_that_sts_takes(principal in "\\PC{0,90}", federated in any::<bool>()) {
            let longest = if federated { FEDERATED_USER } else { ROLE_SESSION };
            let name = session_name(&principal, longest);
            prop_assert!((2..=longest).contains(&name.len()));
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)), "{}", name);
            prop_assert_eq!(session_name(&name, longest), name.clone());
        }
    }
}
