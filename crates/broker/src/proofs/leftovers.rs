//! What a proof wrote, and what of it could not be removed.

use std::time::Duration;

use domain::place::Prefix;
use domain::provider::{ObjectStorage, ProviderErrorKind, Stored};

use super::Outcome;

/// The hidden folder under a prefix in which Tidegate keeps what is its own.
pub(crate) const HIDDEN: &str = ".tidegate/";
/// Shorter than a check may take, so that what stays is named and not forgotten with the check.
const REMOVAL_LIMIT: Duration = Duration::from_secs(15);

/// The names that a proof of one place uses: random, under the hidden folder of the prefix.
#[derive(Debug, Clone)]
pub(crate) struct ProbeNames {
    /// The object that is written, read and removed.
    pub(crate) object: String,
    /// A key under the prefix at which nothing is.
    pub(crate) absent: String,
    /// A prefix beside the object, for a scope that must not reach it.
    pub(crate) beside: String,
}

impl ProbeNames {
    pub(crate) fn new(prefix: &Prefix) -> Self {
        let random = uuid::Uuid::new_v4().simple();
        let stem = format!("{}{HIDDEN}probe-{random}", prefix.as_str());
        Self { object: stem.clone(), absent: format!("{stem}-absent"), beside: format!("{stem}-beside/") }
    }
}

/// Keeps count of what was written.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    written: bool,
    removed: bool,
    versions: usize,
}

impl Leftovers {
    /// Something was stored under the probe's name.
    pub(crate) fn wrote(&mut self, stored: &Stored) {
        self.written = true;
        self.removed = false;
        self.versions += usize::from(stored.version.is_some());
    }

    /// The store may or may not have taken a write whose answer was lost.
    pub(crate) fn may_have_written(&mut self) {
        self.written = true;
    }

    /// The probe was removed.
    pub(crate) fn removed(&mut self) {
        self.removed = true;
    }

    /// Removes what is left, and says what stays.
    pub(crate) async fn clean(mut self, storage: &dyn ObjectStorage, names: &ProbeNames, may_delete: bool) -> Outcome {
        if !self.written {
            return Outcome::skipped("nothing was written");
        }
        if !self.removed && may_delete {
            self.removed = match tokio::time::timeout(REMOVAL_LIMIT, storage.delete(&names.object, None)).await {
                Ok(Ok(())) => true,
                Ok(Err(error)) => error.kind == ProviderErrorKind::NoSuchKey,
                Err(_) => false,
            };
        }
        match (self.removed, self.versions) {
            (true, 0) => Outcome::passed("everything that was written was removed"),
            (true, count) => Outcome::warning(format!(
                "the bucket keeps versions: {count} old version(s) of '{}' stay until its lifecycle removes them",
                names.object
            )),
            (false, _) => Outcome::warning(format!("'{}' stays: it could not be removed", names.object)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_names_are_hidden_under_the_prefix_and_random() {
        let prefix: Prefix = "a/b/".parse().unwrap();
        let (one, two) = (ProbeNames::new(&prefix), ProbeNames::new(&prefix));
        assert!(one.object.starts_with("a/b/.tidegate/probe-"));
        assert_ne!(one.object, two.object);
        assert!(!one.object.starts_with(&one.beside));
    }
}
