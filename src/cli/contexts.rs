//! The servers that were signed in to, and their session tokens: `contexts.toml`, mode 0600.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::config::Environment;

/// The context if none is named.
pub(crate) const DEFAULT: &str = "default";

/// All contexts.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The one that is used if none is named.
    #[serde(default)]
    pub(crate) current: Option<String>,
    /// By name.
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, SavedContext>,
}

/// A server, and how it is used.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedContext {
    /// Its address.
    pub(crate) server: String,
    /// The project if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
    /// The session; goes to `server` and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Zeroizing<String>>,
}

/// Where contexts are kept.
pub(crate) struct ContextsFile(PathBuf);

impl ContextsFile {
    /// `$XDG_CONFIG_HOME/tidegate/contexts.toml`, else below `~/.config`; `None` without a home.
    pub(crate) fn of(env: &Environment) -> Option<Self> {
        let given = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = given("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| given("HOME").map(|home| home.join(".config")))?;
        Some(Self(base.join("tidegate/contexts.toml")))
    }

    /// What is kept; nothing if there is no file.
    ///
    /// # Errors
    /// If the file cannot be read or understood.
    pub(crate) fn load(&self) -> Result<Contexts, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contexts::default()),
            Err(error) => return Err(self.failed("cannot be read", &error.to_string())),
        };
        // `Display` of the error would quote the line, which may be the token.
        toml::from_str(&text).map_err(|error| self.failed("is not understood", error.message()))
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn save(&self, contexts: &Contexts) -> Result<(), Failure> {
        let text = toml::to_string(contexts).map(Zeroizing::new);
        let text = text.map_err(|error| self.failed("cannot be written", &error.to_string()))?;
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let write = || -> io::Result<()> {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&self.0).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| self.failed("cannot be written", &error.to_string()))
    }

    fn failed(&self, what: &str, why: &str) -> Failure {
        Failure::local("contexts", format!("{} {what}", self.0.display()))
            .because(why)
            .mended_by("mend or remove the file, and sign in again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_in(folder: &Path) -> ContextsFile {
        let env = [("XDG_CONFIG_HOME".to_owned(), folder.display().to_string())].into_iter().collect();
        ContextsFile::of(&env).unwrap()
    }

    #[test]
    fn what_was_saved_is_loaded_and_only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_in(folder.path());
        assert!(file.load().unwrap().contexts.is_empty());
        let mut contexts = Contexts { current: Some("prod".to_owned()), ..Contexts::default() };
        let saved = SavedContext { server: "https://t".into(), token: Some("tok".to_owned().into()), project: None };
        contexts.contexts.insert("prod".to_owned(), saved);
        file.save(&contexts).unwrap();
        file.save(&contexts).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file.0), mode(file.0.parent().unwrap())), (0o600, 0o700));
        let loaded = file.load().unwrap();
        assert_eq!(loaded.contexts["prod"].token.as_ref().unwrap().as_str(), "tok");
        assert_eq!(fs::read_dir(file.0.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_file_is_named_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_in(folder.path());
        fs::create_dir_all(file.0.parent().unwrap()).unwrap();
        fs::write(&file.0, "token = \"canary").unwrap();
        let shown = file.load().err().unwrap().render(false);
        assert!(shown.contains("contexts.toml") && !shown.contains("canary"), "{shown}");
    }
}
