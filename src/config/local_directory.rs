//! `[local_directory]`: the folders of this machine that a tenant may connect.

use std::path::PathBuf;

use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// What the method `local-directory` may reach; empty refuses the method.
#[derive(Debug, Clone, Default)]
pub(crate) struct LocalDirectory {
    /// Absolute folders.
    pub(crate) allow: Vec<PathBuf>,
}

impl LocalDirectory {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let allow = section.list("allow", report, |text| {
            let path = PathBuf::from(text);
            if path.is_absolute() && path.components().all(|part| part != std::path::Component::ParentDir) {
                Ok(path)
            } else {
                Err(Wrong::new(format!("'{text}' is not an absolute path without '..'"), "write it as /srv/data"))
            }
        });
        section.finish(report);
        Self { allow }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        let shown: Vec<_> = self.allow.iter().map(|path| path.display()).collect();
        lines.list("local_directory.allow", &shown);
    }
}
