//! The real components, found by the variables that `cargo xtask test` sets.
//!
//! A test that needs one that does not run fails; it is never skipped.

use std::path::PathBuf;

use signing::Keys;

/// A user who exists, with fixed keys, on SeaweedFS; the first three also on Ceph.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// The name.
    pub name: &'static str,
    /// The public half of the keys.
    pub access_key_id: &'static str,
    /// The secret half; guards nothing but test data.
    pub secret_access_key: &'static str,
}

/// May do everything.
pub const ROOT: User = user("root", "AKIAROOT000000000001", "root-secret-0000000000000000000000000001");
/// Tidegate's own identity: no rights but those of roles that trust it.
pub const BROKER: User = user("broker", "AKIABROKER0000000001", "broker-secret-00000000000000000000000001");
/// Somebody else, without rights.
pub const OTHER: User = user("other", "AKIAOTHER00000000001", "other-secret-000000000000000000000000001");
/// May read and list `data/` in buckets named `tg-keys-*`; on SeaweedFS only.
pub const READER: User = user("reader", "AKIAREADER0000000001", "reader-secret-00000000000000000000000001");
/// May also write there; on SeaweedFS only.
pub const WRITER: User = user("writer", "AKIAWRITER0000000001", "writer-secret-00000000000000000000000001");

const fn user(name: &'static str, access_key_id: &'static str, secret_access_key: &'static str) -> User {
    User { name, access_key_id, secret_access_key }
}

impl User {
    /// The keys for signing.
    pub fn keys(&self) -> Keys<'static> {
        Keys {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key.as_bytes(),
            session_token: None,
        }
    }

    /// The name as SeaweedFS has it in policies.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::000000000000:user/{}", self.name)
    }

    /// The name as Ceph has it: without an account.
    pub fn ceph_arn(&self) -> String {
        format!("arn:aws:iam:::user/{}", self.name)
    }
}

/// An account of Azurite.
#[derive(Debug, Clone, Copy)]
pub struct AzureAccount {
    /// The name.
    pub name: &'static str,
    /// The key, in base64; guards nothing but test data.
    pub key: &'static str,
}

/// The account that tests use.
pub const ACCOUNT: AzureAccount = AzureAccount {
    name: "tidegateone",
    key: "dGlkZWdhdGUtdGVzdC1hY2NvdW50LW9uZS1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMQ==",
};
/// Somebody else's account.
pub const OTHER_ACCOUNT: AzureAccount = AzureAccount {
    name: "tidegatetwo",
    key: "dGlkZWdhdGUtdGVzdC1hY2NvdW50LXR3by1rZXktMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMg==",
};

/// Azurite, and the certificate that it and the fronts of the kit show.
#[derive(Debug, Clone)]
pub struct Azurite {
    /// Blob storage; the account is the first part of the path.
    pub url: String,
    /// The authority that clients must trust, PEM.
    pub ca: PathBuf,
    /// The chain for `localhost`, `127.0.0.1`, `*.localhost` and `*.blob.localhost`, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// SeaweedFS.
#[derive(Debug, Clone)]
pub struct Seaweed {
    /// S3, STS and IAM.
    pub url: String,
    /// The filer that further gateways share, `host:port`.
    pub filer: String,
    /// The folder with the `s3.json` and `iam.json` it was started with.
    pub config: PathBuf,
}

/// SeaweedFS, running.
pub fn seaweed() -> Seaweed {
    Seaweed {
        url: variable("TIDEGATE_TEST_SEAWEED"),
        filer: variable("TIDEGATE_TEST_SEAWEED_FILER"),
        config: variable("TIDEGATE_TEST_SEAWEED_CONFIG").into(),
    }
}

/// The address of Ceph's gateway: S3, STS and IAM.
pub fn ceph() -> String {
    variable("TIDEGATE_TEST_CEPH")
}

/// The address of moto: KMS and the administration of IAM.
pub fn moto() -> String {
    variable("TIDEGATE_TEST_MOTO")
}

/// A PostgreSQL superuser's URL; tests make databases of their own.
pub fn postgres_url() -> String {
    variable("TIDEGATE_TEST_POSTGRES_URL")
}

/// The address of ChromeDriver.
pub fn chromedriver() -> String {
    variable("TIDEGATE_TEST_CHROMEDRIVER")
}

/// The folder for the profiles of browsers.
pub fn browser_profiles() -> PathBuf {
    variable("TIDEGATE_TEST_BROWSER_PROFILES").into()
}

/// The checker of accessibility, a script for pages.
pub fn axe() -> PathBuf {
    variable("TIDEGATE_TEST_AXE").into()
}

/// Where pictures of pages go, if somebody wants them.
pub fn screenshots() -> Option<PathBuf> {
    std::env::var_os("TIDEGATE_SCREENSHOTS").filter(|dir| !dir.is_empty()).map(Into::into)
}

/// The address of fake-gcs-server, which checks nothing.
pub fn gcs() -> String {
    variable("TIDEGATE_TEST_GCS")
}

/// Azurite, running.
pub fn azurite() -> Azurite {
    Azurite {
        url: variable("TIDEGATE_TEST_AZURITE"),
        ca: variable("TIDEGATE_TEST_AZURITE_CA").into(),
        certificate: variable("TIDEGATE_TEST_AZURITE_CERTIFICATE").into(),
        key: variable("TIDEGATE_TEST_AZURITE_KEY").into(),
    }
}

/// The address of oidc-provider, which is its name as an issuer.
pub fn oidc() -> String {
    variable("TIDEGATE_TEST_OIDC")
}

/// The `rclone` command.
pub fn rclone() -> PathBuf {
    variable("TIDEGATE_TEST_RCLONE").into()
}

/// The `gsutil` command.
pub fn gsutil() -> PathBuf {
    variable("TIDEGATE_TEST_GSUTIL").into()
}

/// The `aws` command.
pub fn aws_cli() -> PathBuf {
    variable("TIDEGATE_TEST_AWS_CLI").into()
}

/// The `s5cmd` command.
pub fn s5cmd() -> PathBuf {
    variable("TIDEGATE_TEST_S5CMD").into()
}

/// Python with `boto3`, `google-cloud-storage`, `azure-identity` and `azure-storage-blob`.
pub fn python() -> PathBuf {
    variable("TIDEGATE_TEST_PYTHON").into()
}

/// The `weed` command.
pub fn weed() -> PathBuf {
    variable("TIDEGATE_TEST_WEED").into()
}

#[expect(clippy::disallowed_methods, reason = "the one place where tests learn where the components are")]
fn variable(name: &str) -> String {
    given(name, std::env::var(name).ok())
}

fn given(name: &str, value: Option<String>) -> String {
    match value {
        Some(value) if !value.is_empty() => value,
        _ => panic!("this test needs {name}: run it with `cargo xtask test`, which starts the real components"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "cargo xtask test")]
    fn a_missing_variable_says_how_to_run_the_test() {
        given("TIDEGATE_TEST_CEPH", None);
    }

    #[test]
    fn a_given_variable_is_taken() {
        assert_eq!(given("TIDEGATE_TEST_CEPH", Some("http://127.0.0.1:1".into())), "http://127.0.0.1:1");
    }
}
