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
    providers::gcp_identity_audience(text).ok_or_else(|| {
        Wrong::new(
            format!("'{text}' is not the name of a pool's provider"),
            "write it as //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, \
             with the number of the project, and ids of 4 to 32 lower-case letters, digits and hyphens",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::audience;

    const NAME: &str =
        "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/operators/providers/tidegate";

    #[test]
    fn what_the_method_would_refuse_later_is_refused_at_the_start() {
        for good in [NAME.to_owned(), format!("https:{NAME}")] {
            assert_eq!(audience(&good).ok().as_deref(), Some(NAME), "{good}");
        }
        for bad in [
            format!("https:https:{NAME}"),
            NAME.replace("123", "my-project"),
            NAME.replace("123", "123456789012345678901"),
            NAME.replace("operators", "ops"),
            NAME.replace("operators", "Operators"),
            NAME.replace("tidegate", "tide_gate"),
            NAME.replace("tidegate", "tide gate"),
            NAME.replace("tidegate", &"t".repeat(33)),
            NAME.replace("global", "eu"),
            format!("{NAME}/"),
        ] {
            assert!(audience(&bad).is_err(), "{bad}");
        }
    }
}
