//! `[keyring]`: the root key, from a file, a passphrase or the environment.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::secret::SecretBytes;
use zeroize::Zeroizing;

use super::files;
use super::mistake::{Place, Report, Wrong};
use super::section::Section;
use super::show::Lines;
use super::source::Environment;

/// The variable that containers give the root key in.
pub(super) const ROOT_KEY: &str = "TIDEGATE_ROOT_KEY";

/// Where the root key comes from.
#[derive(Debug, Clone)]
pub(crate) enum Keyring {
    /// A file, made with mode 0600 on an empty store if it is absent.
    File(PathBuf),
    /// Derived from a passphrase.
    Passphrase(SecretBytes),
    /// The 32 bytes themselves, decoded.
    Key(SecretBytes),
}

impl Keyring {
    pub(super) fn read(mut section: Section, env: &Environment, data_dir: &Path, report: &mut Report) -> Self {
        let file = section.text("root_key_file", report, |text| Ok(PathBuf::from(text)));
        let passphrase = section.text("passphrase_file", report, files::secret_of);
        if section.was_given("root_key_file") && section.was_given("passphrase_file") {
            let problem = Wrong::new("root_key_file and passphrase_file are both given", "leave one of them out");
            report.add(section.place(), "keyring", problem);
        }
        let either = section.was_given("root_key_file") || section.was_given("passphrase_file");
        section.finish(report);

        let variable = env.get(ROOT_KEY).filter(|value| !value.is_empty());
        let place = Place::Variable(ROOT_KEY.to_owned());
        if variable.is_some() && either {
            let mend = "leave the variable or the key of [keyring] out";
            report.add(&place, "", Wrong::new("the root key is given here and in [keyring]", mend));
        }
        let key = variable.and_then(|text| decode(text).map_err(|wrong| report.add(&place, "", wrong)).ok());
        match (key, passphrase) {
            (Some(key), _) => Self::Key(key),
            (None, Some(passphrase)) => Self::Passphrase(passphrase.value),
            (None, None) => Self::File(file.map_or_else(|| data_dir.join("root.key"), |given| given.value)),
        }
    }

    /// The file, where there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Passphrase(_) | Self::Key(_) => None,
        }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        match self {
            Self::File(path) => lines.add("keyring", format!("the root key in {}", path.display())),
            Self::Passphrase(_) => lines.add("keyring", "derived from a passphrase"),
            Self::Key(_) => lines.add("keyring", format!("the root key in {ROOT_KEY}")),
        }
    }
}

fn decode(text: &str) -> Result<SecretBytes, Wrong> {
    let mend = "give the base64 of exactly 32 random bytes, for example from: openssl rand -base64 32";
    let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).map_err(|_| Wrong::new("is not base64", mend))?;
    if bytes.len() == 32 {
        Ok(SecretBytes::new(bytes.as_slice()))
    } else {
        Err(Wrong::new(format!("holds {} bytes", bytes.len()), mend))
    }
}
