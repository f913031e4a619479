//! Names that Cloud Storage takes for no object (Cloud Storage, "About Cloud Storage objects", "Naming considerations").

use domain::provider::{ProviderError, ProviderErrorKind as Kind};

/// An error for a name that no object can have; asking Google would be a request for something else, or a riddle.
pub(in crate::gcp) fn refused(operation: &'static str, key: &str) -> Result<(), ProviderError> {
    let why = match key {
        "." | ".." => "no object can be named '.' or '..'",
        _ if key.contains(['\r', '\n']) => "a name cannot hold a line break",
        _ if key.starts_with(".well-known/acme-challenge/") => "a name cannot begin with .well-known/acme-challenge/",
        _ => return Ok(()),
    };
    let message = format!("Cloud Storage takes this name for no object: {why}");
    Err(ProviderError::new(Kind::Unsupported, operation, message).with_hint("choose another name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_google_refuses_is_refused() {
        for bad in [".", "..", "a\nb", "a\rb", ".well-known/acme-challenge/x"] {
            assert_eq!(refused("storage.objects.get", bad).unwrap_err().kind, Kind::Unsupported, "{bad:?}");
        }
        for good in ["...", "a/../b", "./a", "/", "a\tb", "%0A", "#?[]*", ".well-known/x", "\u{1}"] {
            assert!(refused("storage.objects.get", good).is_ok(), "{good:?}");
        }
    }
}
