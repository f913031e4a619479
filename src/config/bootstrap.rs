//! What the first start on an empty store is told by the environment.
//!
//! Nothing here is read or checked before it is needed: once the store has data both variables
//! are ignored, and the files they name are usually gone.

use std::path::PathBuf;

use super::source::Environment;

/// The administrator of an empty store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bootstrap {
    /// Where the administrator's password is (`TIDEGATE_ADMIN_PASSWORD_FILE`); made and printed once if absent.
    pub(crate) password_file: Option<PathBuf>,
    /// Where the administrator's API token is to be written (`TIDEGATE_ADMIN_TOKEN_FILE`).
    pub(crate) token_file: Option<PathBuf>,
}

impl Bootstrap {
    pub(super) fn read(env: &Environment) -> Self {
        let path = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { password_file: path("TIDEGATE_ADMIN_PASSWORD_FILE"), token_file: path("TIDEGATE_ADMIN_TOKEN_FILE") }
    }
}
