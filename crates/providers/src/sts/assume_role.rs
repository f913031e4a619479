//! Sessions of roles and of federated users.

use std::time::Duration;

use domain::provider::{ProviderError, ProviderErrorKind as Kind};

use super::answer::{Opened, opened};
use super::session_name::{FEDERATED_USER, ROLE_SESSION, session_name};
use super::{Service, VERSION};
use crate::signed::{Call, KeySet, Wire};

/// Stores without a code for it answer 400 to a duration over the role's limit, which is never below this.
const ALWAYS_GIVEN: Duration = Duration::from_hours(1);

/// For whom a session is: what the cloud's own log will show.
pub(crate) struct Tags<'a> {
    pub(crate) project: &'a str,
    pub(crate) principal: &'a str,
}

/// What `AssumeRole` is asked.
pub(crate) struct AssumeRole<'a> {
    pub(crate) role_arn: &'a str,
    pub(crate) external_id: Option<&'a str>,
    pub(crate) policy: Option<&'a str>,
    pub(crate) duration: Duration,
    pub(crate) tags: Tags<'a>,
    /// Whether the store takes session tags and a source identity.
    pub(crate) tagged: bool,
}

/// Assumes a role.
pub(crate) async fn assume_role(
    wire: &Wire,
    service: &Service,
    keys: &KeySet,
    ask: &AssumeRole<'_>,
) -> Result<Opened, ProviderError> {
    const OPERATION: &str = "sts:AssumeRole";
    let form = ask.form();
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let call = Call::form(OPERATION, "sts", &service.region, &service.endpoint, &form);
    let incoming = wire.ask(keys, call).await.map_err(|error| too_long(error, ask.duration))?;
    opened(OPERATION, &incoming)
}

/// Narrows a key pair of a user.
pub(crate) async fn get_federation_token(
    wire: &Wire,
    service: &Service,
    keys: &KeySet,
    principal: &str,
    policy: &str,
    duration: Duration,
) -> Result<Opened, ProviderError> {
    const OPERATION: &str = "sts:GetFederationToken";
    let (name, seconds) = (session_name(principal, FEDERATED_USER), duration.as_secs().to_string());
    let form =
        [("Action", "GetFederationToken"), VERSION, ("Name", &name), ("Policy", policy), ("DurationSeconds", &seconds)];
    let call = Call::form(OPERATION, "sts", &service.region, &service.endpoint, &form);
    let incoming = wire.ask(keys, call).await?;
    opened(OPERATION, &incoming)
}

impl AssumeRole<'_> {
    fn form(&self) -> Vec<(String, String)> {
        let name = session_name(self.tags.principal, ROLE_SESSION);
        let mut form = vec![
            ("Action".to_owned(), "AssumeRole".to_owned()),
            (VERSION.0.to_owned(), VERSION.1.to_owned()),
            ("RoleArn".to_owned(), self.role_arn.to_owned()),
            ("RoleSessionName".to_owned(), name.clone()),
            ("DurationSeconds".to_owned(), self.duration.as_secs().to_string()),
        ];
        let optional = [("ExternalId", self.external_id), ("Policy", self.policy)];
        form.extend(optional.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?.to_owned()))));
        if self.tagged {
            form.push(("SourceIdentity".to_owned(), name.clone()));
            let tags = [("project", self.tags.project), ("principal", &*name)];
            for (index, (key, value)) in (1..).zip(tags) {
                form.push((format!("Tags.member.{index}.Key"), key.to_owned()));
                form.push((format!("Tags.member.{index}.Value"), value.to_owned()));
            }
        }
        form
    }
}

/// Ceph's gateway answers a duration over the role's limit with a bare 400.
fn too_long(error: ProviderError, asked: Duration) -> ProviderError {
    let bare = error.kind == Kind::BadRequest
        && error.answer.as_ref().and_then(|answer| answer.code.as_deref()).is_some_and(|code| {
            matches!(code, "InvalidArgument" | "InvalidRequest" | "InvalidParameterValue" | "ValidationError")
        });
    if error.kind == Kind::TtlTooLong || (bare && asked > ALWAYS_GIVEN) {
        let hint = "ask for less time, or raise the role's maximum session duration";
        return ProviderError { kind: Kind::TtlTooLong, ..error }.with_hint(hint);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(tagged: bool) -> AssumeRole<'static> {
        AssumeRole {
            role_arn: "arn:aws:iam::123456789012:role/R",
            external_id: Some("tidegate-1"),
            policy: None,
            duration: Duration::from_secs(900),
            tags: Tags { project: "acme", principal: "ann" },
            tagged,
        }
    }

    fn field(form: &[(String, String)], name: &str) -> Option<String> {
        form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn tags_and_source_identity_name_the_person_where_the_store_takes_them() {
        let form = ask(true).form();
        assert_eq!(field(&form, "SourceIdentity").as_deref(), Some("ann"));
        assert_eq!(field(&form, "Tags.member.1.Value").as_deref(), Some("acme"));
        assert_eq!(field(&form, "Tags.member.2.Value").as_deref(), Some("ann"));
        assert_eq!(field(&form, "Policy"), None, "an empty policy is never sent");
        let plain = ask(false).form();
        assert_eq!(field(&plain, "SourceIdentity"), None);
        assert_eq!(field(&plain, "RoleSessionName").as_deref(), Some("ann"));
    }

    #[test]
    fn a_bare_400_to_a_long_session_is_a_limit() {
        let error = |code: &str| {
            let body = format!("<Error><Code>{code}</Code></Error>");
            crate::answer::refusal("sts:AssumeRole", 400, &http::HeaderMap::new(), body.as_bytes(), None)
        };
        assert_eq!(too_long(error("InvalidArgument"), Duration::from_hours(2)).kind, Kind::TtlTooLong);
        assert_eq!(too_long(error("InvalidArgument"), Duration::from_hours(1)).kind, Kind::BadRequest);
        assert_eq!(too_long(error("MalformedPolicyDocument"), Duration::from_hours(2)).kind, Kind::BadRequest);
    }
}
