//! `[gcp]`: Tidegate's own identity on Google Cloud, and where Google is.
//!
//! The addresses are the operator's alone: tokens are sent there.

use super::address;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// Who Tidegate is on Google Cloud, and which services are asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gcp {
    /// The provider of the workload identity pool that trusts Tidegate itself.
    pub(crate) identity_audience: Option<String>,
    /// Cloud Storage.
    pub(crate) storage_endpoint: Option<String>,
    /// The token endpoint of service accounts.
    pub(crate) oauth_endpoint: Option<String>,
    /// The Security Token Service.
    pub(crate) sts_endpoint: Option<String>,
    /// The IAM credentials service.
    pub(crate) iam_endpoint: Option<String>,
}

impl Gcp {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let identity_audience = section.text("identity_audience", report, audience).map(|given| given.value);
        let mut endpoint = |name| section.text(name, report, address::origin).map(|given| given.value);
        let read = Self {
            identity_audience,
            storage_endpoint: endpoint("storage_endpoint"),
            oauth_endpoint: endpoint("oauth_endpoint"),
            sts_endpoint: endpoint("sts_endpoint"),
            iam_endpoint: endpoint("iam_endpoint"),
        };
        section.finish(report);
        read
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        lines.add("gcp.identity_audience", self.identity_audience.as_deref().unwrap_or("not set"));
        for (name, endpoint) in [
            ("gcp.storage_endpoint", &self.storage_endpoint),
            ("gcp.oauth_endpoint", &self.oauth_endpoint),
            ("gcp.sts_endpoint", &self.sts_endpoint),
            ("gcp.iam_endpoint", &self.iam_endpoint),
        ] {
            if let Some(endpoint) = endpoint {
                lines.add(name, endpoint);
            }
        }
    }
}

/// The full name of a provider, as `gcloud iam workload-identity-pools providers describe` prints it.
fn audience(text: &str) -> Result<String, Wrong> {
    let path = text.trim_start_matches("https:").strip_prefix("//iam.googleapis.com/").unwrap_or_default();
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", number, "locations", "global", "workloadIdentityPools", pool, "providers", provider]
            if !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
                && !pool.is_empty()
                && !provider.is_empty() =>
        {
            Ok(format!("//iam.googleapis.com/{path}"))
        }
        _ => Err(Wrong::new(
            format!("'{text}' is not the name of a pool's provider"),
            "write it as //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
        )),
    }
}
