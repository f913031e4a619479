//! What whoever has an account says of it, in variables that begin with `TIDEGATE_LIVE_`; secrets are files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::secret::SecretBytes;

const PREFIX: &str = "TIDEGATE_LIVE_";

/// The variables, without what they all begin with.
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(crate) fn of_the_environment() -> Self {
        let all = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?.strip_prefix(PREFIX)?.to_owned();
            Some((name, value.into_string().ok()?))
        });
        Self(all.collect())
    }

    pub(crate) fn given(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn need(&self, name: &str) -> &str {
        self.get(name).unwrap_or_else(|| panic!("set {PREFIX}{name}: CONTRIBUTING.md says to what"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.need(name).into()
    }

    /// What is in the file of that name.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|why| panic!("{PREFIX}{name}, {}: {why}", path.display()))
    }

    pub(crate) fn secret(&self, name: &str) -> SecretBytes {
        SecretBytes::new(self.file(name).trim_ascii_end())
    }
}
