//! `[local_directory]`: the folders of this machine that a tenant may connect.

use std::path::{Path, PathBuf};

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
    /// `own` is where Tidegate keeps its database and its secrets: whoever could connect that would have them.
    pub(super) fn read(mut section: Section, own: &[PathBuf], report: &mut Report) -> Self {
        let allow = section.list("allow", report, |text| {
            let path = PathBuf::from(text);
            if !path.is_absolute() || path.components().any(|part| part == std::path::Component::ParentDir) {
                let mend = "write it as /srv/data";
                return Err(Wrong::new(format!("'{text}' is not an absolute path without '..'"), mend));
            }
            let held = own.iter().find(|own| real(own).starts_with(real(&path)));
            match held {
                Some(own) => Err(Wrong::new(
                    format!("'{text}' holds {}, which is Tidegate's own", own.display()),
                    "allow the folders of the data alone",
                )),
                None => Ok(path),
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

/// Where a path leads, as far as it is there already.
fn real(path: &Path) -> PathBuf {
    let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let there = path.ancestors().find_map(|part| Some((part, std::fs::canonicalize(part).ok()?)));
    match there {
        Some((part, real)) => path.strip_prefix(part).map_or_else(|_| path.clone(), |rest| real.join(rest)),
        None => path.clone(),
    }
}
