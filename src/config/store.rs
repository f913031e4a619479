//! `[store]`: where everything is kept.

use std::path::{Path, PathBuf};

use domain::secret::SecretBytes;

use super::files;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// The database.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    /// The embedded one.
    Sqlite {
        /// Its file.
        path: PathBuf,
    },
    /// PostgreSQL.
    Postgres {
        /// With the password in it.
        url: SecretBytes,
    },
}

impl Store {
    pub(super) fn read(mut section: Section, data_dir: &Path, report: &mut Report) -> Self {
        let url = section.text("url", report, |text| postgres(SecretBytes::from(text)));
        let from_file = section.text("url_file", report, |path| files::secret_of(path).and_then(postgres));
        if section.was_given("url") && section.was_given("url_file") {
            let mend = "leave one of them out";
            report.add(section.place(), "store", Wrong::new("url and url_file are both given", mend));
        }
        section.finish(report);
        match url.or(from_file) {
            Some(given) => Self::Postgres { url: given.value },
            None => Self::Sqlite { path: data_dir.join("tidegate.db") },
        }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        match self {
            Self::Sqlite { path } => lines.add("store", format!("SQLite at {}", path.display())),
            Self::Postgres { url } => lines.add("store", format!("PostgreSQL at {}", host(url))),
        }
    }
}

fn postgres(url: SecretBytes) -> Result<SecretBytes, Wrong> {
    let known = |text: &str| text.starts_with("postgres://") || text.starts_with("postgresql://");
    if url.expose_str().is_some_and(known) {
        return Ok(url);
    }
    Err(Wrong::new(
        "is not the URL of a PostgreSQL database",
        "write it as postgres://user:password@host/database, or leave it out for SQLite in data_dir",
    ))
}

/// What stands behind the password and before the parameters, which may hold one too.
fn host(url: &SecretBytes) -> &str {
    let text = url.expose_str().unwrap_or_default();
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    rest.rsplit_once('@').map_or(rest, |(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_store_has_no_password() {
        let mut lines = Lines::default();
        let url = "postgres://tide:s3cr@t@db.example:5432/tide?password=s3cr@t".into();
        Store::Postgres { url }.show(&mut lines);
        assert_eq!(lines.to_string(), "store = PostgreSQL at db.example:5432/tide\n");
    }
}
