//! `[azure]`: where Microsoft Entra ID and the blob services of accounts are.
//!
//! The addresses are the operator's alone: tokens are sent there.

use super::address;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// What stands for the name of an account.
const ACCOUNT: &str = "{account}";

/// Which services are asked, where it is not those of the cloud that an integration names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Azure {
    /// Where applications sign in.
    pub(crate) authority: Option<String>,
    /// The blob service of an account, with `{account}` in the host or as the path.
    pub(crate) blob_endpoint: Option<String>,
}

impl Azure {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let read = Self {
            authority: section.text("authority", report, address::origin).map(|given| given.value),
            blob_endpoint: section.text("blob_endpoint", report, template).map(|given| given.value),
        };
        section.finish(report);
        read
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        for (name, endpoint) in [("azure.authority", &self.authority), ("azure.blob_endpoint", &self.blob_endpoint)] {
            if let Some(endpoint) = endpoint {
                lines.add(name, endpoint);
            }
        }
    }
}

/// An origin with the account's name in its host, or as all of its path.
fn template(text: &str) -> Result<String, Wrong> {
    let mend = "write it as https://{account}.blob.example.com or https://host:port/{account}";
    if text.matches(ACCOUNT).count() != 1 {
        return Err(Wrong::new("does not have {account} in it once", mend));
    }
    let (origin, path) = match text.strip_suffix(&format!("/{ACCOUNT}")) {
        Some(origin) => (origin.to_owned(), ACCOUNT),
        None => (text.replace(ACCOUNT, "account"), ""),
    };
    let origin = address::origin(&origin)?;
    if path.is_empty() { Ok(text.trim_end_matches('/').to_owned()) } else { Ok(format!("{origin}/{path}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_host_or_is_the_path() {
        for good in ["https://{account}.blob.example.com", "https://localhost:11000/{account}"] {
            assert_eq!(template(good).unwrap(), good);
        }
        assert_eq!(template("https://{account}.blob.example.com/").unwrap(), "https://{account}.blob.example.com");
        for bad in [
            "https://blob.example.com",
            "https://{account}.example.com/{account}",
            "https://example.com/blob/{account}",
            "https://example.com/{account}/x",
            "https://u@example.com/{account}",
            "{account}.example.com",
        ] {
            assert!(template(bad).is_err(), "{bad}");
        }
    }
}
