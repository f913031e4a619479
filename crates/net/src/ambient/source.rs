//! What the environment says about the machine's identity.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::provider::{ProviderError, ProviderErrorKind};
use domain::secret::SecretBytes;

use super::{AmbientCredentials, OPERATION};

const RELATIVE_HOST: &str = "http://169.254.170.2";
const IMDS: &str = "http://169.254.169.254";
const IMDS_IPV6: &str = "http://[fd00:ec2::254]";

/// Variables of the environment that speak about the machine's identity, as they were at the start.
#[derive(Debug, Clone, Default)]
pub struct AmbientSource {
    access_key_id: Option<String>,
    secret_access_key: Option<SecretBytes>,
    session_token: Option<SecretBytes>,
    container: Option<ContainerEndpoint>,
    web_identity: bool,
    imds: ImdsEndpoint,
}

#[derive(Debug, Clone)]
pub(super) struct ContainerEndpoint {
    /// A whole URL.
    pub(super) url: String,
    pub(super) token: Option<ContainerToken>,
}

#[derive(Debug, Clone)]
pub(super) enum ContainerToken {
    Value(SecretBytes),
    File(PathBuf),
}

#[derive(Debug, Clone)]
pub(super) struct ImdsEndpoint {
    pub(super) origin: String,
    disabled: bool,
}

impl Default for ImdsEndpoint {
    fn default() -> Self {
        Self { origin: IMDS.to_owned(), disabled: false }
    }
}

/// The one source that is asked.
pub(super) enum Chosen<'a> {
    Keys(AmbientCredentials),
    Container(&'a ContainerEndpoint),
    Imds(&'a ImdsEndpoint),
}

impl AmbientSource {
    /// Reads the `AWS_...` variables; others are not looked at. A blank one counts as not set.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let url = get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(|path| format!("{RELATIVE_HOST}{path}"))
            .or_else(|| get("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned));
        let token = get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            .map(|path| ContainerToken::File(path.into()))
            .or_else(|| get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|value| ContainerToken::Value(value.into())));
        let ipv6 = get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
        let origin = get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(if ipv6 { IMDS_IPV6 } else { IMDS });
        Self {
            access_key_id: get("AWS_ACCESS_KEY_ID").map(str::to_owned),
            secret_access_key: get("AWS_SECRET_ACCESS_KEY").map(SecretBytes::from),
            session_token: get("AWS_SESSION_TOKEN").map(SecretBytes::from),
            container: url.map(|url| ContainerEndpoint { url, token }),
            web_identity: get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some(),
            imds: ImdsEndpoint {
                origin: origin.trim_end_matches('/').to_owned(),
                disabled: get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            },
        }
    }

    pub(super) fn choose(&self) -> Result<Chosen<'_>, ProviderError> {
        match (&self.access_key_id, &self.secret_access_key) {
            (Some(access_key_id), Some(secret_access_key)) => {
                return Ok(Chosen::Keys(AmbientCredentials {
                    access_key_id: access_key_id.clone(),
                    secret_access_key: secret_access_key.clone(),
                    session_token: self.session_token.clone(),
                    expires_at: None,
                }));
            }
            (Some(_), None) => {
                return Err(none("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both or neither"));
            }
            (None, Some(_)) => {
                return Err(none("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not; set both or neither"));
            }
            (None, None) => {}
        }
        if self.web_identity {
            // Going on would use the identity of the node in place of the one meant.
            let message =
                "AWS_WEB_IDENTITY_TOKEN_FILE is set, which Tidegate cannot use; use EKS Pod Identity, or unset it";
            return Err(ProviderError::new(ProviderErrorKind::Unsupported, OPERATION, message));
        }
        match &self.container {
            Some(endpoint) => Ok(Chosen::Container(endpoint)),
            None if self.imds.disabled => Err(none(
                "this machine gives no identity: no AWS keys or container endpoint are set, and AWS_EC2_METADATA_DISABLED is true",
            )),
            None => Ok(Chosen::Imds(&self.imds)),
        }
    }
}

fn none(message: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::BadCredentials, OPERATION, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(variables: &[(&str, &str)]) -> AmbientSource {
        AmbientSource::from_variables(&variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn keys_come_before_the_container_and_the_container_before_the_machine() {
        let relative = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
        let full = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/y");
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s")];
        assert!(matches!(source(&[keys[0], keys[1], relative]).choose(), Ok(Chosen::Keys(_))));
        let both = source(&[relative, full]);
        assert!(matches!(both.choose(), Ok(Chosen::Container(e)) if e.url == "http://169.254.170.2/v2/x"));
        assert!(matches!(source(&[full]).choose(), Ok(Chosen::Container(e)) if e.url == "http://127.0.0.1/y"));
        assert!(matches!(source(&[("AWS_ACCESS_KEY_ID", " ")]).choose(), Ok(Chosen::Imds(e)) if e.origin == IMDS));
    }

    #[test]
    fn half_a_key_pair_is_refused_naming_the_other_half() {
        for (set, missing) in
            [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")]
        {
            let error = source(&[(set, "hunter2")]).choose().err().unwrap();
            assert!(error.message.contains(&format!("{missing} is not")) && !error.message.contains("hunter2"));
        }
    }

    #[test]
    fn web_identity_does_not_fall_through_to_the_machine() {
        let error = source(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")]).choose().err().unwrap();
        assert_eq!(error.kind, ProviderErrorKind::Unsupported);
    }

    #[test]
    fn disabled_metadata_service_is_not_asked() {
        let error = source(&[("AWS_EC2_METADATA_DISABLED", "TRUE")]).choose().err().unwrap();
        assert!(error.message.contains("AWS_EC2_METADATA_DISABLED"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?}",
            source(&[
                ("AWS_SECRET_ACCESS_KEY", "hunter2"),
                ("AWS_SESSION_TOKEN", "hunter2"),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hunter2"),
            ])
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
