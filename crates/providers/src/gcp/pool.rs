//! Workload identity pools: how Google names who trusts Tidegate's tokens, and whom they speak of.

use cloud_policy::gcp::PoolNames;

const HOST: &str = "//iam.googleapis.com/";

/// A provider of a pool: an issuer that the pool trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PoolProvider {
    project_number: String,
    pool: String,
    provider: String,
}

/// Why a text names no provider of a pool.
pub(super) const WRONG: &str = "give the provider's whole name: \
    //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, with the \
    number of the project, not its id";

impl PoolProvider {
    /// Reads the full name, with or without `https:` as Google prints it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix("https:").unwrap_or(text).strip_prefix(HOST)?;
        let parts: Vec<&str> = path.split('/').collect();
        let ["projects", number, "locations", "global", "workloadIdentityPools", pool, "providers", provider] =
            parts.as_slice()
        else {
            return None;
        };
        let number_is_one = (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        (number_is_one && is_id(pool) && is_id(provider)).then(|| Self {
            project_number: (*number).to_owned(),
            pool: (*pool).to_owned(),
            provider: (*provider).to_owned(),
        })
    }

    /// The audience of the exchange.
    pub(super) fn audience(&self) -> String {
        let Self { provider, .. } = self;
        format!("{HOST}{}/providers/{provider}", self.pool_path())
    }

    /// The audience of the tokens that are exchanged: the default that a provider takes
    /// (IAM API, `WorkloadIdentityPoolProvider.Oidc`, `allowedAudiences`).
    pub(super) fn token_audience(&self) -> String {
        format!("https:{}", self.audience())
    }

    /// Whom role bindings name for one subject.
    pub(super) fn member(&self, subject: &str) -> String {
        format!("principal:{HOST}{}/subject/{subject}", self.pool_path())
    }

    /// The number of the project that has the pool.
    pub(super) fn project_number(&self) -> &str {
        &self.project_number
    }

    /// Its parts, for commands.
    pub(super) fn names(&self) -> PoolNames<'_> {
        PoolNames { project_number: &self.project_number, pool: &self.pool, provider: &self.provider }
    }

    fn pool_path(&self) -> String {
        let Self { project_number, pool, .. } = self;
        format!("projects/{project_number}/locations/global/workloadIdentityPools/{pool}")
    }
}

/// The name of the pool's provider that trusts Tidegate itself, as the exchange takes it, where the text is such a name:
/// what the operator configures is looked at before anything needs it.
pub fn gcp_identity_audience(text: &str) -> Option<String> {
    PoolProvider::parse(text).map(|provider| provider.audience())
}

fn is_id(text: &str) -> bool {
    (4..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str =
        "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/tidegate/providers/acme-1";

    #[test]
    fn a_provider_names_its_audience_and_its_subjects() {
        let provider = PoolProvider::parse(NAME).unwrap();
        assert_eq!(PoolProvider::parse(&format!("https:{NAME}")), Some(provider.clone()));
        assert_eq!(provider.audience(), NAME);
        assert_eq!(provider.token_audience(), format!("https:{NAME}"));
        assert_eq!(
            provider.member("project:x"),
            "principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/tidegate/subject/project:x"
        );
    }

    #[test]
    fn other_names_are_refused() {
        for bad in [
            "",
            "tidegate",
            "https://evil.example/projects/123/locations/global/workloadIdentityPools/tidegate/providers/acme-1",
            &NAME.replace("123", "my-project"),
            &NAME.replace("global", "eu"),
            &NAME.replace("acme-1", "a"),
            &NAME.replace("/providers/acme-1", ""),
            &format!("{NAME}/x"),
        ] {
            assert_eq!(PoolProvider::parse(bad), None, "{bad}");
        }
    }
}
